"""How far dispatch has come: one small item, held by one run at a time.

A run that dies leaves what it has stored, and lets go when the time that it had is over. Should
two runs work at once all the same, only the one that holds the item moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relink.items import decode, encode
from relink.writes import raise_unless_refused, written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NAME = "dispatch"
LONGEST = 900
"""No run lasts longer: what says so is a clock that was put back."""


class Overtaken(Exception):
    """Another run holds the watermark by now."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last minute that is queued whole, and the last connection queued of the next one."""

    minute: int | None = None
    after: str = ""

    def after_in(self, minute: int) -> str:
        """Return after which connection to go on in a minute: in any but the next, the first."""
        return self.after if self.minute is not None and minute == self.minute + 1 else ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """The dispatcher's item in the State table, for one run."""

    client: DynamoDBClient
    table: str
    run: str

    def take(self, now: int, until: int) -> Position | None:
        """Return where to go on, ours until then; None while another run is at work."""
        try:
            answer = self.client.update_item(
                **self._named(),
                UpdateExpression="SET run = :run, taken_until = :until",
                ConditionExpression="attribute_not_exists(taken_until) OR taken_until <= :now"
                " OR taken_until > :longest OR run = :run",
                ExpressionAttributeValues=encode(
                    {":run": self.run, ":until": until, ":now": now, ":longest": now + LONGEST}
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            raise_unless_refused(error)
            return None  # another run is at work
        found = decode(answer["Attributes"])
        return Position(found.get("minute"), found.get("after", ""))

    def keep(self, position: Position) -> None:
        """Store how far we have come. Raises `Overtaken`."""
        self._move(position)

    def let_go(self, position: Position) -> None:
        """Store how far we have come, and let the next run begin. Raises `Overtaken`."""
        self._move(position, "run", "taken_until")

    def _move(self, position: Position, *removed: str) -> None:
        told = {":minute": position.minute, ":after": position.after or None}
        sets = {":minute": "#minute = :minute", ":after": "#after = :after"}
        kept = [clause for name, clause in sets.items() if told[name] is not None]
        gone = [*removed, *([] if position.after else ["#after"])]
        change = ["SET " + ", ".join(kept)] if kept else []
        change += ["REMOVE " + ", ".join(gone)] if gone else []
        text = " ".join(change)
        names = {"#minute": "minute", "#after": "after"}
        if not written(
            self.client.update_item,
            **self._named(),
            UpdateExpression=text,
            ConditionExpression="run = :run",
            ExpressionAttributeNames={k: v for k, v in names.items() if k in text},
            ExpressionAttributeValues=encode({**told, ":run": self.run}),
        ):
            raise Overtaken

    def _named(self) -> dict[str, Any]:
        return {"TableName": self.table, "Key": encode({"name": NAME})}

"""The mails that have gone out: written down with the notices that they told of.

Each is kept twice beside them: under its reader, to count how many he gets a day, and under the id
that SES gave it, so that what SES tells of it later finds its owner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from notify.records import change
from relink.clock import DAY
from relink.items import decode, encode
from relink.notices import Notices, key, shard
from relink.writes import Conflict, transact, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.notices import Notice

MAILED: Final = "mailed#"
MAIL: Final = "mail"
TRACED_FOR: Final = 30 * DAY
TRANSACTION: Final = 100
COMES_BACK: Final = 3
"""Times that a notice is told anew because its mail came back: a list of dead addresses ends."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mail that SES has taken: its id, whose notices it tells of, who reads it, when it left."""

    message_id: str
    owner_id: str
    reader_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Recent:
    """When a reader's mails of the last day went out, the oldest first.

    `own` are those about what is his, `stood_in` those that he got in another's stead.
    """

    own: Sequence[int] = ()
    stood_in: Sequence[int] = ()

    def and_now(self, now: int, *, on_behalf: bool) -> Recent:
        """Return the same with one that has just gone out."""
        if on_behalf:
            return Recent(self.own, (*self.stood_in, now))
        return Recent((*self.own, now), self.stood_in)


class Mailings:
    """The mails in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._notices = Notices(client, table)

    def record(self, mailing: Mailing, told: Sequence[tuple[Notice, Notice]]) -> bool:
        """Write down a mail, and what it makes of the notices that it told of (before, after).

        False if somebody wants one of them to be looked at meanwhile: all then keep the times for
        that which they have.
        """
        writes: list[Any] = [{"Put": put} for put in self._traces(mailing)]
        try:
            self._transact(writes + self._changes(told))
        except Conflict:
            as_due = [(before, replace(after, due_at=before.due_at)) for before, after in told]
            self._transact(writes + self._changes(as_due))
            return False
        return True

    def recent(self, reader_id: str, now: int) -> Recent:
        """Return when the mails of the last day went to this reader."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="owner_id = :r AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=encode(
                {":r": reader_id, ":first": f"{MAILED}{now - DAY + 1:010}", ":last": f"{MAILED}~"}
            ),
            ConsistentRead=True,
        )
        sent = [decode(i) for page in pages for i in page["Items"]]
        his = [s.get("owner", reader_id) == reader_id for s in sent]
        return Recent(
            [s["at"] for s, own in zip(sent, his, strict=True) if own],
            [s["at"] for s, own in zip(sent, his, strict=True) if not own],
        )

    def mail_record(self, message_id: str) -> str | None:
        """Return whose notices the mail of this id told of, or None if nobody remembers it."""
        answer = self._client.get_item(
            TableName=self._table, Key=encode(_trace(message_id)), ConsistentRead=True
        )
        return str(decode(answer["Item"])["owner"]) if "Item" in answer else None

    def unmail(self, owner_id: str, message_id: str, now: int) -> None:
        """Let the notices that this mail told of be mailed once more: it has come back.

        Once a mail, and three times a notice. A warning that was sent because its owner asked for
        it took none away, so none comes again. Safe to repeat.
        """
        for notice in self._notices.of(owner_id):
            if notice.last_message_id == message_id:
                self._reopen(notice, now)

    def _reopen(self, notice: Notice, now: int) -> None:
        """Count a mail back, unless that has been done: its notice then has no time of mailing."""
        values = {
            ":now": now,
            ":none": 0,
            ":one": 1,
            ":most": COMES_BACK,
            ":m": notice.last_message_id,
            ":shard": shard(notice.owner_id),
        }
        written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(key(notice)),
            UpdateExpression=(
                "SET undelivered = if_not_exists(undelivered, :none) + :one,"
                " mailed = mailed - :one, due_at = :now, due_shard = :shard"
                " REMOVE mailed_at, asked_at"
            ),
            ConditionExpression=(
                "last_message_id = :m AND mailed >= :one AND attribute_exists(mailed_at)"
                " AND (attribute_not_exists(undelivered) OR undelivered < :most)"
                " AND attribute_not_exists(cleared_at)"
            ),
            ExpressionAttributeValues=encode(values),
        )

    def _traces(self, mailing: Mailing) -> list[dict[str, Any]]:
        name = f"{MAILED}{mailing.at:010}#{mailing.message_id}"
        whose = mailing.owner_id
        read = {"owner_id": mailing.reader_id, "sk": name, "at": mailing.at, "owner": whose}
        sent = {**_trace(mailing.message_id), "owner": whose}
        kept = ((read, 2 * DAY), (sent, TRACED_FOR))
        return [
            {"TableName": self._table, "Item": encode({**item, "expires_at": mailing.at + life})}
            for item, life in kept
        ]

    def _changes(self, told: Sequence[tuple[Notice, Notice]]) -> list[Any]:
        return [{"Update": change(before, after, self._table)} for before, after in told]

    def _transact(self, writes: list[Any]) -> None:
        for start in range(0, len(writes), TRANSACTION):
            transact(self._client, writes[start : start + TRANSACTION])


def _trace(message_id: str) -> dict[str, str]:
    return {"owner_id": f"mail#{message_id}", "sk": MAIL}

"""An owner's gate: what turns red together is gathered, and one run at a time tells him of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relink.items import decode, encode
from relink.writes import written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

GATE: Final = "gate"
SENDING_LIMIT: Final = 120


@dataclass(frozen=True, slots=True)
class Gate:
    """The gathering of an owner's reds into one mail: when it is due, who is sending it."""

    due_at: int
    sending_until: int = 0


class Gates:
    """The gates in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, owner_id: str) -> Gate | None:
        """Return the owner's gathering, if one is open."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(owner_id), ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        values = decode(answer["Item"])
        return Gate(values["due_at"], values.get("sending_until", 0))

    def open(self, owner_id: str, due_at: int) -> None:
        """Open a gathering, or move it: the mail is due then. Who is sending goes on sending."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(owner_id),
            UpdateExpression="SET due_at = :due",
            ExpressionAttributeValues=encode({":due": due_at}),
        )

    def begin_sending(self, owner_id: str, now: int) -> bool:
        """Take the right to tell the owner for two minutes; False if another has it."""
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=_key(owner_id),
            UpdateExpression="SET sending_until = :until, due_at = if_not_exists(due_at, :now)",
            ConditionExpression="attribute_not_exists(sending_until) OR sending_until <= :now",
            ExpressionAttributeValues=encode({":until": now + SENDING_LIMIT, ":now": now}),
        )

    def close(self, owner_id: str) -> None:
        """End the gathering; what comes after it opens another."""
        self._client.delete_item(TableName=self._table, Key=_key(owner_id))


def _key(owner_id: str) -> dict[str, dict[str, str]]:
    return {"owner_id": {"S": owner_id}, "sk": {"S": GATE}}

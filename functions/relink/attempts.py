"""Attempts in DynamoDB: each step is stored if the one before still stands, or not at all."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from relink.attempt import Attempt, Kind, State
from relink.items import decode, encode
from relink.writes import transact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.repository import Change
    from relink.trail import Trail


class Attempts:
    """The Attempts table."""

    def __init__(
        self, client: DynamoDBClient, table: str, connections: str, trail: Trail | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._connections = connections
        self.trail = trail

    def get(self, attempt_id: str) -> Attempt | None:
        """Return an attempt as it is now, or None."""
        answer = self._client.get_item(
            TableName=self._table,
            Key=encode({"attempt_id": attempt_id}),
            ConsistentRead=True,
        )
        return _from_item(answer["Item"]) if "Item" in answer else None

    def begin(self, attempt: Attempt, connection: Change) -> None:
        """Store a new attempt and make it the connection's live one. Raises `Conflict`."""
        put = {
            "TableName": self._table,
            "Item": _to_item(attempt),
            "ConditionExpression": "attribute_not_exists(attempt_id)",
        }
        others = connection.writes(self._connections, self.trail)
        transact(self._client, [{"Put": put}, *others])

    def advance(
        self,
        before: Attempt,
        after: Attempt,
        connection: Change | None = None,
        *others: dict[str, Any],
    ) -> None:
        """Store the next state if the present one still stands, with other writes or not at all.

        Raises `Conflict` if the attempt, or the connection, has moved on.
        """
        writes = [self._put(before, after)]
        if connection is not None:
            writes += connection.writes(self._connections, self.trail)
        transact(self._client, [*writes, *others])

    def _put(self, before: Attempt, after: Attempt) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": _to_item(after),
                "ConditionExpression": "#state = :state AND #deadline = :deadline",
                "ExpressionAttributeNames": {"#state": "state", "#deadline": "deadline"},
                "ExpressionAttributeValues": encode(
                    {":state": before.state.value, ":deadline": before.deadline},
                ),
            },
        }


def _to_item(attempt: Attempt) -> dict[str, Any]:
    plain: dict[str, Any] = {f.name: getattr(attempt, f.name) for f in fields(Attempt)}
    plain["state"] = attempt.state.value
    plain["kind"] = attempt.kind.value
    plain["fields"] = [dict(f) for f in attempt.fields]
    plain["messages"] = [list(m) for m in attempt.messages.items()]  # a map has no empty key
    return encode({k: v for k, v in plain.items() if v not in ("", {}, [])})


def _from_item(item: Mapping[str, Any]) -> Attempt:
    values = decode(item)
    known = {f.name for f in fields(Attempt)}
    plain = {k: v for k, v in values.items() if k in known}
    plain["state"] = State(values["state"])
    plain["kind"] = Kind(values.get("kind", Kind.RECONNECT))
    plain["fields"] = tuple(values.get("fields", ()))
    plain["messages"] = dict(values.get("messages", ()))
    return Attempt(**plain)

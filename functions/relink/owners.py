"""Owners in DynamoDB: their profile, their notices, and the gate that gathers a mail.

A notice belongs to one incident, `(connection_id, red_since)`: written once however often the
stream tells of it, shown only while the connection is still in that incident.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relink.items import decode, encode
from relink.repository import Conflict, raise_conflict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

PROFILE = "profile"
GATE = "gate"
NOTICE = "notice#"
KEPT = 90 * 86_400
SENDING_LIMIT = 120
TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How an owner is reached."""

    owner_id: str
    workspace_id: str
    email: str = ""
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an owner is told of one incident, and what became of it."""

    owner_id: str
    connection_id: str
    red_since: int
    bank_name: str
    created_at: int
    mailed_at: int | None = None
    message_id: str | None = None
    cleared_at: int | None = None
    dismissed_at: int | None = None

    @property
    def notice_id(self) -> str:
        """Return the notice's name, which is its incident's."""
        return f"{self.connection_id}.{self.red_since}"

    @property
    def pending(self) -> bool:
        """Tell whether its mail is still to be sent."""
        return self.mailed_at is None and self.cleared_at is None


@dataclass(frozen=True, slots=True)
class Gate:
    """The gathering of an owner's reds into one mail: when it is due, who is sending it."""

    due_at: int
    sending_until: int = 0


class Owners:
    """The Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def profile(self, owner_id: str) -> Profile | None:
        """Return how an owner is reached, or None if nobody has said."""
        item = self._get(owner_id, PROFILE)
        return _read(Profile, item) if item else None

    def save_profile(self, profile: Profile) -> None:
        """Store how an owner is reached."""
        self._client.put_item(TableName=self._table, Item=self._item(profile, PROFILE))

    def add(self, notice: Notice) -> bool:
        """Store a notice unless its incident has one; tell whether it is new."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(notice, _key(notice)),
                ConditionExpression="attribute_not_exists(owner_id)",
            )
        except ClientError as error:
            return _refused(error)
        return True

    def notices(self, owner_id: str) -> list[Notice]:
        """Return an owner's notices, oldest first, the cleared ones among them."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="owner_id = :o AND begins_with(sk, :n)",
            ExpressionAttributeValues=encode({":o": owner_id, ":n": NOTICE}),
            ConsistentRead=True,
        )
        found = [_read(Notice, decode(i)) for page in pages for i in page["Items"]]
        return sorted(found, key=lambda n: (n.created_at, n.connection_id))

    def clear(self, owner_id: str, connection_id: str, red_since: int, now: int) -> None:
        """Mark an incident's notice as over, with the day on which it is forgotten.

        The mark is made even where no notice is stored yet: a stream that tells of the end before
        the beginning then sends nothing.
        """
        self._client.update_item(
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": f"{NOTICE}{connection_id}#{red_since}"}),
            UpdateExpression=(
                "SET cleared_at = if_not_exists(cleared_at, :now), expires_at = :gone,"
                " connection_id = :c, red_since = :r,"
                " bank_name = if_not_exists(bank_name, :none),"
                " created_at = if_not_exists(created_at, :now)"
            ),
            ExpressionAttributeValues=encode(
                {
                    ":now": now,
                    ":gone": now + KEPT,
                    ":c": connection_id,
                    ":r": red_since,
                    ":none": "",
                },
            ),
        )

    def dismiss(self, notice: Notice, now: int) -> None:
        """Mark that the owner has put the notice away."""
        marking = self._marking(notice, "dismissed_at = :now", {":now": now})
        self._client.update_item(**marking)

    def mailed(self, notices: Sequence[Notice], message_id: str, now: int) -> None:
        """Record that the mail of all these notices has gone out, under the id that SES gave."""
        values = {":now": now, ":m": message_id}
        writes: list[Any] = [
            {"Update": self._marking(n, "mailed_at = :now, message_id = :m", values)}
            for n in notices
        ]
        for start in range(0, len(writes), TRANSACTION):
            some = writes[start : start + TRANSACTION]
            self._client.transact_write_items(TransactItems=some)

    def reopen(self, notice: Notice, before: int) -> bool:
        """Let the notice's mail go out once more, if the last one went out by `before`."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=encode({"owner_id": notice.owner_id, "sk": _key(notice)}),
                UpdateExpression="REMOVE mailed_at",
                ConditionExpression="mailed_at <= :before AND attribute_not_exists(cleared_at)",
                ExpressionAttributeValues=encode({":before": before}),
            )
        except ClientError as error:
            return _refused(error)
        return True

    def gate(self, owner_id: str) -> Gate | None:
        """Return the owner's gathering, if one is open."""
        item = self._get(owner_id, GATE)
        return Gate(item["due_at"], item.get("sending_until", 0)) if item else None

    def open_gate(self, owner_id: str, due_at: int) -> None:
        """Open a gathering, or move it: the mail is due then. Who is sending goes on sending."""
        self._client.update_item(
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": GATE}),
            UpdateExpression="SET due_at = :due",
            ExpressionAttributeValues=encode({":due": due_at}),
        )

    def begin_sending(self, owner_id: str, now: int) -> bool:
        """Take the right to send the owner's mail for two minutes; False if another has it."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=encode({"owner_id": owner_id, "sk": GATE}),
                UpdateExpression=(
                    "SET sending_until = :until, due_at = if_not_exists(due_at, :now)"
                ),
                ConditionExpression="attribute_not_exists(sending_until) OR sending_until <= :now",
                ExpressionAttributeValues=encode({":until": now + SENDING_LIMIT, ":now": now}),
            )
        except ClientError as error:
            return _refused(error)
        return True

    def close_gate(self, owner_id: str) -> None:
        """End the gathering; what comes after it opens another."""
        self._client.delete_item(
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": GATE}),
        )

    def _marking(self, notice: Notice, change: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": encode({"owner_id": notice.owner_id, "sk": _key(notice)}),
            "UpdateExpression": f"SET {change}",
            "ExpressionAttributeValues": encode(values),
        }

    def _get(self, owner_id: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table,
            Key=encode({"owner_id": owner_id, "sk": sk}),
            ConsistentRead=True,
        )
        return decode(answer["Item"]) if "Item" in answer else None

    def _item(self, record: Profile | Notice, sk: str) -> dict[str, Any]:
        plain = {f.name: getattr(record, f.name) for f in fields(record)}
        return encode({**plain, "sk": sk})


def _key(notice: Notice) -> str:
    return f"{NOTICE}{notice.connection_id}#{notice.red_since}"


def _refused(error: ClientError) -> bool:
    try:
        raise_conflict(error)
    except Conflict:
        return False
    raise AssertionError


def _read(kind: Any, values: Mapping[str, Any]) -> Any:
    return kind(**{f.name: values[f.name] for f in fields(kind) if f.name in values})

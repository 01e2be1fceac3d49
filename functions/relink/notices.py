"""What owners are to be told: notices in the Owners table, and the clock that wakes them.

A notice belongs to one moment of one connection: the incident that began at `red_since`, or the
consent that ends at `consent_expires_at`. It is written once, however often the stream tells of
it, and shown only while its connection is still in that moment.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger

from relink.items import decode, encode, read
from relink.writes import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection

logger = Logger(child=True)
NOTICE: Final = "notice#"
SHARDS: Final = 8


class Topic(StrEnum):
    """What a notice is about."""

    RED = "red"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an owner is told of one moment of one connection, and what became of it.

    `mailed` and `pushed` count the tellings that have gone out by each channel, `mailed_at` and
    `pushed_at` are when the last did. `message_id` is the name that SES gave to the first mail,
    `last_message_id` to the last one, `undelivered` counts how often one came back and was told
    anew. `push_busy_since` is since when push services have had no room for its next push. `due_at`
    is when it is next to be looked at, `asked_at` when the owner himself last asked for its mail,
    `closed_at` when he was told that all is well again.
    """

    owner_id: str
    connection_id: str
    topic: Topic
    moment: int
    created_at: int
    bank_name: str = ""
    due_at: int | None = None
    mailed: int = 0
    mailed_at: int | None = None
    message_id: str = ""
    last_message_id: str = ""
    undelivered: int = 0
    pushed: int = 0
    pushed_at: int | None = None
    push_busy_since: int | None = None
    asked_at: int | None = None
    cleared_at: int | None = None
    closed_at: int | None = None
    dismissed_at: int | None = None

    @property
    def notice_id(self) -> str:
        """Return the notice's name, which is its moment's."""
        return f"{self.topic.value}.{self.connection_id}.{self.moment}"

    @property
    def sk(self) -> str:
        """Return the sort key under which it is stored."""
        return f"{NOTICE}{self.topic.value}#{self.connection_id}#{self.moment}"

    @property
    def pending(self) -> bool:
        """Tell whether its first mail is still to be sent."""
        return self.mailed == 0 and self.due_at is not None and self.cleared_at is None

    def concerns(self, connection: Connection | None) -> bool:
        """Tell whether its moment is not over: the same incident, the same end of the consent."""
        if connection is None or self.cleared_at is not None:
            return False
        if self.topic is Topic.RED:
            return connection.incident_since == self.moment
        return connection.consent_expires_at == self.moment

    def stands(self, connection: Connection | None) -> bool:
        """Tell whether it is shown; what is red says more than a warning."""
        warns_in_vain = self.topic is Topic.EXPIRING and connection and connection.red_since
        return self.concerns(connection) and not warns_in_vain


class Notices:
    """The notices in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, notice: Notice) -> bool:
        """Store a notice unless its moment has one; tell whether it is new."""
        return written(
            self._client.put_item,
            TableName=self._table,
            Item=encode({"sk": notice.sk, **attributes(notice)}),
            ConditionExpression="attribute_not_exists(owner_id)",
        )

    def of(self, owner_id: str) -> list[Notice]:
        """Return an owner's notices, oldest first, the cleared ones among them.

        One whose topic only a later version knows, or none at all, is passed over, and logged.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="owner_id = :o AND begins_with(sk, :n)",
            ExpressionAttributeValues=encode({":o": owner_id, ":n": NOTICE}),
            ConsistentRead=True,
        )
        items = [decode(i) for page in pages for i in page["Items"]]
        found = [from_item(values) for values in items if _known(values)]
        return sorted(found, key=lambda n: (n.created_at, n.connection_id, n.topic))

    def dismiss(self, notice: Notice, now: int) -> bool:
        """Mark that the owner has put the notice away; tell whether there is such a one."""
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(key(notice)),
            UpdateExpression="SET dismissed_at = if_not_exists(dismissed_at, :now)",
            ConditionExpression="attribute_exists(owner_id)",
            ExpressionAttributeValues=encode({":now": now}),
        )

    def ask(self, notice: Notice, now: int, *, unless_since: int) -> bool:
        """Have the notice's mail sent at once because its owner asks, unless one went lately.

        False if one has gone out, or was asked for, after `unless_since`, or the notice is over. Of
        this very moment may be our own question, whose answer was lost on its way.
        """
        condition = (
            "attribute_exists(owner_id) AND attribute_not_exists(cleared_at)"
            " AND (attribute_not_exists(mailed_at) OR mailed_at <= :since)"
            " AND (attribute_not_exists(asked_at) OR asked_at <= :since OR asked_at = :now)"
        )
        values = {":now": now, ":since": unless_since, ":shard": shard(notice.owner_id)}
        return written(
            self._client.update_item,
            TableName=self._table,
            Key=encode(key(notice)),
            UpdateExpression="SET asked_at = :now, due_shard = :shard, due_at = :now",
            ConditionExpression=condition,
            ExpressionAttributeValues=encode(values),
        )


def _known(values: Mapping[str, Any]) -> bool:
    known = values.get("topic") in set(Topic)
    if not known:
        logger.warning("notice of an unknown topic", extra={"sk": values["sk"]})
    return known


def key(notice: Notice) -> dict[str, str]:
    """Return the key under which a notice is stored."""
    return {"owner_id": notice.owner_id, "sk": notice.sk}


def shard(owner_id: str) -> int:
    """Return the part of the index that an owner's notices lie in."""
    return zlib.crc32(owner_id.encode()) % SHARDS


def from_item(values: Mapping[str, Any]) -> Notice:
    """Return the notice that an item holds."""
    known: Notice = read(Notice, {**values, "topic": Topic(values["topic"])})
    return known


def attributes(notice: Notice) -> dict[str, Any]:
    """Return what is stored of a notice besides its sort key; empty and absent values are not."""
    plain: dict[str, Any] = {f.name: getattr(notice, f.name) for f in fields(Notice)}
    plain["topic"] = notice.topic.value
    if notice.due_at is not None:
        plain["due_shard"] = shard(notice.owner_id)
    return {name: value for name, value in plain.items() if value not in ("", None)}

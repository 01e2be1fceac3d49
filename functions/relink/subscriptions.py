"""Browsers that an owner lets us push to: his Web Push subscriptions in the Owners table.

A browser has one holder, the owner who subscribed it last: what is pushed to one must not light up
for another who has signed in there since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from relink.items import decode, encode, read
from relink.writes import transact, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

PUSH: Final = "push#"
BROWSER: Final = "browser#"
HOLDER: Final = "holder"
MOST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A browser's push subscription (W3C Push API): where to send, and how to encrypt for it.

    `p256dh` and `auth` are base64url as the browser gives them; `key` is the public VAPID key that
    it was made for; `expires_at` is when the browser says that it ends, if it does. `told` names
    what was pushed to it last.
    """

    owner_id: str
    endpoint: str
    p256dh: str
    auth: str
    created_at: int
    key: str = ""
    expires_at: int | None = None
    told: Sequence[str] = ()


class Subscriptions:
    """The subscriptions in the Owners table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, owner_id: str) -> list[Subscription]:
        """Return an owner's subscriptions, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="owner_id = :o AND begins_with(sk, :p)",
            ExpressionAttributeValues=encode({":o": owner_id, ":p": PUSH}),
            ConsistentRead=True,
        )
        found = [read(Subscription, decode(i)) for page in pages for i in page["Items"]]
        return sorted(found, key=lambda s: (s.created_at, s.endpoint))

    def save(self, subscription: Subscription) -> None:
        """Store a subscription, in the place of the one with the same endpoint, whosever it was.

        Beyond ten, an owner's oldest ones go. Raises `Conflict` if another owner subscribes the
        same browser at the same moment.
        """
        owner, endpoint = subscription.owner_id, subscription.endpoint
        before = self._holder(endpoint)
        plain = {f.name: getattr(subscription, f.name) for f in fields(subscription)}
        held = encode({"holder": owner, "expires_at": subscription.expires_at})
        writes: list[Any] = [
            {"Put": {"TableName": self._table, "Item": encode(plain) | _key(owner, endpoint)}},
            {
                "Put": {
                    "TableName": self._table,
                    "Item": held | _browser(endpoint),
                    "ConditionExpression": "attribute_not_exists(holder) OR holder = :before",
                    "ExpressionAttributeValues": encode({":before": before}),
                }
            },
        ]
        if before not in {"", owner}:
            writes.append({"Delete": {"TableName": self._table, "Key": _key(before, endpoint)}})
        transact(self._client, writes)
        for old in self.of(owner)[:-MOST]:
            self.forget(owner, old.endpoint)

    def tell(self, subscription: Subscription, told: Sequence[str]) -> None:
        """Remember what was pushed to a subscription, unless it has gone meanwhile."""
        written(
            self._client.update_item,
            TableName=self._table,
            Key=_key(subscription.owner_id, subscription.endpoint),
            UpdateExpression="SET told = :told",
            ConditionExpression="attribute_exists(owner_id)",
            ExpressionAttributeValues=encode({":told": list(told)}),
        )

    def forget(self, owner_id: str, endpoint: str) -> None:
        """Forget an owner's subscription, if he has it; a browser that another one holds stays."""
        delete = self._client.delete_item
        written(delete, TableName=self._table, Key=_key(owner_id, endpoint))
        written(
            delete,
            TableName=self._table,
            Key=_browser(endpoint),
            ConditionExpression="attribute_not_exists(holder) OR holder = :owner",
            ExpressionAttributeValues=encode({":owner": owner_id}),
        )

    def _holder(self, endpoint: str) -> str:
        answer = self._client.get_item(
            TableName=self._table, Key=_browser(endpoint), ConsistentRead=True
        )
        return str(decode(answer["Item"])["holder"]) if "Item" in answer else ""


def _key(owner_id: str, endpoint: str) -> dict[str, Any]:
    return encode({"owner_id": owner_id, "sk": PUSH + _digest(endpoint)})


def _browser(endpoint: str) -> dict[str, Any]:
    return encode({"owner_id": BROWSER + _digest(endpoint), "sk": HOLDER})


def _digest(endpoint: str) -> str:
    """Return the name of a browser: its endpoint is its identity, and a secret."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]

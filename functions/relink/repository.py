"""Connections in DynamoDB: read them whole, write only what changed, under a condition."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from relink import batches
from relink.connection import Bank, Connection, Method
from relink.items import decode, encode
from relink.reasons import Reason, Scope, Status
from relink.trail import events_of
from relink.writes import Conflict, transact, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.trail import Event, Trail

_BANK = ("bank_id", "bank_name", "bank_country", "provider", "method")
_OMIT_WHEN_EMPTY = (
    *("lease", "lease_until", "live_attempt", "live_until", "troubles", "digest"),
    *("ending", "retired", "runs", "spread", "untold", "login"),
)


def to_item(connection: Connection) -> dict[str, Any]:
    """Return the connection as it is stored; absent and empty values are left out."""
    return encode(_attributes(connection))


def from_item(item: Mapping[str, Any]) -> Connection:
    """Return the connection that an item (or a stream image) holds.

    What this version does not know is ignored, and what is missing takes its default, so that
    items of another version can be read.
    """
    values = decode(item)
    bank = Bank(
        bank_id=values["bank_id"],
        name=values["bank_name"],
        country=values["bank_country"],
        provider=values["provider"],
        method=Method(values["method"]),
    )
    known = {f.name for f in fields(Connection)}
    plain = {k: v for k, v in values.items() if k in known}
    plain["status"] = Status(values["status"])
    plain["reason"] = Reason(values["reason"]) if "reason" in values else None
    plain["scope"] = Scope(values["scope"]) if "scope" in values else None
    for times in ("calls", "tries"):
        if times in values:
            plain[times] = tuple(values[times])
    return Connection(bank=bank, **plain)


@dataclass(frozen=True, slots=True)
class Change:
    """The write that turns one state into another, if it is still as expected; with its trail."""

    connection_id: str
    values: Mapping[str, Any]
    removed: Iterable[str]
    expected: Mapping[str, Any]
    events: Sequence[Event] = ()

    def writes(self, table: str, trail: Trail | None) -> list[dict[str, Any]]:
        """Return the parts of a transaction: the update, and what goes into the trail with it."""
        noted = [trail.put(self.connection_id, e) for e in self.events] if trail else []
        return [{"Update": self.arguments(table)}, *noted]

    def arguments(self, table: str) -> dict[str, Any]:
        """Return what UpdateItem, or the Update of a transaction, takes."""
        sets = [f"#{k} = :{k}" for k in self.values]
        removes = [f"#{k}" for k in self.removed]
        checks = ["attribute_exists(connection_id)"]
        checks += [
            f"attribute_not_exists(#{k})" if v is None else f"#{k} = :expected_{k}"
            for k, v in self.expected.items()
        ]
        clauses = ["SET " + ", ".join(sets)] if sets else []
        clauses += ["REMOVE " + ", ".join(removes)] if removes else []
        names = {*self.values, *self.removed, *self.expected}
        values = {f":{k}": v for k, v in self.values.items()}
        values |= {f":expected_{k}": v for k, v in self.expected.items() if v is not None}
        return {
            "TableName": table,
            "Key": encode({"connection_id": self.connection_id}),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": " AND ".join(checks),
            "ExpressionAttributeNames": {f"#{k}": k for k in names},
            **({"ExpressionAttributeValues": encode(values)} if values else {}),
        }


def change(before: Connection, after: Connection, *, expect: Iterable[str]) -> Change:
    """Return the write from `before` to `after`, conditional on the named attributes.

    Only attributes that differ are written, so that concurrent writes to others survive.
    """
    old, new = _attributes(before), _attributes(after)
    return Change(
        connection_id=before.connection_id,
        values={k: v for k, v in new.items() if v is not None and v != old[k]},
        removed=[k for k, v in new.items() if v is None and old[k] is not None],
        expected={k: old[k] for k in expect},
        events=events_of(before, after),
    )


class Connections:
    """The Connections table; with a trail, changes of colour are noted there."""

    def __init__(self, client: DynamoDBClient, table: str, trail: Trail | None = None) -> None:
        self._client = client
        self.table = table
        self._trail = trail

    def get(self, connection_id: str, *, consistent: bool = True) -> Connection | None:
        """Return a connection, or None if there is none of that id."""
        answer = self._client.get_item(
            TableName=self.table,
            Key=encode({"connection_id": connection_id}),
            ConsistentRead=consistent,
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def in_workspace(self, workspace_id: str) -> list[Connection]:
        """Return a workspace's connections, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="by_workspace",
            KeyConditionExpression="workspace_id = :w",
            ExpressionAttributeValues=encode({":w": workspace_id}),
        )
        keys = [{"connection_id": i["connection_id"]} for page in pages for i in page["Items"]]
        found = [from_item(i) for i in batches.items(self._client, self.table, keys)]
        return sorted(found, key=lambda c: (c.created_at, c.connection_id))

    def referred(self, provider_ref: str) -> list[Connection]:
        """Return the connections that their provider knows by that reference, as they are now."""
        answer = self._client.query(
            TableName=self.table,
            IndexName="by_provider_ref",
            KeyConditionExpression="provider_ref = :r",
            ExpressionAttributeValues=encode({":r": provider_ref}),
        )
        found = [self.get(decode(item)["connection_id"]) for item in answer["Items"]]
        return [c for c in found if c is not None and c.provider_ref == provider_ref]

    def create(self, connection: Connection) -> None:
        """Store a new connection. Raises `Conflict` if its id exists."""
        if not written(
            self._client.put_item,
            TableName=self.table,
            Item=to_item(connection),
            ConditionExpression="attribute_not_exists(connection_id)",
        ):
            raise Conflict

    def save(self, before: Connection, after: Connection, *, expect: Iterable[str]) -> None:
        """Write the difference. Raises `Conflict` if an expected attribute has changed."""
        if before == after:
            return
        moved = change(before, after, expect=expect)
        if moved.events and self._trail:
            transact(self._client, moved.writes(self.table, self._trail))
        elif not written(self._client.update_item, **moved.arguments(self.table)):
            raise Conflict

    def delete(self, connection: Connection, *, expect: Iterable[str]) -> None:
        """Delete a connection. Raises `Conflict` if it has gone or an expected attribute changed.

        `expect` is not empty: nothing is deleted that nobody has looked at.
        """
        arguments = change(connection, connection, expect=expect).arguments(self.table)
        del arguments["UpdateExpression"]
        if not written(self._client.delete_item, **arguments):
            raise Conflict


def _attributes(connection: Connection) -> dict[str, Any]:
    plain: dict[str, Any] = {
        f.name: getattr(connection, f.name) for f in fields(Connection) if f.name != "bank"
    }
    bank = connection.bank
    plain |= dict(
        zip(_BANK, (bank.bank_id, bank.name, bank.country, bank.provider, bank.method), strict=True)
    )
    for name in ("status", "reason", "scope", "method"):
        plain[name] = str(plain[name].value) if plain[name] is not None else None
    for name in ("calls", "tries"):
        plain[name] = list(plain[name])
    for name in (*_OMIT_WHEN_EMPTY, "provider_code", "provider_text", "provider_ref"):
        plain[name] = plain[name] or None
    plain["troubles"] = dict(plain["troubles"]) if plain["troubles"] else None
    return plain

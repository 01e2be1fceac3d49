"""What the banks told: accounts, movements and the cursor, written so that twice is once.

Accounts keep the id and the owner's settings for ever; they are found again by their identities.
The cursor is written last: a crash before it only means that the same page is stored again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from relink.accounts import StoredAccount, match
from relink.backoff import Throttled, tries
from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.provider import Account, SyncResult, Transaction

ACCOUNT = "account#"
BOOKED = "booked#"
PENDING = "pending#"
CURSOR = "cursor"
BATCH_WRITE = 25
ID_BYTES = 512


class Ledger:
    """The Ledger table of all connections."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self.table = table

    def accounts(self, connection_id: str) -> list[StoredAccount]:
        """Return a connection's accounts in the order of their names."""
        found = [_account(i) for i in self._query(connection_id, ACCOUNT)]
        return sorted(found, key=lambda a: (a.shown_name, a.account_id))

    def cursor(self, connection_id: str, place: str = CURSOR) -> str:
        """Return where the last sync ended, or an empty text; `place` is whose cursor it is."""
        answer = self._client.get_item(
            TableName=self.table,
            Key=encode({"connection_id": connection_id, "sk": place}),
        )
        return str(decode(answer["Item"])["cursor"]) if "Item" in answer else ""

    def store(
        self, connection_id: str, result: SyncResult, now: int, place: str = CURSOR
    ) -> dict[str, str]:
        """Store a page of what the bank told; return our account ids by the bank's."""
        known = self.accounts(connection_id)
        ids = match(connection_id, result.accounts, known)
        for account in result.accounts:
            self._upsert_account(connection_id, ids[account.provider_id], account, now)
        self._write(self._requests(connection_id, result, ids))
        if result.next_cursor:
            item = {"connection_id": connection_id, "sk": place, "cursor": result.next_cursor}
            self._client.put_item(TableName=self.table, Item=encode(item))
        return ids

    def forget(self, connection_id: str, place: str) -> None:
        """Delete a cursor that is needed no more."""
        key = {"connection_id": connection_id, "sk": place}
        self._write([{"DeleteRequest": {"Key": encode(key)}}])

    def erase(self, connection_id: str, hurry: Callable[[], bool]) -> bool:
        """Delete all that is stored of a connection; tell whether there was time for all of it."""
        keys = self._query(connection_id, "", only_keys=True)
        while batch := list(islice(keys, BATCH_WRITE)):
            if hurry():
                return False
            self._write_batch([{"DeleteRequest": {"Key": key}} for key in batch])
        return True

    def _upsert_account(self, connection_id: str, own_id: str, account: Account, now: int) -> None:
        values = {
            "identities": list(account.identities),
            "bank_name": account.name,
            "currency": account.currency,
            "balance": account.balance,
            "available": account.available,
            "balance_at": account.balance_at,
            "updated_at": now,
        }
        present = {k: v for k, v in values.items() if v is not None}
        self._client.update_item(
            TableName=self.table,
            Key=encode({"connection_id": connection_id, "sk": ACCOUNT + own_id}),
            UpdateExpression="SET " + ", ".join(f"#{k} = :{k}" for k in present),
            ExpressionAttributeNames={f"#{k}": k for k in present},
            ExpressionAttributeValues=encode({f":{k}": v for k, v in present.items()}),
        )

    def _requests(
        self,
        connection_id: str,
        result: SyncResult,
        ids: Mapping[str, str],
    ) -> Iterator[dict[str, Any]]:
        wanted: dict[str, dict[str, Any]] = {}
        for movement in (*result.added, *result.modified):
            if movement.account in ids:
                sk = _movement_key(ids[movement.account], movement)
                wanted[sk] = _movement(connection_id, sk, movement)
        complete = [] if result.incremental else ids.keys() - result.account_errors.keys()
        gone = set(self._stored_pending(connection_id, [ids[a] for a in complete]))
        changed: dict[str, set[str]] = {}
        modified = ((t.account, t.transaction_id) for t in result.modified)
        for account, transaction_id in (*result.removed, *modified):
            if account in ids:
                changed.setdefault(ids[account], set()).add(_key_part(transaction_id))
        for own_id, names in changed.items():
            gone |= set(self._keys_of(connection_id, own_id, names))
        for item in wanted.values():
            yield {"PutRequest": {"Item": encode(item)}}
        for sk in sorted(gone - wanted.keys()):
            yield {"DeleteRequest": {"Key": encode({"connection_id": connection_id, "sk": sk})}}

    def _stored_pending(self, connection_id: str, own_ids: Iterable[str]) -> Iterator[str]:
        for own_id in own_ids:
            for item in self._query(connection_id, f"{PENDING}{own_id}#"):
                yield item["sk"]["S"]

    def _keys_of(self, connection_id: str, own_id: str, names: set[str]) -> Iterator[str]:
        """Yield where movements lie; the history is read only for those that are not pending."""
        waiting = set(names)
        for sk in self._stored_pending(connection_id, [own_id]):
            name = sk.removeprefix(f"{PENDING}{own_id}#")
            if name in names:
                waiting.discard(name)
                yield sk
        booked = f"{BOOKED}{own_id}#"
        for item in self._query(connection_id, booked) if waiting else ():
            _, _, name = item["sk"]["S"].removeprefix(booked).partition("#")
            if name in waiting:
                yield item["sk"]["S"]

    def _query(
        self, connection_id: str, prefix: str, *, only_keys: bool = False
    ) -> Iterator[dict[str, Any]]:
        condition, values = "connection_id = :c", {":c": connection_id}
        if prefix:
            condition, values = f"{condition} AND begins_with(sk, :p)", {**values, ":p": prefix}
        wanted: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode(values),
            "ConsistentRead": True,
        }
        if only_keys:
            wanted["ProjectionExpression"] = "connection_id, sk"
        pages = self._client.get_paginator("query").paginate(**wanted)
        for page in pages:
            yield from page["Items"]

    def _write(self, requests: Iterable[dict[str, Any]]) -> None:
        waiting: list[Any] = list(requests)
        for start in range(0, len(waiting), BATCH_WRITE):
            self._write_batch(waiting[start : start + BATCH_WRITE])

    def _write_batch(self, batch: list[Any]) -> None:
        for _ in tries():
            answer = self._client.batch_write_item(RequestItems={self.table: batch})
            batch = answer.get("UnprocessedItems", {}).get(self.table, [])
            if not batch:
                return
        raise Throttled


def digest(result: SyncResult) -> str:
    """Return a hash of what an answer says, so that an unchanged one writes nothing.

    The time of a balance is left out: banks renew it with every answer.
    """
    content = [
        [
            [a.provider_id, a.identities, a.name, a.currency, a.balance, a.available]
            for a in result.accounts
        ],
        sorted([_facts(t) for t in (*result.added, *result.modified)]),
        sorted(result.removed),
        result.next_cursor,
    ]
    text = json.dumps(content, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def cursor_key(connection_id: str) -> dict[str, str]:
    """Return the key of a connection's cursor."""
    return {"connection_id": connection_id, "sk": CURSOR}


def _movement_key(own_id: str, movement: Transaction) -> str:
    name = _key_part(movement.transaction_id)
    if movement.booked_on is None:
        return f"{PENDING}{own_id}#{name}"
    return f"{BOOKED}{own_id}#{movement.booked_on.isoformat()}#{name}"


def _key_part(transaction_id: str) -> str:
    """Return an id as a part of a sort key, which holds 1 024 bytes at most."""
    text = transaction_id.encode()
    return transaction_id if len(text) <= ID_BYTES else hashlib.sha256(text).hexdigest()


def _movement(connection_id: str, sk: str, movement: Transaction) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "sk": sk,
        "amount": movement.amount,
        "currency": movement.currency,
        "description": movement.description,
        "counterparty": movement.counterparty or None,
        "booked_on": movement.booked_on.isoformat() if movement.booked_on else None,
        "value_on": movement.value_on.isoformat() if movement.value_on else None,
    }


def _facts(movement: Transaction) -> list[str]:
    return [str(getattr(movement, f.name)) for f in fields(movement)]


def _account(item: Mapping[str, Any]) -> StoredAccount:
    values = decode(item)
    known = {f.name for f in fields(StoredAccount)}
    plain = {k: v for k, v in values.items() if k in known}
    for name in ("balance", "available"):
        if name in plain:
            plain[name] = Decimal(plain[name])
    plain["identities"] = tuple(values.get("identities", ()))
    plain["account_id"] = str(values["sk"]).removeprefix(ACCOUNT)
    return StoredAccount(**plain)

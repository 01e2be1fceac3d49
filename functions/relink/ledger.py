"""What the banks told: accounts, movements and the cursor, written so that twice is once.

Accounts keep the id and the owner's settings for ever; they are found again by their identities.
What is there already is not written again: to read is a fifth of the price, and tells what is new.
The cursor is written last: a crash before it only means that the same page is stored again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from relink.accounts import match, of_another
from relink.backoff import Throttled, tries
from relink.changes import Changes
from relink.failures import NeedsOwner
from relink.items import decode, encode
from relink.ledger_items import (
    ACCOUNT,
    BOOKED,
    PENDING,
    account_update,
    differs,
    key_part,
    movement_item,
    movement_key,
    stored_account,
)
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.accounts import StoredAccount
    from relink.bank_accounts import Account, Transaction
    from relink.provider import SyncResult

CURSOR = "cursor"
BATCH_WRITE = 25
FEW = 20


class Ledger:
    """The Ledger table of all connections."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self.table = table

    def accounts(self, connection_id: str) -> list[StoredAccount]:
        """Return a connection's accounts in the order of their names."""
        found = [stored_account(i) for i in self._query(connection_id, ACCOUNT)]
        return sorted(found, key=lambda a: (a.shown_name, a.account_id))

    def cursor(self, connection_id: str, place: str = CURSOR) -> str:
        """Return where the last sync ended, or an empty text; `place` is whose cursor it is."""
        answer = self._client.get_item(
            TableName=self.table,
            Key=encode({"connection_id": connection_id, "sk": place}),
        )
        return str(decode(answer["Item"])["cursor"]) if "Item" in answer else ""

    def store(
        self,
        connection_id: str,
        result: SyncResult,
        now: int,
        place: str = CURSOR,
        changes: Changes | None = None,
    ) -> dict[str, str]:
        """Store a page of what the bank told; return our account ids by the bank's.

        What differs from what was there is added to `changes`. Raises `NeedsOwner`, and stores
        nothing, if the access shows accounts and none of those that we know (law 7).
        """
        changes = Changes() if changes is None else changes
        known = {a.account_id: a for a in self.accounts(connection_id)}
        if of_another(result, known.values()):
            raise NeedsOwner(Reason.OTHER_ACCOUNTS)
        ids = match(connection_id, result.accounts, known.values())
        for account in result.accounts:
            own_id = ids[account.provider_id]
            if own_id not in known or differs(known[own_id], account):
                changes.accounts.add(own_id)
            update = account_update(connection_id, own_id, account, now)
            self._client.update_item(TableName=self.table, **update)
        self._write(self._requests(connection_id, result, ids, changes, known.keys()))
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

    def known(self, connection_id: str, accounts: Iterable[Account]) -> Iterator[dict[str, Any]]:
        """Yield the writes of a transaction that make a first login's accounts those we know.

        A few of many: any one tells whose they are. When they were told of is left open, so that
        the first sync tells of them as new.
        """
        shown = list({a.provider_id: a for a in accounts}.values())
        ids = match(connection_id, shown, ())
        for account in shown[:FEW]:
            update = account_update(connection_id, ids[account.provider_id], account, None)
            yield {"Update": {"TableName": self.table, **update}}

    def _requests(
        self,
        connection_id: str,
        result: SyncResult,
        ids: Mapping[str, str],
        changes: Changes,
        known: Collection[str],
    ) -> Iterator[dict[str, Any]]:
        """Yield the writes that differ from what is stored, and count them as changes."""
        wanted = {
            movement_key(ids[m.account], m): (ids[m.account], m)
            for m in (*result.added, *result.modified)
            if m.account in ids
        }
        if result.incremental:
            changes.as_told(result)
        stored = {} if result.incremental else self._stored(connection_id, wanted, known)
        for sk, (own_id, movement) in wanted.items():
            item = encode(movement_item(connection_id, sk, movement))
            if result.incremental:
                changes.touched(own_id, movement)
            elif stored.get(sk) == decode(item):
                continue
            else:
                changes.stored(own_id, movement, new=sk not in stored)
            yield {"PutRequest": {"Item": item}}
        for sk in sorted(self._gone(connection_id, result, ids) - wanted.keys()):
            if not result.incremental:
                changes.gone(sk.split("#")[1])
            yield {"DeleteRequest": {"Key": encode({"connection_id": connection_id, "sk": sk})}}

    def _gone(self, connection_id: str, result: SyncResult, ids: Mapping[str, str]) -> set[str]:
        """Return the keys of what the bank does not tell any more, or tells at another place."""
        complete = [] if result.incremental else ids.keys() - result.account_errors.keys()
        gone = set(self._stored_pending(connection_id, [ids[a] for a in complete]))
        changed: dict[str, set[str]] = {}
        modified = ((t.account, t.transaction_id) for t in result.modified)
        for account, transaction_id in (*result.removed, *modified):
            if account in ids:
                changed.setdefault(ids[account], set()).add(key_part(transaction_id))
        for own_id, names in changed.items():
            gone |= set(self._keys_of(connection_id, own_id, names))
        return gone

    def _stored(
        self,
        connection_id: str,
        wanted: Mapping[str, tuple[str, Transaction]],
        known: Collection[str],
    ) -> dict[str, dict[str, Any]]:
        """Return what lies where movements are to be stored; a new account has none."""
        places: dict[str, list[str]] = {}
        for sk, (own_id, _) in wanted.items():
            if own_id in known:
                places.setdefault(sk.partition("#")[0] + own_id, []).append(sk)
        found = (
            decode(item)
            for keys in places.values()
            for item in self._between(connection_id, min(keys), max(keys))
        )
        return {item["sk"]: item for item in found if item["sk"] in wanted}

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
        shown = {"ProjectionExpression": "connection_id, sk"} if only_keys else {}
        return self._pages(condition, values, shown)

    def _between(self, connection_id: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        condition = "connection_id = :c AND sk BETWEEN :first AND :last"
        return self._pages(condition, {":c": connection_id, ":first": first, ":last": last}, {})

    def _pages(
        self, condition: str, values: Mapping[str, str], shown: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        wanted: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode(values),
            "ConsistentRead": True,
            **shown,
        }
        for page in self._client.get_paginator("query").paginate(**wanted):
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


def cursor_key(connection_id: str) -> dict[str, str]:
    """Return the key of a connection's cursor."""
    return {"connection_id": connection_id, "sk": CURSOR}

"""What the banks told: accounts, movements and the cursor, written so that twice is once.

Accounts keep the id and the owner's settings for ever; they are found again by their identities.
The cursor is written last: a crash before it only means that the same page is stored again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.provider import Account, SyncResult, Transaction

ACCOUNT = "account#"
BOOKED = "booked#"
PENDING = "pending#"
CURSOR = "cursor"
BATCH_WRITE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """An account as we know it; `name` is the owner's own name for it, if he gave one."""

    account_id: str
    identities: tuple[str, ...]
    bank_name: str
    currency: str
    balance: Decimal | None = None
    available: Decimal | None = None
    balance_at: int | None = None
    name: str = ""
    hidden: bool = False

    @property
    def shown_name(self) -> str:
        """Return the name that the owner reads."""
        return self.name or self.bank_name


class Ledger:
    """The Ledger table of all connections."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self.table = table

    def accounts(self, connection_id: str) -> list[StoredAccount]:
        """Return a connection's accounts in the order of their names."""
        found = [_account(i) for i in self._query(connection_id, ACCOUNT)]
        return sorted(found, key=lambda a: (a.shown_name, a.account_id))

    def cursor(self, connection_id: str) -> str:
        """Return where the last sync ended, or an empty text."""
        answer = self._client.get_item(
            TableName=self.table,
            Key=encode(cursor_key(connection_id)),
        )
        return str(decode(answer["Item"])["cursor"]) if "Item" in answer else ""

    def store(self, connection_id: str, result: SyncResult, now: int) -> dict[str, str]:
        """Store a page of what the bank told; return our account ids by the bank's."""
        known = self.accounts(connection_id)
        ids = match(connection_id, result.accounts, known)
        for account in result.accounts:
            self._upsert_account(connection_id, ids[account.provider_id], account, now)
        self._write(self._requests(connection_id, result, ids))
        if result.next_cursor:
            item = {**cursor_key(connection_id), "cursor": result.next_cursor}
            self._client.put_item(TableName=self.table, Item=encode(item))
        return ids

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
        changed = [(t.account, t.transaction_id) for t in result.modified]
        for account, transaction_id in (*result.removed, *changed):
            if account in ids:
                gone |= set(self._keys_of(connection_id, ids[account], transaction_id))
        for sk, item in wanted.items():
            yield {"PutRequest": {"Item": encode(item)}}
        for sk in sorted(gone - wanted.keys()):
            yield {"DeleteRequest": {"Key": encode({"connection_id": connection_id, "sk": sk})}}

    def _stored_pending(self, connection_id: str, own_ids: Iterable[str]) -> Iterator[str]:
        for own_id in own_ids:
            for item in self._query(connection_id, f"{PENDING}{own_id}#"):
                yield item["sk"]["S"]

    def _keys_of(self, connection_id: str, own_id: str, transaction_id: str) -> Iterator[str]:
        for kind in (BOOKED, PENDING):
            for item in self._query(connection_id, f"{kind}{own_id}#"):
                if item["sk"]["S"].endswith(f"#{transaction_id}"):
                    yield item["sk"]["S"]

    def _query(self, connection_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="connection_id = :c AND begins_with(sk, :p)",
            ExpressionAttributeValues=encode({":c": connection_id, ":p": prefix}),
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _write(self, requests: Iterable[dict[str, Any]]) -> None:
        waiting: list[Any] = list(requests)
        while waiting:
            batch, waiting = waiting[:BATCH_WRITE], waiting[BATCH_WRITE:]
            answer = self._client.batch_write_item(RequestItems={self.table: batch})
            waiting += answer.get("UnprocessedItems", {}).get(self.table, [])


def match(
    connection_id: str,
    accounts: Iterable[Account],
    known: Iterable[StoredAccount],
) -> dict[str, str]:
    """Return our id for each of the bank's accounts: by identity, never by position or name.

    Better identities are tried first. One that several accounts share decides nothing, and an
    account of ours is found once at most.
    """
    shown = list(accounts)
    candidates = _unambiguous((i, a.account_id) for a in known for i in a.identities)
    wanted = _unambiguous((i, a.provider_id) for a in shown for i in a.identities)
    found: dict[str, str] = {}
    for rank in range(max((len(a.identities) for a in shown), default=0)):
        for account in shown:
            name = account.identities[rank] if rank < len(account.identities) else ""
            own = candidates.get(name) if wanted.get(name) == account.provider_id else None
            if own and account.provider_id not in found and own not in found.values():
                found[account.provider_id] = own
    return {a.provider_id: found.get(a.provider_id) or _new_id(connection_id, a) for a in shown}


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
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def cursor_key(connection_id: str) -> dict[str, str]:
    """Return the key of a connection's cursor."""
    return {"connection_id": connection_id, "sk": CURSOR}


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the identities that name one account only."""
    owners: dict[str, set[str]] = {}
    for name, account in pairs:
        owners.setdefault(name, set()).add(account)
    return {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}


def _new_id(connection_id: str, account: Account) -> str:
    text = f"{connection_id}\0{account.identities[0]}"
    return "acc_" + hashlib.sha256(text.encode()).hexdigest()[:20]


def _movement_key(own_id: str, movement: Transaction) -> str:
    if movement.booked_on is None:
        return f"{PENDING}{own_id}#{movement.transaction_id}"
    return f"{BOOKED}{own_id}#{movement.booked_on.isoformat()}#{movement.transaction_id}"


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

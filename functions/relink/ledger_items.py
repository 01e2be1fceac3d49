"""How accounts and movements lie in the Ledger."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.accounts import StoredAccount
from relink.items import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.bank_accounts import Account, Transaction
    from relink.provider import SyncResult

ACCOUNT = "account#"
BOOKED = "booked#"
PENDING = "pending#"
ID_BYTES = 512


def account_update(
    connection_id: str, own_id: str, account: Account, now: int | None
) -> dict[str, Any]:
    """Return what writes an account as a bank told of it, and leaves its owner's settings alone."""
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
    return {
        "Key": encode({"connection_id": connection_id, "sk": ACCOUNT + own_id}),
        "UpdateExpression": "SET " + ", ".join(f"#{k} = :{k}" for k in present),
        "ExpressionAttributeNames": {f"#{k}": k for k in present},
        "ExpressionAttributeValues": encode({f":{k}": v for k, v in present.items()}),
    }


def differs(known: StoredAccount, told: Account) -> bool:
    """Tell whether a bank says anything new of an account; what it leaves out stays as it was.

    All is new of one that only the login has shown yet.
    """
    pairs = {
        "identities": told.identities,
        "bank_name": told.name,
        "currency": told.currency,
        "balance": told.balance,
        "available": told.available,
    }
    new = any(v is not None and getattr(known, name) != v for name, v in pairs.items())
    return new or not known.updated_at


def movement_key(own_id: str, movement: Transaction) -> str:
    """Return where a movement of an account lies: a pending one has no day."""
    name = key_part(movement.transaction_id)
    if movement.booked_on is None:
        return f"{PENDING}{own_id}#{name}"
    return f"{BOOKED}{own_id}#{movement.booked_on.isoformat()}#{name}"


def key_part(transaction_id: str) -> str:
    """Return an id as a part of a sort key, which holds 1 024 bytes at most."""
    text = transaction_id.encode()
    return transaction_id if len(text) <= ID_BYTES else hashlib.sha256(text).hexdigest()


def movement_item(connection_id: str, sk: str, movement: Transaction) -> dict[str, Any]:
    """Return a movement as it is stored."""
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


def stored_account(item: Mapping[str, Any]) -> StoredAccount:
    """Return the account that an item holds; what this version does not know is ignored."""
    values = decode(item)
    known = {f.name for f in fields(StoredAccount)}
    plain = {k: v for k, v in values.items() if k in known}
    for name in ("balance", "available"):
        if name in plain:
            plain[name] = Decimal(plain[name])
    plain["identities"] = tuple(values.get("identities", ()))
    plain["account_id"] = str(values["sk"]).removeprefix(ACCOUNT)
    return StoredAccount(**plain)


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


def _facts(movement: Transaction) -> list[str]:
    return [str(getattr(movement, name)) for name in movement.__dataclass_fields__]

"""Movements as banks tell them, and a Ledger to store them in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.bank_accounts import Transaction
from relink.provider import SyncResult
from tests.fakes import account

if TYPE_CHECKING:
    from relink.ledger import Ledger

FIRST = date(2026, 1, 1)
HERE = account()
OWN = "con_1"


def booked(name: str, day: date = FIRST, amount: str = "-12.30", **facts: Any) -> Transaction:
    """Return a booked movement of the account."""
    return Transaction(
        account=facts.pop("account", HERE.provider_id),
        transaction_id=name,
        amount=Decimal(amount),
        currency="EUR",
        description=f"Payment {name}",
        booked_on=day,
        **facts,
    )


def pending(name: str, **facts: Any) -> Transaction:
    """Return a movement that the bank has not booked yet."""
    return replace(booked(name, **facts), booked_on=None)


def told(*movements: Transaction, **facts: Any) -> SyncResult:
    """Return an answer of the bank about its one account."""
    return SyncResult(**{"accounts": (HERE,), "added": movements, **facts})


def keys(ledger: Ledger, prefix: str = "") -> list[str]:
    """Return the sort keys of what is stored, without the account's own id."""
    found = ledger._client.scan(TableName=ledger.table)["Items"]
    own = ledger.accounts(OWN)[0].account_id if ledger.accounts(OWN) else ""
    names = [i["sk"]["S"].replace(own, "acc") for i in found]
    return sorted(n for n in names if n.startswith(prefix))

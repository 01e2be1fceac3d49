"""Accounts and movements as a bank tells of them, before anything of ours is made of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the bank tells of it.

    `provider_id` names it in this answer only; `identities` are hashes that outlive a reconnect,
    the best one first (`identity`). Amounts are in units of `currency`.
    """

    provider_id: str
    identities: tuple[str, ...]
    name: str
    currency: str
    balance: Decimal | None = None
    available: Decimal | None = None
    balance_at: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A movement; `booked_on` is absent while it is pending. Negative amounts leave the account."""

    account: str
    transaction_id: str
    amount: Decimal
    currency: str
    description: str
    booked_on: date | None = None
    value_on: date | None = None
    counterparty: str = ""

    @property
    def pending(self) -> bool:
        """Tell whether the bank has not booked it yet."""
        return self.booked_on is None


def identity(kind: str, *parts: str) -> str:
    """Return a stable hash of what names an account across reconnects (IBAN, bank's own id)."""
    text = "\0".join((kind, *(part.strip().upper().replace(" ", "") for part in parts)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""The banks of the simulated world and the accounts that a login has at each."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum

_NAMESPACE = uuid.UUID("6f4f3a8e-6a53-5c26-9f4e-3d3b1f0f7a11")


@dataclass(frozen=True)
class Bank:
    """An institution."""

    id: str
    name: str
    country: str
    currency: str
    domain: str


BANKS = {
    bank.id: bank
    for bank in (
        Bank("harbour", "Harbour Trust", "US", "USD", "harbourtrust.example"),
        Bank("meridian", "Meridian Commercial Bank", "US", "USD", "meridian.example"),
        Bank("juniper", "Juniper Credit Union", "US", "USD", "junipercu.example"),
        Bank("solana", "Caja Solana", "ES", "EUR", "cajasolana.example"),
        Bank("lindental", "Sparbank Lindental", "DE", "EUR", "lindental.example"),
        Bank("rivage", "Banque du Rivage", "FR", "EUR", "rivage.example"),
    )
}


class Kind(Enum):
    """What an account is for."""

    CURRENT = "current"
    SAVINGS = "savings"
    CARD = "card"


NAMES = {
    Kind.CURRENT: "Operating Account",
    Kind.SAVINGS: "Reserve Savings",
    Kind.CARD: "Company Card",
}

# Cents on the day the accounts were opened.
OPENING = {Kind.CURRENT: 4_250_000, Kind.SAVINGS: 1_500_000, Kind.CARD: 0}


@dataclass(frozen=True)
class Account:
    """An account. `seed` names it for ever: every id and every entry is derived from it."""

    seed: str
    bank: Bank
    kind: Kind
    currency: str
    opening_cents: int

    @property
    def name(self) -> str:
        """Return what its owner calls it; the four digits tell two of a kind apart."""
        return f"{NAMES[self.kind]} ({int(identifier(self.seed, 'digits')[:8], 16) % 10_000:04d})"


def identifier(*parts: object) -> str:
    """Return a UUID that is the same for the same parts, in every process."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def accounts_of(provider: str, login: str, bank: Bank) -> tuple[Account, ...]:
    """Return the accounts that this login sees at this bank: always the same three."""
    seed = f"{provider}/{login}/{bank.id}"
    return tuple(
        Account(f"{seed}/{kind.value}", bank, kind, bank.currency, OPENING[kind]) for kind in Kind
    )

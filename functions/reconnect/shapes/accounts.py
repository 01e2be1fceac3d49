"""What the API tells of accounts and what moved on them, as types."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.reasons import ReasonShape
from reconnect.shapes.words import (
    DOCUMENTED,
    Amount,
    Currency,
    Day,
    Time,
)


@with_config(DOCUMENTED)
class AccountShape(TypedDict):
    """An account of a connection. Amounts are decimal texts in its currency."""

    account_id: str
    name: str
    """The owner's own name for it, else the bank's."""
    bank_name: str
    own_name: str | None
    currency: Currency
    balance: Amount | None
    available: Amount | None
    balance_at: Time | None
    hidden: bool
    trouble: ReasonShape | None
    """Why this account does not sync although its connection does."""


@with_config(DOCUMENTED)
class AccountsShape(TypedDict):
    """A connection's accounts in the order of their names, the hidden ones among them."""

    accounts: list[AccountShape]


@with_config(DOCUMENTED)
class TransactionShape(TypedDict):
    """A movement; negative amounts leave the account."""

    transaction_id: str
    account_id: str
    pending: bool
    """The bank has not booked it yet, so that it has no date and may still change."""
    booked_on: Day | None
    value_on: Day | None
    amount: Amount
    currency: Currency
    description: str
    counterparty: str | None


@with_config(DOCUMENTED)
class TransactionsShape(TypedDict):
    """A page of movements: pending ones first, then newest first."""

    transactions: list[TransactionShape]
    next_cursor: str | None

"""What the owner's API tells of banks, connections and accounts, as types.

The views are checked against them, the API's description is made of them; none is imported when
the function runs.
"""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shape_words import (
    DOCUMENTED,
    Address,
    Amount,
    Colour,
    Country,
    Currency,
    DataName,
    Day,
    Language,
    MethodName,
    ProviderName,
    ReasonName,
    Time,
)


@with_config(DOCUMENTED)
class ReasonShape(TypedDict):
    """Why a connection is not green, and what to do about it, in the reader's language."""

    code: ReasonName
    status: Colour
    """Red: only the owner can mend it. Orange: waiting is right."""
    text: str
    instruction: str
    bank_text: str | None
    """The bank's own words, if it said anything."""


@with_config(DOCUMENTED)
class BankShape(TypedDict):
    """An institution, and how it is reached."""

    bank_id: str
    name: str
    country: Country
    provider: ProviderName
    method: MethodName


@with_config(DOCUMENTED)
class WayShape(BankShape):
    """A way to a bank: what `POST /connections` takes as its `bank`."""

    customers: NotRequired[str]
    """Which of the bank's customers it is for, where it makes a difference."""


@with_config(DOCUMENTED)
class BankEntryShape(TypedDict):
    """A bank that can be connected, with all ways to it."""

    name: str
    country: Country
    ways: list[WayShape]


@with_config(DOCUMENTED)
class BanksShape(TypedDict):
    """A page of a country's banks, the best match first."""

    banks: list[BankEntryShape]
    next_cursor: str | None


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
class ExpiringShape(TypedDict):
    """That the permission to read the bank ends within a fortnight."""

    days_left: int
    text: str


@with_config(DOCUMENTED)
class ConnectionShape(TypedDict):
    """A connection as its workspace sees it."""

    connection_id: str
    bank: BankShape
    status: Colour
    """Green: well. Orange: waiting is right. Red: its owner must act."""
    reason: ReasonShape | None
    since: Time
    stale: bool
    """It has not synced for two days, though its owner has nothing to do."""
    notice: str | None
    """What to say of a stale one."""
    busy: Literal["syncing", "attempt"] | None
    """What is going on just now: a sync, or an attempt of its owner's to reconnect or fetch all."""
    last_success_at: Time | None
    last_attempt_at: Time | None
    """When the bank was last called, whatever came of it."""
    rate_limited_until: Time | None
    """From when on the bank takes requests again, while it takes none."""
    next_sync_at: Time | None
    """When the schedule calls the bank next; null while it does not."""
    consent_expires_at: Time | None
    expiring: ExpiringShape | None
    auto_sync: bool
    disconnected_at: Time | None
    accounts: list[AccountShape]


@with_config(DOCUMENTED)
class NewConnectionShape(ConnectionShape):
    """A new connection, and the page on which its owner proves himself to his bank."""

    connect_url: Address
    connect_url_expires_at: Time


@with_config(DOCUMENTED)
class BankNoticeShape(TypedDict):
    """Banks of this page's connections that are down for everybody."""

    banks: list[str]
    connection_ids: list[str]
    since: Time
    reason: ReasonShape


@with_config(DOCUMENTED)
class ReaderShape(TypedDict):
    """For whom the texts are written."""

    language: Language
    time_zone: str | None
    """Null if he has not said where he is: then his browser knows better."""


@with_config(DOCUMENTED)
class ConnectionsShape(TypedDict):
    """A page of the workspace's connections, oldest first."""

    reader: ReaderShape
    connections: list[ConnectionShape]
    bank_notices: list[BankNoticeShape]
    next_cursor: str | None


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


@with_config(DOCUMENTED)
class LinkShape(TypedDict):
    """A page that needs no login: whoever has its address may enter credentials on it."""

    url: Address
    expires_at: Time


@with_config(DOCUMENTED)
class SyncShape(TypedDict):
    """Where to see what comes of a sync."""

    connection_id: str
    status_url: str
    """A path of this API."""


@with_config(DOCUMENTED)
class HistoricalSyncShape(TypedDict):
    """The attempt that fetches everything; the page may ask its owner for a code."""

    attempt_id: str
    url: Address
    status_url: Address


@with_config(DOCUMENTED)
class DisconnectedShape(TypedDict):
    """A connection that was given up, and what becomes of its data."""

    connection_id: str
    disconnected_at: Time
    data: DataName

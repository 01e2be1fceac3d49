"""What the owner's API tells of connections, and of what is done with one, as types."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from reconnect.shapes.accounts import AccountShape
from reconnect.shapes.banks import BankShape
from reconnect.shapes.reasons import ReasonShape
from reconnect.shapes.words import (
    DOCUMENTED,
    Address,
    Colour,
    DataName,
    Language,
    Time,
)


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

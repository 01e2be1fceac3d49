"""The end of a connection that its owner gives up: pure, the clock an argument.

From then on nothing is synced, its links and attempts are good for nothing, and its notices are
over. What it takes to end the access at the bank is the worker's to do; until that has been done,
`ending` says what is left.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from relink.connection import Connection

GIVEN_UP_AFTER = DAY
"""Seconds for which a provider is asked to end an access before operators are told."""

TOUCHED = (
    *("status", "reason", "scope", "provider_code", "provider_text", "since", "red_since", "slot"),
    *("consent_expires_at", "notice_day", "credentials_version", "accepted_at", "live_attempt"),
    *("live_until", "troubles", "accounts_red_since", "digest", "provider_ref", "disconnected_at"),
    *("ending", "login"),
)
"""All that `disconnected` decides: expected unchanged when it is written, or it would be mixed."""


class Data(StrEnum):
    """What becomes of accounts and movements."""

    KEEP = "keep"
    DELETE = "delete"


def disconnected(before: Connection, data: Data, now: int) -> Connection:
    """Give a connection up; the version of its credentials, which links and runs name, is over.

    So is its attempt, which stays named: the worker has to end what it has obtained so far.

    One that never had credentials has no data to keep. Raised tries stay: the lock-out guard
    holds whatever the owner does in between.
    """
    kept = data if before.credentials_version else Data.DELETE
    return replace(
        before,
        status=Status.ORANGE,
        reason=Reason.DISCONNECTED,
        scope=Scope.CONNECTION,
        provider_code="",
        provider_text="",
        since=before.ended_at(now),
        red_since=None,
        slot=None,
        consent_expires_at=None,
        notice_day=None,
        credentials_version=before.credentials_version + 1,
        accepted_at=None,
        live_until=0,
        troubles={},
        accounts_red_since=None,
        digest="",
        provider_ref="",
        login="",
        disconnected_at=now,
        ending=kept.value,
    )


def settled_already(connection: Connection, data: Data) -> bool:
    """Tell whether a disconnected connection needs nothing more to be given up so."""
    if connection.disconnected_at is None or connection.live_until:
        return False
    return data is Data.KEEP or connection.ending == Data.DELETE


def disappears(connection: Connection) -> bool:
    """Tell whether a connection is about to be deleted with its data: for its owner, it is gone."""
    return connection.ending == Data.DELETE


def given_up(connection: Connection, now: int) -> bool:
    """Tell whether its provider has been asked for long enough to end the access."""
    return now - (connection.disconnected_at or now) >= GIVEN_UP_AFTER

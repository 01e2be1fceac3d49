"""What a link is good for, and how its attempt stands: decided from what is stored, and pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from reconnect.attempts.renewal import renewable
from relink.attempt import PATIENCE, State
from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.links import Link


class Standing(StrEnum):
    """What a link is good for, as its connection stands now."""

    OPEN = "open"
    UNDER_WAY = "under way"
    FIXED = "fixed"
    USED = "used"
    EXPIRED = "expired"
    PAUSED = "paused"
    UNSUPPORTED = "unsupported"
    DISCONNECTED = "disconnected"


def standing(link: Link, connection: Connection, attempt: Attempt | None, now: int) -> Standing:
    """Return what a link is good for; `attempt` is the last one that it made."""
    if attempt is not None and live(attempt, connection, now):
        return Standing.UNDER_WAY
    needed = connection.status is Status.RED or bool(connection.red_accounts)
    well = connection.status is Status.GREEN and not needed
    if well and not renewable(connection, now):
        return Standing.FIXED
    if link.spent(connection):
        return _spent(connection, needed=needed)
    if connection.status is Status.RED and connection.reason is Reason.BANK_NOT_SUPPORTED:
        return Standing.UNSUPPORTED
    if link.expired(now):
        return Standing.EXPIRED
    return Standing.OPEN if connection.tries_left(now) else Standing.PAUSED


def _spent(connection: Connection, *, needed: bool) -> Standing:
    if not connection.connected:
        return Standing.DISCONNECTED
    return Standing.USED if needed else Standing.FIXED


def live(attempt: Attempt, connection: Connection, now: int) -> bool:
    """Tell whether an attempt is still under way, so that no other may begin."""
    return not attempt.ended and not attempt.abandoned(now) and connection.live_until > now


def effective(attempt: Attempt, connection: Connection, now: int) -> State:
    """Return the state to show: what has outlived its time is over before the worker says so."""
    if attempt.state is State.ACCEPTED and not attempt.historical:
        return State.ACCEPTED if _first_sync_awaited(attempt, connection, now) else State.DONE
    # Where a run has died, the worker goes on if nothing needs to be asked of the bank again.
    kept = attempt.resumable and attempt.state is State.VERIFYING
    goes_on = (kept or attempt.state is State.ACCEPTED) and connection.live_until > now
    if goes_on or not attempt.abandoned(now):
        return attempt.state
    return State.INTERRUPTED if attempt.state is State.VERIFYING else State.EXPIRED


def _first_sync_awaited(attempt: Attempt, connection: Connection, now: int) -> bool:
    """Tell whether the worker goes on with the sync that follows the bank's yes.

    After its patience the schedule makes it, in its turn.
    """
    pending = connection.reason is Reason.FIRST_SYNC_PENDING
    return pending and now - (connection.accepted_at or attempt.created_at) < PATIENCE

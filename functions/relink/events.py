"""Events for the host app: what they say. Ids, colours and counts; no names, words or amounts."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from relink.reasons import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.changes import Changes
    from relink.connection import Connection
    from relink.event_shapes import EventShape, StandingShape, StatusChangedShape, SyncedShape

STATUS_CHANGED: Final = "ConnectionStatusChanged"
SYNCED: Final = "ConnectionSynced"
DIGITS: Final = 40
"""Of a sequence, so that the later one is the greater text as well."""
MOST_ACCOUNTS: Final = 1_000
"""Of more accounts than these none is named: an event may hold 256 KB."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, at an epoch second, and what is told of it."""

    kind: Literal["ConnectionStatusChanged", "ConnectionSynced"]
    at: int
    detail: Mapping[str, object]


def status_changed(
    before: Connection | None, after: Connection | None, number: str, place: str
) -> Event | None:
    """Return the event of a change, or None if it is none of the colour or of being connected.

    `number` names the change, so that what is told twice has the same id. `place` is a number that
    only grows from one change of a connection to its next: DynamoDB's, of up to 40 digits.
    """
    if before is None or after is None or not _differs(before, after):
        return None
    at = max(after.since, after.accepted_at or 0, after.disconnected_at or 0)
    detail: StatusChangedShape = {
        **_about(after, at, _name(STATUS_CHANGED, after.connection_id, number)),
        **_standing(after),
        "since": _moment(after.since),
        "sequence": place.zfill(DIGITS),
        "connected": after.connected,
        "before": _standing(before),
    }
    return Event(STATUS_CHANGED, at, detail)


def synced(
    connection: Connection, changes: Changes, now: int, *, history: bool, exact: bool
) -> Event:
    """Return the event of a sync that has changed what we hold.

    It has the id of any other that found the same answer after the same last success: should
    this run die before that is settled, the next one's event is known to be no other.
    """
    own_id, since = connection.connection_id, f"{connection.last_success_at or 0}"
    kind = f"{connection.credentials_version} {history}"
    detail: SyncedShape = {
        **_about(connection, now, _name(SYNCED, own_id, since, kind, *changes.answers)),
        "history": history,
        "account_ids": sorted(changes.accounts) if len(changes.accounts) <= MOST_ACCOUNTS else [],
        "added": changes.added,
        "modified": changes.modified,
        "removed": changes.removed,
        "exact": exact and len(changes.accounts) <= MOST_ACCOUNTS,
        "first_day": changes.first.isoformat() if changes.first else None,
        "last_day": changes.last.isoformat() if changes.last else None,
    }
    return Event(SYNCED, now, detail)


def _differs(before: Connection, after: Connection) -> bool:
    gone = before.disconnected_at != after.disconnected_at
    first = before.credentials_version == 0 and after.credentials_version > 0
    return before.status is not after.status or gone or first


def _about(connection: Connection, at: int, name: str) -> EventShape:
    return {
        "version": 1,
        "id": name,
        "at": _moment(at),
        "connection_id": connection.connection_id,
        "workspace_id": connection.workspace_id,
        "owner_id": connection.owner_id,
        "bank_id": connection.bank.bank_id,
        "provider": connection.bank.provider,
    }


def _standing(connection: Connection) -> StandingShape:
    reason = connection.reason.value if connection.reason else None
    green = connection.status is Status.GREEN
    return {"status": connection.status.value, "reason": None if green else reason}


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat().replace("+00:00", "Z")

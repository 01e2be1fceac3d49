"""When a consent ends, and from which day on its owner is told of that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from relink.clock import DAY

if TYPE_CHECKING:
    from relink.connection import Connection

FOREWARNED = 14 * DAY
"""How long before its end the owner first hears that a consent ends."""


def notice_day(expires_at: int | None, now: int) -> str | None:
    """Return the day (UTC) on which to begin telling of a consent's end; none if it has passed.

    One that is granted for less than the time of warning is told of at once.
    """
    if expires_at is None or expires_at <= now:
        return None
    return dt.datetime.fromtimestamp(max(expires_at - FOREWARNED, now), dt.UTC).date().isoformat()


def consent(before: Connection, expires_at: int | None, now: int) -> dict[str, Any]:
    """Return when the consent ends, and the day to tell of it if that is news.

    Some banks tell the rest of its life instead of its end, which then drifts from sync to sync:
    what differs by less than a day is no other end. The day is not put back for one that is known,
    as it may have been seen to already.
    """
    known = before.consent_expires_at
    if expires_at == known or (expires_at and known and abs(expires_at - known) < DAY):
        return {}
    return {"consent_expires_at": expires_at, "notice_day": notice_day(expires_at, now)}

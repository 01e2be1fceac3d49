"""What a verified webhook changes: pure, as the transitions are.

A webhook never turns a connection green, and red only by what can never be undone. Whatever may be
old by now is a reason to look: a sync in this cycle's turn, which finds the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.reasons import Status
from relink.transitions import failed, mended, status_for, warned
from relink.webhooks import News, Word

if TYPE_CHECKING:
    from relink.connection import Connection

REPEATED_FOR = DAY
"""For so long a provider goes on sending a webhook that was not answered."""


class Deed(StrEnum):
    """What is done about a webhook."""

    NOTHING = "nothing"
    LOOK = "look"
    MEND = "mended"
    WARN = "expiring"
    FAIL = "broken"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a webhook does to a connection.

    `after` is the connection as it becomes, None if it stays; `sync` says whether it is synced
    thereafter; `again_in` is when to decide anew, if somebody is at it just now.
    """

    deed: Deed
    after: Connection | None = None
    sync: bool = False
    again_in: int = 0


NOTHING = Decision(Deed.NOTHING)


def decide(before: Connection, news: News, cycle: int, now: int) -> Decision:
    """Return what is to be done about a connection that a webhook speaks of."""
    if before.credentials_version == 0 or before.disconnected_at is not None:
        return NOTHING
    decision = _decided(before, news, cycle, now)
    busy_until = max(before.lease_until, before.live_until)
    if decision.after is not None and busy_until > now:
        return Decision(Deed.LATER, again_in=busy_until - now)
    return decision


def _decided(before: Connection, news: News, cycle: int, now: int) -> Decision:
    match news.word:
        case Word.NEW_DATA:
            return _look(before)
        case Word.MENDED:
            return _mended(before, news, cycle, now)
        case Word.EXPIRING:
            return _expiring(before, news, now)
        case Word.BROKEN:
            return _broken(before, news, now)
        case _:
            return NOTHING


def _look(before: Connection) -> Decision:
    """Sync, unless only the owner may: red stops the schedule, and so does he (law 4)."""
    if not before.scheduled:
        return NOTHING
    return Decision(Deed.LOOK, sync=True)


def _mended(before: Connection, news: News, cycle: int, now: int) -> Decision:
    """End the incident, if it is one that this mends and it was there at the time.

    The sync that shows it is made also where the owner has paused the others.
    """
    if before.status is not Status.RED:
        return _look(before)
    old = news.at is not None and news.at <= (before.red_since or 0)
    if old or before.provider_code not in news.mends:
        return NOTHING
    return Decision(Deed.MEND, mended(before, cycle, now), sync=True)


def _expiring(before: Connection, news: News, now: int) -> Decision:
    """Note the end. After a recent change the warning may be of what has been renewed since."""
    ends = news.expires_at
    if ends is None or ends <= now or before.status is Status.RED:
        return NOTHING
    after = warned(before, ends, now)
    if after == before:
        return NOTHING
    if before.since > now - REPEATED_FOR:
        return _look(before)
    return Decision(Deed.WARN, after)


def _broken(before: Connection, news: News, now: int) -> Decision:
    """Fail for good what can never be mended; look after anything else that needs its owner.

    What waiting mends is left to wait: the next sync tells.
    """
    error = news.error
    if error is None or before.reason is error.reason:
        return NOTHING
    if news.final and status_for(error) is Status.RED:
        return Decision(Deed.FAIL, failed(before, error, now, counted=False))
    return _look(before) if error.reason.status is Status.RED else NOTHING

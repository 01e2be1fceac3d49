"""From which day movements are asked for, and what is asked when the bank refuses that.

Banks give 90 days without a new proof of identity, counted with today; more only in the minutes
after one (RTS (EU) 2018/389, article 10a). Some give less.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

OVERLAP = timedelta(days=7)
"""Some banks filter by the day of purchase, which is up to a week before that of booking."""
REACH = timedelta(days=89)
RUNGS = (89, 60, 30)
REST = 14
"""A quiet account's cursor follows 14 to 20 days behind: within reach of any bank."""
WEEK = 7


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: since when, and whether for all that the bank can give."""

    start: date | None
    longest: bool

    def query(self) -> dict[str, str]:
        """Return it as the parameters of the call."""
        query = {"date_from": self.start.isoformat()} if self.start else {}
        return query | ({"strategy": "longest"} if self.longest else {})


def first(newest: date | None, since: int | None, now: int, *, fresh: bool) -> Window:
    """Return the window for an account whose newest known movement is of that day.

    `fresh` says that the owner has just proved who he is, so that the bank gives all it has.
    """
    today = day_of(now)
    if newest is None and since is None:
        return Window(None, longest=True)
    known = newest or day_of(since or now)
    start = min(known, today) - OVERLAP
    if today - start <= REACH:
        return Window(start, longest=False)
    return Window(start, longest=True) if fresh or newest is None else reachable(now)


def reachable(now: int) -> Window:
    """Return the widest window that every bank must serve."""
    return Window(day_of(now) - REACH, longest=False)


def shorter(refused: Window, now: int) -> Window | None:
    """Return the next shorter window after a refused one, or None at the end of the ladder."""
    for days in RUNGS:
        start = day_of(now) - timedelta(days=days)
        if refused.start is None or start > refused.start:
            return Window(start, longest=False)
    return None


def moved(newest: date | None, booked: list[date], now: int) -> date:
    """Return the newest movement's day: it stands still while nothing is new."""
    today = day_of(now)
    resting = today - timedelta(days=REST + today.toordinal() % WEEK)
    days = [d for d in booked if d <= today]
    return max([resting, *days, *([newest] if newest and newest <= today else [])])


def day_of(now: int) -> date:
    """Return the UTC day of an epoch second."""
    return datetime.fromtimestamp(now, UTC).date()

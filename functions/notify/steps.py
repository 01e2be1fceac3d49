"""What comes next of a notice, and from when on: the first telling, reminders, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from notify.letter import Kind
from relink.clock import DAY
from relink.notices import Topic

if TYPE_CHECKING:
    from notify.hours import Hours
    from relink.notices import Notice

REMINDERS: Final = (3, 7)
"""Days after the beginning of an incident."""
WARNINGS: Final = (-7, -1)
"""Days before the end of a consent."""
PAUSE: Final = 2 * DAY
"""Between two tellings of one notice."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next telling of a notice: from when on, of what kind, which one in their order."""

    at: int
    kind: Kind
    number: int
    asked: bool = False

    @property
    def reminds(self) -> bool:
        """Tell whether it goes only to who wants reminders."""
        return self.kind is not Kind.RED and not self.asked


def next_mail(notice: Notice, hours: Hours, now: int) -> Step | None:
    """Return the next mail of a notice, or None if it was the last; first what he asks for.

    That takes no telling away: it is the first one of an incident if that has not been told, and
    none of the warnings.
    """
    asked_at = notice.asked_at
    if asked_at is not None and (notice.mailed_at is None or asked_at > notice.mailed_at):
        if notice.topic is Topic.RED:
            return Step(now, Kind.RED, max(notice.mailed, 1), asked=True)
        return Step(now, Kind.EXPIRING, notice.mailed, asked=True)
    if notice.topic is Topic.RED:
        return next_telling(notice.moment, notice.mailed, notice.mailed_at, hours)
    return _next_warning(notice, hours, now)


def next_telling(moment: int, told: int, told_at: int | None, hours: Hours) -> Step | None:
    """Return the next telling of an incident, when so many have gone out by a channel."""
    if told == 0:
        return Step(0, Kind.RED, 1)
    if told > len(REMINDERS):
        return None
    at = max(hours.morning(moment, REMINDERS[told - 1]), (told_at or moment) + PAUSE)
    last = told == len(REMINDERS)
    return Step(at, Kind.LAST_REMINDER if last else Kind.REMINDER, told + 1)


def _next_warning(notice: Notice, hours: Hours, now: int) -> Step | None:
    """Return the warning that it is time for, else the next one; none once the consent has ended.

    One that was held back until the next one's time is that one.
    """
    rested = notice.mailed_at + PAUSE if notice.mailed_at else 0
    steps = [
        Step(max(hours.morning(notice.moment, days), rested), Kind.EXPIRING, number)
        for number, days in enumerate(WARNINGS, 1)
        if number > notice.mailed
    ]
    begun = [s for s in steps if s.at <= now]
    step = next(iter(begun[-1:] or steps), None)
    return step if step and max(step.at, now) < notice.moment else None


def next_morning(notice: Notice, hours: Hours, now: int) -> int | None:
    """Return when he is next to be reminded of a notice, if he wants that by then."""
    days = REMINDERS if notice.topic is Topic.RED else WARNINGS
    mornings = (hours.morning(notice.moment, number) for number in days)
    return min((at for at in mornings if at > now), default=None)

"""Times of day where somebody lives: the hours in which he is left in peace, and mornings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count
from typing import TYPE_CHECKING, Final

from relink.owners import NIGHT
from relink.reader import zone

if TYPE_CHECKING:
    from relink.owners import Profile

MORNING: Final = 9 * 60
DAY_OF_MINUTES: Final = 24 * 60
OPEN_AT_LEAST: Final = 60
"""Minutes of each day that are not quiet, whatever was asked for: a notice must find them."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A zone, and the minutes of its day from which and until which it is quiet.

    The clock on the wall decides: a night in which it is changed is longer or shorter.
    """

    zone: tzinfo
    quiet_from: int
    quiet_until: int

    @classmethod
    def of(cls, profile: Profile) -> Hours:
        """Return an owner's hours; what cannot be read in them is the usual night, or UTC."""
        begin = _minute(profile.quiet_from, NIGHT[0])
        length = (_minute(profile.quiet_until, NIGHT[1]) - begin) % DAY_OF_MINUTES
        length = min(length, DAY_OF_MINUTES - OPEN_AT_LEAST)
        return cls(zone(profile.time_zone) or UTC, begin, (begin + length) % DAY_OF_MINUTES)

    def quiet(self, at: int) -> bool:
        """Tell whether an epoch second lies in the quiet hours."""
        local = datetime.fromtimestamp(at, self.zone)
        passed = (local.hour * 60 + local.minute - self.quiet_from) % DAY_OF_MINUTES
        return passed < (self.quiet_until - self.quiet_from) % DAY_OF_MINUTES

    def open_at(self, at: int) -> int:
        """Return the first epoch second from `at` on that is not quiet."""
        if not self.quiet(at):
            return at
        today = datetime.fromtimestamp(at, self.zone).date()
        days = (today + timedelta(number) for number in count())
        ends = (end for day in days for end in self._ends(day))
        return next(end for end in ends if end > at and not self.quiet(end))

    def morning(self, moment: int, days: int) -> int:
        """Return nine o'clock so many days after (before) the day in which `moment` lies."""
        day = datetime.fromtimestamp(moment, self.zone).date()
        return self._epoch(day + timedelta(days), MORNING)

    def _ends(self, day: date) -> list[int]:
        """Return when the quiet hours end on a day: twice if its clocks are put back over it."""
        end = datetime.combine(day, time(*divmod(self.quiet_until, 60)), self.zone)
        return sorted(int(end.replace(fold=fold).timestamp()) for fold in (0, 1))

    def _epoch(self, day: date, minute: int) -> int:
        return int(datetime.combine(day, time(*divmod(minute, 60)), self.zone).timestamp())


def _minute(text: str, otherwise: str) -> int:
    try:
        told = time.fromisoformat(text)
    except (TypeError, ValueError):
        told = time.fromisoformat(otherwise)
    return told.hour * 60 + told.minute

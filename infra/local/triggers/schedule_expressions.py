"""When a schedule fires: `rate(...)`, `cron(...)` and `at(...)` of EventBridge Scheduler.

Source: "Schedule types in EventBridge Scheduler", user guide. Times are epoch seconds, UTC unless
the schedule names a zone.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
SEARCHED_YEARS = 5


class BadScheduleError(Exception):
    """EventBridge Scheduler would refuse the expression."""


class Expression(Protocol):
    """A rule that says when to fire next."""

    def next_after(self, moment: float) -> float | None:
        """Return the first firing later than `moment`, or None if there is no other."""


@dataclass(frozen=True)
class Rate:
    """Every so many seconds, counted from when the schedule was made."""

    seconds: int
    start: float

    def next_after(self, moment: float) -> float:
        """Return the next whole multiple after `moment`; the start itself is the first firing."""
        if moment < self.start:
            return self.start
        return self.start + (int((moment - self.start) // self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class Once:
    """At one moment."""

    moment: float

    def next_after(self, moment: float) -> float | None:
        """Return the moment unless it has passed."""
        return self.moment if moment < self.moment else None


@dataclass(frozen=True)
class Cron:
    """At the minutes that all six fields allow."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int] | None
    zone: ZoneInfo

    def next_after(self, moment: float) -> float | None:
        """Return the next allowed minute within the coming years."""
        local = dt.datetime.fromtimestamp(moment, self.zone)
        for number in range(366 * SEARCHED_YEARS):
            day = local.date() + dt.timedelta(days=number)
            if self._allows(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        at = dt.time(hour, minute, tzinfo=self.zone)
                        candidate = dt.datetime.combine(day, at).timestamp()
                        if candidate > moment:
                            return candidate
        return None

    def _allows(self, day: dt.date) -> bool:
        return (
            day.month in self.months
            and (self.years is None or day.year in self.years)
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays)
        )


def parse(expression: str, start: float, zone: str = "UTC") -> Expression:
    """Return the rule for an expression; raise BadScheduleError if AWS would refuse it."""
    found = re.fullmatch(r"(rate|cron|at)\((.+)\)", expression)
    if found is None:
        raise BadScheduleError(f"not rate(...), cron(...) or at(...): {expression}")
    kind, text = found.groups()
    try:
        if kind == "rate":
            return _rate(text, start)
        if kind == "at":
            return _once(text, zone)
        return _cron(text, zone)
    except (ValueError, KeyError) as error:
        raise BadScheduleError(f"{expression}: {error}") from error


def _rate(text: str, start: float) -> Rate:
    number, _, unit = text.partition(" ")
    singular = unit.removesuffix("s")
    value = int(number)
    if value < 1 or (unit == singular) is not (value == 1):
        raise ValueError("1 takes a singular unit, more than 1 a plural one")
    return Rate(value * UNITS[singular], start)


def _once(text: str, zone: str) -> Once:
    moment = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=ZoneInfo(zone))
    return Once(moment.timestamp())


def _cron(text: str, zone: str) -> Cron:
    fields = text.split()
    if len(fields) != len(["minutes", "hours", "day", "month", "weekday", "year"]):
        raise ValueError("cron has six fields")
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") is (weekday == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week must be ?")
    return Cron(
        _field(minutes, 0, 59),
        _field(hours, 0, 23),
        None if day in {"?", "*"} else _field(day, 1, 31),
        _field(month, 1, 12, MONTHS),
        None if weekday in {"?", "*"} else _field(weekday, 1, 7, WEEKDAYS),
        None if year == "*" else _field(year, 1970, 2199),
        ZoneInfo(zone),
    )


def _field(text: str, low: int, high: int, names: list[str] | None = None) -> frozenset[int]:
    """Return the values of one field: `*`, `5`, `1-5`, `*/15`, `MON-FRI`, lists of these."""
    allowed: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        bounds = [low, high] if span == "*" else [_number(each, names) for each in span.split("-")]
        first, last = bounds[0], high if step and len(bounds) == 1 else bounds[-1]
        if not all(early <= late for early, late in pairwise([low, first, last, high])):
            raise ValueError(f"{part} is outside {low}-{high}")
        allowed.update(range(first, last + 1, int(step or 1)))
    return frozenset(allowed)


def _number(text: str, names: list[str] | None) -> int:
    if names and text.upper() in names:
        return names.index(text.upper()) + 1
    return int(text)

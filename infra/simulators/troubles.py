"""What can go wrong with a login: which trouble, from when, for how long.

The name under which somebody logs in chooses the first trouble:

    <trouble>[-<n>-cycles | -<n>-minutes | -<n>-seconds][-at-once][.<label>][@<bank>[+<bank>...]]

    fine.acme                    nothing goes wrong; `.acme` only makes it another login
    down-2-cycles                two calls for data are refused, the third is answered; what is
                                 counted in calls for data leaves any other call alone
    down-90-minutes@juniper      refused for 90 simulated minutes; its bank is `juniper`
    slow-5-seconds               every answer takes five seconds
    expired-at-once              expired from the first call on
    one-bank@harbour+juniper     two banks under one login, the first of which wants its owner
    http-502                     answers 502

A trouble that the name chose begins an hour (simulated) after the first good answer, so that the
login can be connected and be green first; `-at-once` begins with the first call. A trouble set
through the control interface begins at once unless it says `after`. A name that starts with no
known trouble is `fine`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

FINE = "fine"
GRACE = 3_600
_NAME = re.compile(
    r"(?P<kind>[a-z]+(?:-[a-z]+)*?|http-\d{3})"
    r"(?:-(?P<number>\d{1,6})-(?P<unit>cycles|minutes|seconds))?"
    r"(?P<at_once>-at-once)?"
)
_NUMBERS = {"after", "cycles", "megabytes", "minutes", "number", "retry_after", "seconds"}
_STATUS = re.compile(r"http-[45]\d\d")


class UnknownTroubleError(ValueError):
    """Say that no login can have this trouble."""


@dataclass(frozen=True)
class Trouble:
    """A trouble and its limits; without any limit it lasts until somebody ends it.

    `begins` and `ends` are simulated epoch seconds; `begins` is `None` before the first good
    answer of a login whose name chose the trouble. `cycles` is how many calls for data it still
    spoils. `bank` narrows it to one bank of the login. `options` are the trouble's own.
    """

    kind: str = FINE
    begins: int | None = 0
    ends: int | None = None
    minutes: float | None = None  # until `ends` can be told from `begins`
    cycles: int | None = None
    bank: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def active(self, now: int) -> bool:
        """Tell whether it spoils a call made now."""
        begun = self.begins is not None and self.begins <= now
        over = (self.ends is not None and now >= self.ends) or self.cycles == 0
        return self.kind != FINE and begun and not over

    def begun(self, at: int) -> Self:
        """Return it with its beginning fixed, and its end with it."""
        ends = None if self.minutes is None else at + round(self.minutes * 60)
        return replace(self, begins=at, ends=ends)

    def spent(self) -> Self:
        """Return it after it has spoilt one more call."""
        return self if self.cycles is None else replace(self, cycles=self.cycles - 1)

    def option(self, name: str, default: float) -> float:
        """Return a number among its options."""
        return float(self.options.get(name, default))

    def shown(self, now: int) -> dict[str, Any]:
        """Return what the control interface shows of it."""
        return {
            "kind": self.kind,
            "active": self.active(now),
            "begins": self.begins,
            "ends": self.ends,
            "cycles": self.cycles,
            "bank": self.bank,
            "options": dict(self.options),
        }


def is_known(kind: str, kinds: Container[str]) -> bool:
    """Tell whether a trouble is among the named ones, or an HTTP status such as `http-502`."""
    return kind == FINE or kind in kinds or bool(_STATUS.fullmatch(kind))


def from_name(login: str, kinds: Container[str], now: int) -> Trouble:
    """Return the trouble that a login name chooses; `now` is when it is first used."""
    match = _NAME.fullmatch(re.split(r"[.@]", login, maxsplit=1)[0])
    if not match or not is_known(match["kind"], kinds):
        return Trouble()
    trouble = _limited(match["kind"], match["unit"], int(match["number"] or 0))
    return trouble.begun(now) if match["at_once"] else replace(trouble, begins=None)


def banks_from_name(login: str) -> list[str]:
    """Return the ids of the banks that a login name asks for, possibly none."""
    return [bank for bank in login.partition("@")[2].split("+") if bank]


def from_control(fields: Mapping[str, Any], kinds: Container[str], now: int) -> Trouble:
    """Return the trouble that a control request sets, beginning now or `after` seconds.

    `trouble` is its name, with a limit or without; `cycles`, `minutes`, `bank` and `after` set
    limits too, and every other field is an option of the trouble. Raises `UnknownTroubleError`,
    and `ValueError` for a number that is none.
    """
    match = _NAME.fullmatch(str(fields["trouble"]))
    if not match or not is_known(match["kind"], kinds):
        raise UnknownTroubleError(str(fields["trouble"]))
    for name in _NUMBERS & fields.keys():
        if not isinstance(fields[name], int | float) or fields[name] < 0:
            raise ValueError(f"{name}: a number that is not negative")
    trouble = _limited(match["kind"], match["unit"], int(match["number"] or 0))
    own = {"trouble", "cycles", "minutes", "bank", "after", "banks"}
    trouble = replace(
        trouble,
        cycles=int(fields["cycles"]) if "cycles" in fields else trouble.cycles,
        minutes=float(fields["minutes"]) if "minutes" in fields else trouble.minutes,
        bank=fields.get("bank"),
        options={**trouble.options, **{k: v for k, v in fields.items() if k not in own}},
    )
    return trouble.begun(now + int(fields.get("after", 0)))


def _limited(kind: str, unit: str | None, number: int) -> Trouble:
    if unit == "cycles":
        return Trouble(kind, cycles=number)
    if unit == "minutes":
        return Trouble(kind, minutes=number)
    if unit == "seconds":
        return Trouble(kind, options={"seconds": number})
    return Trouble(kind)

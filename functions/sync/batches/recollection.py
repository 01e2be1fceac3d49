"""What a process has lately seen of each bank: what answers is not down.

Some calls of any bank fail for a moment, and of a large bank some do in every half hour. A failure
is worth counting only where answers have not been the rule: each answer is set against one
failure that follows it, up to a few, so that a bank that really goes down is soon noticed,
however much it has answered before. It is kept in memory: success costs nothing, and a process
that has seen nothing of a bank counts each of its failures.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 3
"""Failures that answers excuse. With one call in a hundred failing, one in 10^8 is counted."""
KEPT = 30 * 60
"""Seconds after which an answer says nothing more of whether a bank is up."""


@dataclass(frozen=True, slots=True)
class Credit:
    """How many failures are excused, by answers the last of which came `at`."""

    at: int = 0
    failures: int = 0

    def left(self, now: int) -> int:
        """Return what is left; nothing once the last answer is too old, or lies ahead."""
        return self.failures if 0 <= now - self.at < KEPT else 0

    def answered(self, now: int) -> Credit:
        """Return the credit after an answer."""
        return Credit(now, min(self.left(now) + 1, MOST))

    def failed(self, now: int) -> Credit:
        """Return the credit after a failure."""
        return replace(self, failures=max(self.left(now) - 1, 0))


@dataclass(frozen=True)
class Recollection:
    """The credits of places, shared by the threads of a process."""

    _credits: dict[str, Credit] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answered(self, places: Iterable[str], now: int) -> None:
        """Note that places have answered."""
        with self._lock:
            for place in places:
                self._credits[place] = self._credits.get(place, Credit()).answered(now)

    def excuses(self, place: str, now: int) -> bool:
        """Tell whether a failure of a place is none to be counted; that uses up an answer."""
        with self._lock:
            credit = self._credits.get(place, Credit())
            self._credits[place] = credit.failed(now)
        return credit.left(now) > 0

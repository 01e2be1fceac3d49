"""What the claim says to a steady connection, remembered.

A verdict depends on how long ago the fourth call back was, not on what day it is. So it is asked
for once for each distance and remembered; the real code gives it, on a real connection. That
nothing but the times changes with a call that works is checked whenever it is asked, and now and
then one that is known is asked for again: another verdict would end the simulation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from relink.transitions import Synced, synced
from sync.visits.claiming import Obstacle, _claimed, _hold, obstacle

if TYPE_CHECKING:
    from relink.connection import Connection

GO: Final = 0
SKIP: Final = -1
UNCHANGED: Final = Synced("d")


class Unsteady(AssertionError):
    """The deciding code does with a steady connection what this shortcut does not know."""


class Verdicts(dict[int, int]):
    """By how long ago the fourth call back was: go, skip this turn, or seconds to wait."""

    def ask(self, told: int, connection: Connection, cycle: int, now: int) -> int:
        """Return what is decided, from the code that decides."""
        why = obstacle(connection, cycle, now)
        verdict = GO
        if why is None:
            _check(connection, cycle, now)
        elif why is Obstacle.BUDGET:
            verdict = _hold(connection, why, now) or SKIP
        else:
            raise Unsteady(why.value)
        if self.setdefault(told, verdict) != verdict:
            raise Unsteady("a verdict depends on more than the distance of the fourth call")
        return verdict


def _check(before: Connection, cycle: int, now: int) -> None:
    after = synced(_claimed(before, cycle, "run", now), UNCHANGED, now)
    moved = replace(
        before,
        calls=(now, *before.calls[:-1]),
        last_cycle=cycle,
        last_attempt_at=now,
        last_success_at=now,
    )
    if after != moved:
        raise Unsteady("a call that works changes more than times")

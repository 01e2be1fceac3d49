"""Which of all cases are tried: all of them, or as many as a run of the test suite has time for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.crash.enumeration import Case

FLOWS_SHIFT = 7


def everything(cases: list[Case]) -> Iterable[Case]:
    """Choose all."""
    return cases


def sample(count: int, shift: int = 0) -> Callable[[list[Case]], Iterable[Case]]:
    """Return what chooses so many, evenly spread, and the same ones each time.

    `shift` moves the choice, so that flows which begin alike are not tried at the same places.
    """

    def choose(cases: list[Case]) -> Iterable[Case]:
        wanted = min(count, len(cases))
        start = shift * FLOWS_SHIFT
        places = {(n * len(cases) // wanted + start) % len(cases) for n in range(wanted)}
        return [cases[place] for place in sorted(places)]

    return choose

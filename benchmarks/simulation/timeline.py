"""What is to happen next: a clock that jumps from one event to the next."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.simulation.assumptions import BEGIN

if TYPE_CHECKING:
    from collections.abc import Callable


class Timeline:
    """Events in the order of their times; `now` is the time of the one that is happening."""

    def __init__(self) -> None:
        self.now = BEGIN
        self._events: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()

    def at(self, time: int, happen: Callable[..., None], *told: Any) -> None:
        """Let something happen at a time."""
        heappush(self._events, (time, next(self._order), happen, told))

    def run(self, until: int) -> None:
        """Let everything happen that is to happen before `until`."""
        events = self._events
        while events and events[0][0] < until:
            self.now, _, happen, told = heappop(events)
            happen(*told)
        self.now = until

"""The worker's processes, each with what it has heard of the banks itself."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from relink.outages import place_of, places
from relink.schedule import SLOTS
from sync.batches.recollection import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.simulation.stores import OutageItem
    from relink.connection import Bank, Connection

BATCH: Final = 50
MOST_AT_ONCE: Final = 10
"""Batches at work at once unless a deployer says otherwise."""
Heard = tuple[list[int], list[int]]
"""By place: how many calls have worked on the quick way, and when the last of them did."""


def processes(connections: int) -> int:
    """Return how many processes a minute's batches need."""
    return min(ceil(connections / SLOTS / BATCH), MOST_AT_ONCE)


class Processes:
    """So many processes; `provider_of` is the number of each bank's provider among the places.

    What the quick way has heard is told to a process's recollection only once that matters.
    """

    def __init__(self, banks: Sequence[Bank], count: int) -> None:
        self.count = count
        own, providers = zip(*map(places, banks), strict=True)
        self._numbers = {place: n for n, place in enumerate([*own, *sorted(set(providers))])}
        self.provider_of = [self._numbers[provider] for provider in providers]
        none = [0] * len(self._numbers)
        self._heard: list[Heard] = [(none[:], none[:]) for _ in range(count)]

    def heard(self, turn: int) -> Heard:
        """Return what is heard by the process whose batch this turn is in."""
        return self._heard[turn // BATCH % self.count]

    def failed(self, breaker: OutageItem, process: int, after: Connection, now: int) -> None:
        """Have a process know what it has heard of the place that a failure says is down."""
        if after.reason is None:
            return
        place, (times, last) = place_of(after.bank, after.reason), self._heard[process]
        number = self._numbers[place]
        for _ in range(min(times[number], MOST)):
            breaker.processes[process].answered([place], min(last[number], now))
        times[number] = 0

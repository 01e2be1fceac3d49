"""One measurement: wall clock beside this process's own CPU, and how busy the machine was."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Measured:
    """How long something took, all threads of the process together."""

    wall: float = 0
    cpu: float = 0

    def rate(self, count: int) -> float:
        """Return how many a second."""
        return round(count / self.wall, 1)

    def cpu_ms(self, count: int) -> float:
        """Return the milliseconds of CPU for each."""
        return round(1000 * self.cpu / count, 2)


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure the body."""
    found = Measured()
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    one, five, fifteen = (round(x, 2) for x in os.getloadavg())
    return {"cores": os.cpu_count(), "load_average": [one, five, fifteen]}

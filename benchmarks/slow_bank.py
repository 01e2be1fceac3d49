"""What one slow bank does to the others: when they are settled, and when the batch ends."""

from __future__ import annotations

import threading
import time
from typing import Any
from unittest.mock import patch

from benchmarks.stage import BANKS, Stage, staged
from benchmarks.throughput import ours, warm
from relink import clock

COUNT = 50
SLOW, USUAL = 5.0, 0.3


def measure() -> dict[str, Any]:
    """Return how long a batch's healthy connections wait while one of ten banks takes seconds."""
    with staged() as stage, patch.object(clock, "now", lambda: stage.now):
        stage.fill(COUNT)
        ids = stage.ids(COUNT)
        warm(stage, ids)
        stage.control(USUAL, {"bank-0": SLOW})
        others = COUNT - COUNT // BANKS
        seen: list[float] = []
        watcher = threading.Thread(target=_watch, args=(stage, others, seen))
        watcher.start()
        found = ours(stage, ids)
        watcher.join()
    return {
        "connections": COUNT,
        "of_a_slow_bank": COUNT // BANKS,
        "slow_ms": round(1000 * SLOW),
        "others_settled_ms": round(1000 * seen[0]),
        "batch_ms": round(1000 * found.wall),
    }


def _watch(stage: Stage, others: int, seen: list[float]) -> None:
    """Note when so many have been settled."""
    began = time.perf_counter()
    while stage.settled() < others:
        time.sleep(0.02)
    seen.append(time.perf_counter() - began)

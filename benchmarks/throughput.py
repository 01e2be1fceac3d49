"""How fast one worker process syncs, and what CPU a sync takes, beside a plain sequential loop."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from benchmarks.baseline import PlainLoop
from benchmarks.house import logging_to
from benchmarks.measuring import Measured, measured
from benchmarks.stage import Stage, staged
from relink import clock
from relink.queues import SyncMessage, to_body
from relink.schedule import MINUTE, SLOTS
from sync import worker

COUNTS = (1, 20, 100, 1000)
LATENCIES = (0.0, 0.3)
BATCH = 200
"""As the event source brings them."""
BASELINE_LIMIT = 20
"""A sequential loop at 300 ms needs no more to be judged."""


def measure(counts: tuple[int, ...] = COUNTS) -> list[dict[str, Any]]:
    """Return a row for each latency and count."""
    with staged() as stage, patch.object(clock, "now", lambda: stage.now):
        stage.fill(max(counts))
        ids = stage.ids(max(counts))
        loop = PlainLoop(stage.now)
        loop.sync(ids[:5])
        ours(stage, ids)
        return [
            _row(stage, loop, ids[:count], latency) for latency in LATENCIES for count in counts
        ]


def ours(stage: Stage, ids: list[str]) -> Measured:
    """Let the deployed handler sync these connections in their next turn."""
    stage.now += SLOTS * MINUTE
    bodies = [to_body(SyncMessage(name, stage.now // (SLOTS * MINUTE))) for name in ids]
    records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
    context: Any = SimpleNamespace(
        aws_request_id="0" * 36, get_remaining_time_in_millis=lambda: 120_000
    )
    log = io.StringIO()
    with stage.environment(), logging_to(log), measured() as found:
        for start in range(0, len(records), BATCH):
            worker.lambda_handler({"Records": records[start : start + BATCH]}, context)
    if log.getvalue().count('"green"') != -(-len(records) // BATCH):
        raise RuntimeError(log.getvalue())
    return found


def warm(stage: Stage, ids: list[str]) -> None:
    """Sync once beforehand: the keys' time is over with each turn, they are unwrapped anew."""
    stage.control(0)
    ours(stage, ids)
    stage.now -= SLOTS * MINUTE


def _row(stage: Stage, loop: PlainLoop, ids: list[str], latency: float) -> dict[str, Any]:
    warm(stage, ids)
    stage.control(latency)
    found = ours(stage, ids)
    seen = stage.control(latency)
    few = ids[: BASELINE_LIMIT if latency else 200]
    with measured() as plain:
        loop.sync(few)
    return {
        "latency_ms": round(1000 * latency),
        "connections": len(ids),
        "syncs_per_second": found.rate(len(ids)),
        "cpu_ms_per_sync": found.cpu_ms(len(ids)),
        "most_in_flight": seen["most"],
        "baseline_syncs_per_second": plain.rate(len(few)),
        "baseline_cpu_ms_per_sync": plain.cpu_ms(len(few)),
        "times_as_fast": round(found.rate(len(ids)) / plain.rate(len(few)), 1),
        "cpu_ratio": round(found.cpu_ms(len(ids)) / plain.cpu_ms(len(few)), 2),
    }

"""The deployed worker against banks that take their time, over real sockets."""

from __future__ import annotations

from unittest.mock import patch

from benchmarks import dispatching
from benchmarks.stage import staged
from benchmarks.throughput import ours, warm
from relink import clock

COUNT = 50
SECONDS = 5.0
"""Long enough for fifty calls to begin on a slow machine."""


def test_a_batch_is_in_flight_all_at_once_and_opens_no_connection_twice() -> None:
    """Fifty bank calls at the same time; connections to banks and AWS are kept for the next."""
    with staged() as stage, patch.object(clock, "now", lambda: stage.now):
        stage.fill(COUNT)
        ids = stage.ids(COUNT)
        warm(stage, ids)
        stage.control(SECONDS)
        first = ours(stage, ids)
        seen = stage.control(1)
        stage.now -= 6 * 3600
        ours(stage, ids)
        again = stage.control(0)

    assert (COUNT, COUNT) == (seen["most"], seen["settled"])
    assert first.wall < COUNT * SECONDS / 2
    assert again["opened"] <= 1 + COUNT // 10  # ours to look; a pool may be asked before it is full


def test_dispatch_holds_a_page_however_much_is_due() -> None:
    """Memory stays flat: ten times as much due takes no more of it than a page and its threads."""
    small, large = dispatching.measure((1_000, 10_000))

    assert large["grown_mb"] < small["grown_mb"] + 8
    assert 0.1 == large["queue_requests_per_message"]
    assert large["watermark_writes"] == 10_000 // 1_000 + 2

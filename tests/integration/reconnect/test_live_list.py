"""What the list of connections tells a page that shows it live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

WELL = {"status": Status.GREEN, "reason": None, "red_since": None}


def test_the_answer_says_for_whom_it_is_written(bench: Bench) -> None:
    """So the first answer can be shown; a zone that nobody has said is left to the browser."""
    bench.add()
    assert {"language": "en", "time_zone": None} == bench.api("GET", "/connections").json["reader"]

    bench.profile(language="es", time_zone="Europe/Madrid")

    told = bench.api("GET", "/connections").json["reader"]
    assert {"language": "es", "time_zone": "Europe/Madrid"} == told


@pytest.mark.parametrize(
    ("lease", "live", "busy"),
    [(0, 0, None), (60, 0, "syncing"), (60, 60, "attempt"), (-1, -1, None)],
)
def test_what_goes_on_is_told(bench: Bench, lease: int, live: int, busy: str | None) -> None:
    """A sync that runs, or an attempt, which holds the lease too; none that is over."""
    now = bench.clock.now
    bench.add(**WELL, lease_until=now + lease, live_until=now + live)

    assert busy == bench.api("GET", "/connections/con_1").json["busy"]


def test_when_the_bank_takes_requests_again_is_told_until_then(bench: Bench) -> None:
    """It is no news afterwards."""
    now = bench.clock.now
    limited = {**WELL, "status": Status.ORANGE, "reason": Reason.RATE_LIMITED}
    bench.add(**limited, rate_limited_until=now + 60, last_attempt_at=now)

    told = bench.api("GET", "/connections/con_1").json
    assert ("2026-01-01T12:01:00Z", "2026-01-01T12:00:00Z") == (
        told["rate_limited_until"],
        told["last_attempt_at"],
    )
    bench.clock.advance(60)
    assert bench.api("GET", "/connections/con_1").json["rate_limited_until"] is None

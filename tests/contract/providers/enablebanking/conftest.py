from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink import clock as real_clock
from tests.contract.providers.enablebanking.stage import Stage
from tests.contract.simulators.client import Simulators
from tests.fakes import NOON, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Return the adapter before the simulated service; one clock for both."""
    clock = Clock(NOON + 300 * 86_400)
    monkeypatch.setattr(real_clock, "now", clock)
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        yield Stage(Simulators(server.base), clock)

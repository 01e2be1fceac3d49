from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.providers import PROVIDERS
from tests.contract.bench.workbench import NOW, bench_of
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.bench.workbench import Bench


@pytest.fixture
def clock() -> Clock:
    """Return the clock of both sides."""
    return Clock(NOW)


@pytest.fixture
def simulators(clock: Clock) -> Iterator[Simulators]:
    """Serve the simulators on a free port of loopback."""
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        yield Simulators(server.base)


@pytest.fixture(params=sorted(PROVIDERS))
def bench(request: pytest.FixtureRequest, simulators: Simulators, clock: Clock) -> Bench:
    """Return a provider's bench."""
    return bench_of(request.param)(simulators, clock)

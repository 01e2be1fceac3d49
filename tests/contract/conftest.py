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
    from collections.abc import Callable, Iterator

    from infra.simulators.exchange import Reply
    from infra.simulators.server import SimulatorServer
    from tests.contract.bench.workbench import Bench

    Change = Callable[[Reply], Reply]


@pytest.fixture
def clock() -> Clock:
    """Return the clock of both sides."""
    return Clock(NOW)


@pytest.fixture
def server(clock: Clock) -> Iterator[SimulatorServer]:
    """Serve the simulators on a free port of loopback."""
    with serving(assemble(0, WorldClock(lambda: clock.now))) as running:
        yield running


@pytest.fixture
def simulators(server: SimulatorServer) -> Simulators:
    """Return the simulators' switches."""
    return Simulators(server.base)


@pytest.fixture(params=sorted(PROVIDERS))
def bench(request: pytest.FixtureRequest, simulators: Simulators, clock: Clock) -> Bench:
    """Return a provider's bench."""
    return bench_of(request.param)(simulators, clock)


@pytest.fixture
def spoil(
    server: SimulatorServer, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Change], None]:
    """Return what has each of the provider's answers changed from now on."""
    service = next(each for each in server.services if each.prefix == f"/{bench.name}")
    good = service.answer

    def spoil(change: Change) -> None:
        monkeypatch.setattr(service, "answer", lambda request: change(good(request)))

    return spoil

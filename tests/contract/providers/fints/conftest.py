from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from tests.contract.providers.fints.bench import NOW, Bench
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return an adapter whose only bank is a simulated one."""
    clock = Clock(NOW)
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        yield Bench(Simulators(server.base), clock)

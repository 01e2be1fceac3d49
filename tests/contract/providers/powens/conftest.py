from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.powens.connectors import CONNECTORS
from infra.simulators.powens.settings import CLIENT_ID, CLIENT_SECRET
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.providers.powens import build
from tests.contract.providers.powens.bench import NOW, Bench
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return an adapter whose only Powens is a simulated one."""
    clock = Clock(NOW)
    catalogue = {each.bank.id: {"connector": each.uuid} for each in CONNECTORS}
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        environ = {
            "POWENS_URL": f"{server.base}/powens/2.0",
            "POWENS_CLIENT_ID": CLIENT_ID,
            "POWENS_CLIENT_SECRET": CLIENT_SECRET,
            "POWENS_CATALOGUE": json.dumps(catalogue),
        }
        yield Bench(Simulators(server.base), build(environ), clock, environ)

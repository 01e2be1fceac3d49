from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock
from tests.contract.simulators.client import Simulators

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = int(dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC).timestamp())  # a Wednesday


@pytest.fixture
def now() -> int:
    """Return the simulated time at which a test begins; the clock stands still."""
    return NOON


@pytest.fixture
def simulators(now: int) -> Iterator[Simulators]:
    """Serve the simulators on a free port of loopback."""
    with serving(assemble(0, Clock(lambda: now))) as server:
        yield Simulators(server.base)

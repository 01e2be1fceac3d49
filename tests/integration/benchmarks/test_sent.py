"""What banks are sent: the cost model's bytes are those that the adapters send."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cost.load import SENT
from infra.simulators.assembly import assemble
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.providers import PROVIDERS
from relink.schedule import MINUTE, SLOTS
from tests.contract.bench.workbench import NOW, bench_of
from tests.contract.simulators.client import Simulators
from tests.fakes import Clock

if TYPE_CHECKING:
    from tests.contract.bench.workbench import Bench

ACCOUNTS = 3


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return what grows by the bytes of each piece of a request."""
    sizes: list[int] = []
    send = HTTPConnection.send

    def noted(self: HTTPConnection, data: Any) -> None:
        sizes.append(len(data))
        send(self, data)

    monkeypatch.setattr(HTTPConnection, "send", noted)
    return sizes


def of_an_unchanged_sync(bench: Bench, sent: list[int]) -> int:
    """Return the bytes of the second sync of three accounts, which brings nothing new."""
    secret = bench.connect().secret
    cursor = bench.pages(secret)[-1].next_cursor
    bench.clock.advance((SLOTS + 1) * MINUTE)
    cursor = bench.pages(secret, cursor)[-1].next_cursor
    bench.clock.advance((SLOTS + 1) * MINUTE)
    sent.clear()
    [page] = bench.pages(secret, cursor)

    assert ACCOUNTS == len(page.accounts)
    return sum(sent)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_the_model_has_the_bytes_that_are_sent(name: str, sent: list[int]) -> None:
    """A header more in each request, or a request more in each sync, is paid for in the end."""
    clock = Clock(NOW)
    with serving(assemble(0, WorldClock(lambda: clock.now))) as server:
        bench = bench_of(name)(Simulators(server.base), clock)

        assert SENT[name] == pytest.approx(of_an_unchanged_sync(bench, sent), rel=0.1)

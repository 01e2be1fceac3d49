"""The contract of a bank adapter, secrecy: nothing that it holds shows what opens a bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink import clock
from tests.watching import watched

if TYPE_CHECKING:
    import pytest

    from tests.contract.bench.workbench import Bench


def test_nothing_that_an_adapter_holds_shows_what_opens_the_bank(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on the way in, not while it syncs, not when it is ended."""
    monkeypatch.setattr(clock, "now", bench.clock)
    with watched() as watch:
        accepted = bench.connect()
        bench.sync(accepted.secret)
        again = bench.connect(accepted.secret)
        bench.refused()
        bench.adapter.disconnect(bench.connection, again.secret)
    entered = {v for n, v in bench.opening().items() if n in {"pin", "password", "setup_token"}}

    assert {"Accepted", "Login", "Secret", "SyncResult"} <= watch.kinds
    assert bench.canaries | entered
    assert [] == watch.shows(*bench.canaries, *entered)

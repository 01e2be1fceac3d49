"""What the bank answers next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.provider import SyncResult
from tests.fakes import account

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

RENAMED = SyncResult(accounts=(account("Renamed"),), next_cursor="c1")


def play(bench: Bench, *results: SyncResult | Exception) -> None:
    """Tell the bank what to answer, the last for ever."""
    bench.provider.syncs.clear()
    bench.provider.syncs.extend(results)

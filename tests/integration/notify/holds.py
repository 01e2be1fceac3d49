"""Reds, and what holds back telling of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.notify.bench import Bench

DAY = 86_400
HOUR = 3600
NIGHT = NOON + 10 * HOUR
MORNING = NOON + 20 * HOUR


def red(bench: Bench, number: int = 1, **facts: Any) -> None:
    """Let a bank turn red now, and the gathered message come."""
    bench.tell(bench.redden(bench.add(number, **facts)))
    bench.deliver()

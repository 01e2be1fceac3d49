"""What the worker's log says of a connection that waits for days, and what its syncs write."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from relink.clock import DAY
from relink.connection import STALE_AFTER, Method
from relink.expiry import notice_day
from relink.failures import Temporary
from relink.provider import SyncResult
from relink.reasons import Reason
from relink.repository import Connections
from relink.schedule import SLOTS
from tests.fakes import BANK, NOON, account
from tests.integration.sync.conftest import FIRST_CYCLE

if TYPE_CHECKING:
    import io

    from tests.integration.sync.conftest import Bench

CYCLE = SLOTS * 60
ENDS = NOON + 90 * DAY


def turn(bench: Bench, run: str = "run") -> list[str]:
    """Let the connection's next turn come."""
    bench.clock.advance(CYCLE + 60)
    return bench.sync(bench.clock() // CYCLE - FIRST_CYCLE, run=run)


def told(log: io.StringIO) -> int:
    """Return how often operators were told."""
    return log.getvalue().count('"long orange"')


@pytest.mark.parametrize("reached", [True, False])
def test_operators_are_told_once_when_two_days_have_passed(
    bench: Bench,
    log: io.StringIO,
    *,
    reached: bool,
) -> None:
    """Also if the bank was never reached, where the day's calls are given back."""
    bench.add(last_success_at=NOON, last_attempt_at=NOON)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE, reached=reached))
    counts = []
    for _ in range(12):
        turn(bench)
        counts.append(told(log))

    late = ceil(STALE_AFTER / (CYCLE + 60))
    assert [0] * (late - 1) + [1] * (12 - late + 1) == counts


def test_a_message_that_comes_twice_tells_once(bench: Bench, log: io.StringIO) -> None:
    """Its second call is refused: this cycle's turn is over."""
    bench.add(last_success_at=NOON - 3 * DAY, last_attempt_at=NOON - 2 * DAY)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    for _ in range(3):
        bench.sync(0)

    assert 1 == told(log)


class Killed(BaseException):
    """The process ends here, as if its power were cut."""


def kill_before(bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Let the process end in the next call of the bank, or before what it said is settled."""

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if step == "call":
            patched.setattr(bench.provider, "sync", die)
        else:
            patched.setattr(Connections, "save", die)
        with pytest.raises(Killed):
            bench.sync(0, run="killed")


@pytest.mark.parametrize("step", ["call", "settle"])
@pytest.mark.parametrize("method", [Method.TOKEN, Method.DIRECT])
def test_a_run_that_dies_does_not_take_the_telling_along(
    bench: Bench,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    method: Method,
    step: str,
) -> None:
    """The crossing is told by whoever settles next, and by nobody after that."""
    bench.add(
        bank=replace(BANK, method=method),
        last_success_at=NOON - STALE_AFTER - 60,
        last_attempt_at=NOON - CYCLE,
        calls=(NOON - CYCLE, NOON - 2 * CYCLE, NOON - 3 * CYCLE, 0),
    )
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    kill_before(bench, monkeypatch, step)
    before = told(log)
    bench.clock.advance(200)
    bench.sync(0, run="again")
    for _ in range(4):
        turn(bench)

    assert (0 if step == "call" else 1) == before
    assert before + 1 == told(log)


def test_a_sync_puts_a_consent_into_the_index_of_days_once(bench: Bench) -> None:
    """The day is written with a new end, and left alone by the syncs that follow."""
    bench.add()
    bench.provider.syncs.clear()
    bench.provider.syncs.append(SyncResult(accounts=(account(),), consent_expires_at=ENDS))
    turn(bench)
    first = bench.now().notice_day
    bench.client.update_item(
        TableName=bench.connections.table,
        Key={"connection_id": {"S": "con_1"}},
        UpdateExpression="REMOVE notice_day",
    )
    turn(bench)

    assert notice_day(ENDS, NOON) == first
    assert None is bench.now().notice_day
    assert ENDS == bench.now().consent_expires_at

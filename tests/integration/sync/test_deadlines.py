"""A batch whose time is over: what has not been begun goes back as if nobody had touched it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.connection import Method
from relink.queues import SyncMessage, to_body
from relink.reasons import Status
from tests.fakes import BANK, NOON
from tests.integration.sync.conftest import FIRST_CYCLE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Call, SyncResult
    from tests.integration.sync.conftest import Bench

LATE = NOON + 100


def batch(bench: Bench, count: int) -> list[str]:
    """Hand the worker a batch that must be over at a time; return what must come again."""
    records = [
        {"messageId": f"m{n}", "body": to_body(SyncMessage(f"con_{n}", FIRST_CYCLE))}
        for n in range(count)
    ]
    return bench.worker.handle(records, "run", LATE)


@pytest.mark.parametrize("method", [Method.TOKEN, Method.DIRECT])
def test_a_claimed_bank_that_there_is_no_time_to_call_is_given_back(
    bench: Bench, method: Method
) -> None:
    """Its message is sent anew at once, and finds cycle and call as they were (law 5)."""
    for n in range(3):
        bank = replace(BANK, method=method)
        bench.add(connection_id=f"con_{n}", bank=bank, digest="known")
    before = [bench.now(f"con_{n}") for n in range(3)]
    real = bench.provider.sync

    def slow(connection: Connection, call: Call) -> SyncResult:
        bench.clock.now = LATE
        return real(connection, call)

    bench.provider.sync = slow  # type: ignore[method-assign]
    failed = batch(bench, 3)
    after = [bench.now(f"con_{n}") for n in range(3)]

    assert [] == failed
    assert 1 == len(bench.provider.calls)
    assert 2 == bench.queued()
    assert (Status.GREEN, LATE) == (after[0].status, after[0].last_success_at)
    for was, now in zip(before[1:], after[1:], strict=True):
        assert (was.calls, was.digest, was.runs, "") == (now.calls, now.digest, now.runs, now.lease)

    bench.clock.now = LATE + 1
    bench.provider.sync = real  # type: ignore[method-assign]
    assert [] == bench.sync(0, "con_0", "con_1", "con_2", run="again")
    assert 3 == len(bench.provider.calls)


def test_what_is_given_back_waits_for_whoever_writes_at_that_moment(bench: Bench) -> None:
    """A transaction in the way is nobody who has moved it on: else it would count as a dead run."""
    for n in range(2):
        bench.add(connection_id=f"con_{n}")
    before, real = bench.now("con_1"), bench.provider.sync

    def slow(connection: Connection, call: Call) -> SyncResult:
        bench.clock.now = LATE
        met = refusal("TransactionConflictException")
        stumble(bench.connections._client, "update_item", met, met)
        return real(connection, call)

    bench.provider.sync = slow  # type: ignore[method-assign]
    batch(bench, 2)
    after = bench.now("con_1")

    assert (before.calls, before.runs, "") == (after.calls, after.runs, after.lease)


def test_one_that_somebody_else_moved_on_meanwhile_is_left_alone(bench: Bench) -> None:
    """Its lease is not ours to give back; its message comes again and finds out."""
    for n in range(2):
        bench.add(connection_id=f"con_{n}")
    real = bench.provider.sync

    def slow(connection: Connection, call: Call) -> SyncResult:
        bench.clock.now = LATE
        was = bench.now("con_1")
        bench.connections.save(was, replace(was, lease="other"), expect=["lease"])
        return real(connection, call)

    bench.provider.sync = slow  # type: ignore[method-assign]

    assert [] == batch(bench, 2)
    assert "other" == bench.now("con_1").lease
    assert 1 == bench.queued()

"""After a day without clock or worker: everybody has one turn at once, then his usual ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.clock import DAY
from relink.connection import UNATTENDED_A_DAY
from relink.queues import Queue, SyncMessage, from_body, to_body
from relink.schedule import MINUTE, SLOTS, Due, minute_of
from sync.dispatch import Dispatch, Environment
from tests.fakes import NOON
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    import io

    from tests.integration.ops.conftest import Room

CYCLE = SLOTS * MINUTE
WORKSPACES = 2


def tick(room: Room, number: int) -> int:
    """Let the clock strike and the worker have what is queued; return how much that was."""
    strike(room, number)
    return work(room, number)


def strike(room: Room, number: int) -> None:
    """Let the clock strike."""
    client, url = room.bench.client, room.target.name("SyncQueue")
    told = Environment("ConnectionsTable", "StateTable", url)
    now = room.bench.clock.now
    Dispatch(client, Queue(boto3.client("sqs"), url), told).run(
        now, lambda: False, f"run-{number}", now + MINUTE
    )


def work(room: Room, number: int, most: int = 10) -> int:
    """Let the worker have what is queued, so much at a time; return how much that was."""
    url, done = room.target.name("SyncQueue"), 0
    while messages := room.take("SyncQueue", hidden=600, most=most):
        records = [{"messageId": m["MessageId"], "body": m["Body"]} for m in messages]
        assert [] == room.bench.worker.handle(records, f"run-{number}", DEADLINE)
        assert all(from_body(m["Body"]) for m in messages)
        done += len(messages)
        for message in messages:
            boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return done


def test_a_day_without_a_clock_is_caught_up_within_the_budget(room: Room) -> None:
    """Each is queued once, not once a missed cycle; in no rolling day is a bank called five times.

    The clock here strikes four times a cycle only, as if each minute came late.
    """
    for number in range(WORKSPACES):
        room.bench.add(connection_id=f"con_{number}", workspace_id=f"ws_{number}")
    strikes = iter(range(10**6))
    tick(room, next(strikes))
    called: dict[str, set[int]] = {f"con_{n}": set() for n in range(WORKSPACES)}

    def until(end: int) -> None:
        while room.bench.clock.now < end:
            room.bench.clock.advance(CYCLE // 4)
            tick(room, next(strikes))
            for name, times in called.items():
                times.add(room.bench.now(name).last_attempt_at or 0)

    room.bench.clock.advance(DAY + 3600)
    back = room.bench.clock.now

    assert WORKSPACES == tick(room, next(strikes))
    assert {back} == {room.bench.now(name).last_success_at for name in called}
    until(back + DAY)
    for times in called.values():
        times -= {0}
        assert max(sum(1 for at in times if t - DAY < at <= t) for t in times) <= UNATTENDED_A_DAY
        assert len([at for at in times if back <= at < back + DAY]) >= UNATTENDED_A_DAY - 1


def test_a_day_without_a_worker_is_made_up_for_by_one_call(room: Room) -> None:
    """The clock has gone on: a message a cycle waits, and all but the newest have a successor.

    The day goes on as usual: but the turn that would be the fifth call in a day is left out.
    """
    names = [f"con_{n}" for n in range(WORKSPACES)]
    for number, name in enumerate(names):
        room.bench.add(connection_id=name, workspace_id=f"ws_{number}")
    tick(room, 0)
    calls = room.bench.provider.calls
    for number in range(1, 17):
        room.bench.clock.advance(CYCLE // 4)
        strike(room, number)
    assert [] == calls

    assert 4 * WORKSPACES == work(room, 17, most=1)

    made = [len(calls)]
    for cycle in range(1, 9):
        for quarter in range(4):
            room.bench.clock.advance(CYCLE // 4)
            tick(room, 100 * cycle + quarter)
        made.append(len(calls) - sum(made))
    assert [WORKSPACES] * 4 + [0] + [WORKSPACES] * 4 == made


def test_a_letter_that_is_put_back_after_its_successor_was_sent_does_nothing(
    room: Room, log: io.StringIO
) -> None:
    """It is neither called for nor kept, however its connection is; before that, it is its turn."""
    made = room.bench.add()
    assert made.slot is not None
    message = SyncMessage("con_1", Due(minute_of(NOON)).cycle)
    succeeded = ((message.cycle + 1) * SLOTS + made.slot) * MINUTE
    room.send("SyncDeadLetters", to_body(message))
    room.bench.clock.now = succeeded
    before = room.bench.now()

    assert 1 == len(room.ops("redrive", "sync", "--yes")["put_back"])
    assert 1 == work(room, 1)

    assert ([], before) == (room.bench.provider.calls, room.bench.now())
    assert (0, 0) == (room.bench.queued(), len(room.take("SyncDeadLetters")))
    assert {"its next turn has come": 1} == json.loads(log.getvalue().splitlines()[-1])["outcomes"]

    room.bench.clock.now = succeeded - 1
    room.send("SyncQueue", to_body(message))
    assert 1 == work(room, 2)
    assert 1 == len(room.bench.provider.calls)


@pytest.mark.parametrize(
    "busy",
    [
        {"lease": "other", "lease_until": NOON + 60},
        {"live_attempt": "att_1", "live_until": NOON + 60},
        {"rate_limited_until": NOON + 60},
        {"calls": (NOON - 3, NOON - 2, NOON - 1, NOON - DAY + 60)},
    ],
)
def test_what_has_a_successor_does_not_wait_for_its_turn(room: Room, busy: dict[str, Any]) -> None:
    """It would come back with it, again and again."""
    made = room.bench.add(**busy)
    assert made.slot is not None
    cycle = (minute_of(NOON) - made.slot) // SLOTS

    for late in (1, 2, 3):
        room.send("SyncQueue", to_body(SyncMessage("con_1", cycle - late)))
    assert 3 == work(room, 1)
    assert 0 == room.bench.queued()

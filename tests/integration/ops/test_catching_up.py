"""After a day without a clock: everybody has his turn at once, and no more than he may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from relink.connection import DAY, UNATTENDED_A_DAY
from relink.queues import Queue, from_body
from relink.schedule import MINUTE, SLOTS
from sync.dispatch import Dispatch, Environment
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room

CYCLE = SLOTS * MINUTE
WORKSPACES = 2


def tick(room: Room, number: int) -> int:
    """Let the clock strike and the worker have what is queued; return how much that was."""
    client, url = room.bench.client, room.target.name("SyncQueue")
    told = Environment("ConnectionsTable", "StateTable", url)
    now = room.bench.clock.now
    Dispatch(client, Queue(boto3.client("sqs"), url), told).run(
        now, lambda: False, f"run-{number}", now + MINUTE
    )
    done = 0
    while messages := room.take("SyncQueue", hidden=600):
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

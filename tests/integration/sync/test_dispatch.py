"""The clock: what is due is queued, whatever happened to the runs before."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.queues import Queue
from relink.reasons import Reason, Status
from relink.repository import Connections
from relink.schedule import MINUTE, SLOTS, Due, minute_of, slot_of
from sync import dispatch
from sync.dispatch import WATERMARK, Dispatch, Environment
from tests.fakes import NOON, Clock, connection
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

CYCLE = SLOTS * MINUTE
WORKSPACE = next(f"ws_{n}" for n in range(5_000) if slot_of(f"ws_{n}") == Due(NOON // 60).slot)
"""A workspace whose turn it is at noon."""


@dataclass
class Minutes:
    """A dispatcher with its queue and its clock."""

    dispatch: Dispatch
    connections: Connections
    client: DynamoDBClient
    sqs: Any
    queue_url: str

    def run(self, now: int, hurry: Callable[[], bool] = lambda: False) -> dict[str, int]:
        """Dispatch once."""
        return self.dispatch.run(now, hurry)

    def add(self, connection_id: str = "con_1", workspace: str = WORKSPACE, **facts: Any) -> None:
        """Store a connection that the schedule may call."""
        made = connection(connection_id=connection_id, workspace_id=workspace, **facts)
        self.connections.create(replace(made, slot=made.home_slot))

    def taken(self) -> list[tuple[str, int]]:
        """Take what is on the queue: connections and cycles."""
        found: list[tuple[str, int]] = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return sorted(found)
            for message in messages:
                body = json.loads(message["Body"])
                found.append((body["connection_id"], body["cycle"]))
                self.sqs.delete_message(
                    QueueUrl=self.queue_url,
                    ReceiptHandle=message["ReceiptHandle"],
                )

    def watermark(self) -> int | None:
        """Return the last minute that was dispatched whole."""
        return self.dispatch._watermark()


@pytest.fixture
def minutes(tables: dict[str, str]) -> Minutes:
    """Return a dispatcher that has never run."""
    client, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="sync")["QueueUrl"]
    told = Environment(tables["ConnectionsTable"], tables["StateTable"], url)
    return Minutes(
        Dispatch(client, Queue(sqs, url), told),
        Connections(client, tables["ConnectionsTable"]),
        client,
        sqs,
        url,
    )


def test_what_is_due_is_queued_once_a_cycle(minutes: Minutes) -> None:
    """One message a connection and cycle, in the minute of its workspace, and in no other."""
    minutes.add("con_1")
    minutes.add("con_2")
    minutes.add("con_other", workspace=WORKSPACE + "x")
    seen = []
    for minute in range(3):
        minutes.run(NOON + minute * MINUTE)
        seen.append(minutes.taken())

    cycle = minute_of(NOON) // SLOTS
    assert seen == [[("con_1", cycle), ("con_2", cycle)], [], []]
    minutes.dispatch._advance(minute_of(NOON + CYCLE) - 1)
    minutes.run(NOON + CYCLE)
    assert ("con_1", cycle + 1) in minutes.taken()


def test_red_and_paused_connections_are_not_in_the_index(minutes: Minutes) -> None:
    """Law 4: who has no slot is not even read."""
    made = connection(workspace_id=WORKSPACE, status=Status.RED, reason=Reason.CONSENT_EXPIRED)
    minutes.connections.create(made)
    minutes.run(NOON)

    assert minutes.taken() == []


def test_a_first_run_begins_with_its_own_minute(minutes: Minutes) -> None:
    """A new stack has nothing to catch up on."""
    minutes.add()

    assert minutes.run(NOON + MINUTE) == {"minutes": 1, "sent": 0}
    assert minutes.watermark() == minute_of(NOON) + 1


def test_a_second_run_in_the_same_minute_sends_nothing(minutes: Minutes) -> None:
    """The scheduler may deliver twice."""
    minutes.add()
    minutes.run(NOON)
    minutes.taken()

    assert minutes.run(NOON + 59) == {"minutes": 0, "sent": 0}
    assert minutes.taken() == []


def test_missed_minutes_are_caught_up(minutes: Minutes) -> None:
    """A minute without a run is the next one's work."""
    minutes.add()
    minutes.run(NOON - MINUTE)

    assert minutes.run(NOON + 5 * MINUTE) == {"minutes": 6, "sent": 1}
    assert minutes.taken() == [("con_1", minute_of(NOON) // SLOTS)]


def test_a_long_outage_is_caught_up_once_a_slot(minutes: Minutes) -> None:
    """After ten days each connection is due once, not once for each missed cycle."""
    minutes.add()
    minutes.run(NOON)
    minutes.taken()
    later = NOON + 40 * CYCLE + 90 * MINUTE

    assert minutes.run(later) == {"minutes": SLOTS, "sent": 1}
    assert minutes.taken() == [("con_1", minute_of(NOON) // SLOTS + 40)]


def test_a_crash_after_sending_sends_again_and_loses_nothing(minutes: Minutes) -> None:
    """The watermark moves last; the claim lets each connection through once a cycle."""
    minutes.add()
    stumble(minutes.client, "update_item", refusal("InternalServerError"))
    with pytest.raises(Exception, match="InternalServerError"):
        minutes.run(NOON)

    assert minutes.watermark() is None
    assert minutes.run(NOON + 1) == {"minutes": 1, "sent": 1}
    assert len(minutes.taken()) == 2


def test_a_queue_that_refuses_a_message_keeps_the_watermark(minutes: Minutes) -> None:
    """What was not sent is due still."""
    minutes.run(NOON - MINUTE)
    minutes.add()
    refused = {"Failed": [{"Id": "0"}], "Successful": []}
    stumble(minutes.sqs, "send_message_batch", lambda *_: refused)
    with pytest.raises(RuntimeError):
        minutes.run(NOON)

    assert minutes.watermark() == minute_of(NOON) - 1
    minutes.run(NOON + MINUTE)
    assert minutes.taken() == [("con_1", minute_of(NOON) // SLOTS)]


def test_a_run_in_a_hurry_stops_between_minutes(minutes: Minutes) -> None:
    """Time is over before the catching up is: the next run goes on where this one stopped."""
    minutes.add()
    minutes.run(NOON - 10 * MINUTE)
    answers = iter([False] * 4 + [True])

    assert minutes.run(NOON, lambda: next(answers)) == {"minutes": 4, "sent": 0}
    assert minutes.watermark() == minute_of(NOON) - 6
    assert minutes.run(NOON) == {"minutes": 6, "sent": 1}


def test_an_overtaken_run_leaves_the_watermark_where_the_faster_one_put_it(
    minutes: Minutes,
) -> None:
    """Two runs at once may send twice; neither turns the clock back."""
    minutes.run(NOON - 2 * MINUTE)
    minutes.add()

    def overtake(real: Any, arguments: dict[str, Any]) -> Any:
        minutes.run(NOON + MINUTE)
        return real(**arguments)

    stumble(minutes.client, "update_item", overtake)
    minutes.run(NOON)

    assert minutes.watermark() == minute_of(NOON) + 1
    assert set(minutes.taken()) == {("con_1", minute_of(NOON) // SLOTS)}


def test_a_clock_that_goes_back_sends_nothing_twice(minutes: Minutes) -> None:
    """Until the time of the watermark comes again, its minutes have been dispatched."""
    minutes.add()
    minutes.run(NOON)
    minutes.taken()

    assert minutes.run(NOON - 3 * MINUTE) == {"minutes": 0, "sent": 0}
    assert minutes.watermark() == minute_of(NOON)


def test_a_large_workspace_is_queued_whole(minutes: Minutes) -> None:
    """More than a page of the index, and more than a batch of the queue."""
    for n in range(23):
        minutes.add(f"con_{n:02}")
    real = minutes.client.get_paginator

    def small_pages(name: str) -> Any:
        paginator = real(name)  # type: ignore[call-overload]
        whole = paginator.paginate
        paginator.paginate = lambda **a: whole(**a, PaginationConfig={"PageSize": 5})
        return paginator

    minutes.client.get_paginator = small_pages  # type: ignore[method-assign,assignment]

    assert minutes.run(NOON)["sent"] == 23
    assert len({name for name, _ in minutes.taken()}) == 23


def test_the_handler_builds_itself_from_the_environment(
    minutes: Minutes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The scheduler's event says nothing that the clock does not."""

    @dataclass
    class Context:
        """What Lambda tells of the time left."""

        left: int

        def get_remaining_time_in_millis(self) -> int:
            """Return the milliseconds left."""
            return self.left

    minutes.add()
    for name, value in {
        "CONNECTIONS_TABLE": "ConnectionsTable",
        "STATE_TABLE": "StateTable",
        "SYNC_QUEUE_URL": minutes.queue_url,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("relink.clock.now", Clock(NOON))
    dispatch.bootstrap.cache_clear()
    late = dispatch.lambda_handler({}, Context(9_999))  # type: ignore[arg-type]
    done = dispatch.lambda_handler({}, Context(60_000))  # type: ignore[arg-type]
    dispatch.bootstrap.cache_clear()

    assert (late, done) == ({"minutes": 0, "sent": 0}, {"minutes": 1, "sent": 1})


def test_the_watermark_is_one_small_item(minutes: Minutes) -> None:
    """Nothing that the dispatcher keeps grows."""
    minutes.run(NOON)
    items = minutes.client.scan(TableName="StateTable")["Items"]

    assert items == [{"name": {"S": WATERMARK}, "minute": {"N": str(minute_of(NOON))}}]

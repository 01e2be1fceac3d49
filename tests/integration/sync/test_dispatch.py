"""The clock: what is due is queued, whatever happened to the runs before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.template import load
from relink.backoff import TRIES
from relink.connection import HOLD_LIMIT
from relink.items import decode, encode
from relink.outages import HELD, ITEM, PLACE, Outage
from relink.queues import Queue, Refused
from relink.reasons import Reason, Status
from relink.repository import Connections, change
from relink.schedule import MINUTE, SLOTS, Due, minute_of, slot_of
from relink.transitions import Synced, synced
from sync import dispatch
from sync.dispatch import Dispatch, Environment
from sync.watermark import NAME
from tests.fakes import BANK, NOON, Clock, connection
from tests.stumbling import refusal, stumble, twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    runs: Iterator[int] = field(default_factory=count)

    def run(self, now: int, hurry: Callable[[], bool] = lambda: False) -> dict[str, int]:
        """Dispatch once, in a run of its own that has a minute."""
        return self.dispatch.run(now, hurry, f"run-{next(self.runs)}", now + MINUTE)

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
        return self.item().get("minute")

    def item(self) -> dict[str, Any]:
        """Return all that the dispatcher keeps."""
        [found] = self.client.scan(TableName="StateTable")["Items"]
        return decode(found)

    def begin_at(self, minute: int) -> None:
        """Let everything up to a minute be dispatched."""
        item = encode({"name": NAME, "minute": minute})
        self.client.put_item(TableName="StateTable", Item=item)


@pytest.fixture
def minutes(tables: dict[str, str]) -> Minutes:
    """Return a dispatcher that has never run."""
    client, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="sync")["QueueUrl"]
    told = Environment(tables["ConnectionsTable"], tables["StateTable"], url)
    return Minutes(
        Dispatch(client, Queue(sqs, url), told, page=10),
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
    minutes.begin_at(minute_of(NOON + CYCLE) - 1)
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
    """What was not written down is sent again; the claim lets each through once a cycle."""
    minutes.run(NOON - MINUTE)
    minutes.add()
    stumble(minutes.client, "update_item", None, refusal("InternalServerError"))
    with pytest.raises(Exception, match="InternalServerError"):
        minutes.run(NOON)

    assert minutes.watermark() == minute_of(NOON) - 1
    assert minutes.run(NOON + MINUTE) == {"minutes": 2, "sent": 1}
    assert len(minutes.taken()) == 2


def test_a_queue_that_refuses_messages_keeps_the_watermark(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not sent is due still, and the next run need not wait for the failed one's time."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    minutes.run(NOON - MINUTE)
    minutes.add()
    refused = {"Failed": [{"Id": "0"}], "Successful": []}
    stumble(minutes.sqs, "send_message_batch", *[lambda *_: refused] * TRIES)
    with pytest.raises(Refused):
        minutes.run(NOON)

    assert minutes.watermark() == minute_of(NOON) - 1
    minutes.run(NOON + 1)
    assert minutes.taken() == [("con_1", minute_of(NOON) // SLOTS)]


def test_a_queue_that_fails_in_the_middle_of_a_minute_gets_the_rest_only(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message a connection and cycle: what came before the failure is not sent again."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    minutes.begin_at(minute_of(NOON) - 1)
    for n in range(30):
        minutes.add(f"con_{n:02}")
    failures = [refusal("InternalError")]
    stumble(minutes.sqs, "send_message_batch", None, *failures)
    with pytest.raises(Exception, match="InternalError"):
        minutes.run(NOON)
    minutes.run(NOON + 1)

    assert [f"con_{n:02}" for n in range(30)] == [name for name, _ in minutes.taken()]


def test_a_run_in_a_hurry_stops_within_a_minute(minutes: Minutes) -> None:
    """However large the minute: the next run goes on behind the last connection that was sent."""
    minutes.begin_at(minute_of(NOON) - 1)
    for n in range(35):
        minutes.add(f"con_{n:02}")
    answers = iter([False, False, True])

    assert minutes.run(NOON, lambda: next(answers)) == {"minutes": 0, "sent": 20}
    assert minutes.item() == {"name": NAME, "minute": minute_of(NOON) - 1, "after": "con_19"}
    assert minutes.run(NOON + MINUTE) == {"minutes": 2, "sent": 15}
    assert [f"con_{n:02}" for n in range(35)] == [name for name, _ in minutes.taken()]


def test_a_minute_that_was_left_long_ago_begins_anew(minutes: Minutes) -> None:
    """Its rest is due in the present cycle, like its beginning."""
    minutes.begin_at(minute_of(NOON) - 1)
    for n in range(25):
        minutes.add(f"con_{n:02}")
    answers = iter([False, True])
    minutes.run(NOON, lambda: next(answers))
    minutes.taken()
    minutes.run(NOON + 2 * CYCLE)

    assert {minute_of(NOON) // SLOTS + 2} == {cycle for _, cycle in minutes.taken()}
    assert minutes.item() == {"name": NAME, "minute": minute_of(NOON + 2 * CYCLE)}


def test_a_killed_run_sends_a_page_again_at_most(minutes: Minutes) -> None:
    """It writes down each page, also if nothing of it runs any more after that."""
    minutes.begin_at(minute_of(NOON) - 1)
    for n in range(45):
        minutes.add(f"con_{n:02}")

    class Killed(BaseException):
        """The power is cut."""

    def die(*_: Any) -> None:
        raise Killed

    stumble(minutes.sqs, "send_message_batch", None, None, die)
    stumble(minutes.client, "update_item", None, None, None, die)
    with pytest.raises(Killed):
        minutes.run(NOON)
    assert minutes.item()["after"] == "con_19"
    assert minutes.run(NOON + MINUTE) == {"minutes": 2, "sent": 25}


def test_two_runs_at_once_send_once(minutes: Minutes) -> None:
    """The scheduler may deliver twice: one of them finds that the other is at work."""
    minutes.begin_at(minute_of(NOON) - 1)
    minutes.add()
    other = {}

    def meanwhile(real: Any, arguments: dict[str, Any]) -> Any:
        other.update(minutes.run(NOON + 1))
        return real(**arguments)

    stumble(minutes.sqs, "send_message_batch", meanwhile)

    assert minutes.run(NOON) == {"minutes": 1, "sent": 1}
    assert other == {"minutes": 0, "sent": 0}
    assert minutes.taken() == [("con_1", minute_of(NOON) // SLOTS)]


def test_a_request_that_was_lost_on_its_way_back_meets_its_own_run(minutes: Minutes) -> None:
    """What botocore repeats has been done already, and is ours."""
    minutes.begin_at(minute_of(NOON) - 1)
    minutes.add()
    stumble(minutes.client, "update_item", twice)

    assert minutes.run(NOON) == {"minutes": 1, "sent": 1}


def test_a_clock_that_was_put_back_is_no_run_at_work(minutes: Minutes) -> None:
    """No run has more than a quarter of an hour: the schedule does not wait for a wrong time."""
    minutes.begin_at(minute_of(NOON) - 1)
    minutes.add()
    stumble(minutes.client, "update_item", None, refusal("InternalServerError"))
    with pytest.raises(Exception, match="InternalServerError"):
        minutes.run(NOON + 2 * CYCLE)
    minutes.taken()

    assert minutes.run(NOON) == {"minutes": 1, "sent": 1}


def test_what_would_be_refused_is_left_out(minutes: Minutes) -> None:
    """No message and no write for a bank that is down or that wants to be left in peace."""
    down = Outage(since=NOON - 60, probe_at=NOON + 600)
    probed = Outage(since=NOON - 3600, probe_at=NOON - 60)
    places = {f"{PLACE}fake#down": down, f"{PLACE}fake#probed": probed}
    item = {"name": ITEM, **{k: v.as_stored() for k, v in places.items()}}
    item |= {f"{HELD}fake#held": [NOON - 60, NOON + 60], f"{HELD}fake#let_go": [NOON - 60, NOON]}
    minutes.begin_at(minute_of(NOON) - 1)
    minutes.client.put_item(TableName="StateTable", Item=encode(item))
    for name in ("down", "probed", "held", "let_go", "well"):
        bank = replace(BANK, bank_id=name)
        for n in range(3):
            minutes.add(f"con_{name}_{n}", bank=bank)
    minutes.add("con_limited", rate_limited_until=NOON + HOLD_LIMIT + 1)
    minutes.add("con_soon", rate_limited_until=NOON + HOLD_LIMIT)

    assert minutes.run(NOON)["sent"] == 8
    found = [name for name, _ in minutes.taken()]
    let_go, well = ([f"con_{name}_{n}" for n in range(3)] for name in ("let_go", "well"))
    assert found == [*let_go, "con_probed_0", "con_soon", *well]


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
    """Its time was over and it went on all the same: the clock is not turned back."""
    minutes.run(NOON - 2 * MINUTE)
    minutes.add()

    def overtake(real: Any, arguments: dict[str, Any]) -> Any:
        minutes.run(NOON + MINUTE)
        return real(**arguments)

    stumble(minutes.client, "update_item", None, overtake)
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
        aws_request_id: str = "request"

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

    assert minutes.item() == {"name": NAME, "minute": minute_of(NOON)}


def test_an_index_entry_is_left_alone_by_a_normal_sync() -> None:
    """A write to the index is a third unit: it holds nothing that changes from sync to sync."""
    table = load().tables()["ConnectionsTable"].creation
    [index] = [i for i in table["GlobalSecondaryIndexes"] if i["IndexName"] == "by_slot"]
    held = index["Projection"]["NonKeyAttributes"]
    before = connection(status=Status.GREEN, reason=None, lease="run")
    before = replace(before, slot=before.home_slot)
    after = synced(before, Synced("digest"), NOON)
    moved = change(before, after, expect=())

    assert ["provider", "bank_id", "rate_limited_until"] == held
    assert not {*held, "slot"} & {*moved.values, *moved.removed}

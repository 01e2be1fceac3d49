"""The clock: what is due is queued, once a cycle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from infra.sam.template import load
from relink.connection import HOLD_LIMIT
from relink.items import encode
from relink.outages import HELD, ITEM, PLACE, Outage
from relink.reasons import Reason, Status
from relink.repository import change
from relink.schedule import MINUTE, SLOTS, minute_of
from relink.transitions import Synced, synced
from sync import dispatch
from sync.watermark import NAME
from tests.fakes import BANK, NOON, Clock, connection
from tests.integration.sync.minutes import CYCLE, WORKSPACE, Minutes

if TYPE_CHECKING:
    import pytest


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

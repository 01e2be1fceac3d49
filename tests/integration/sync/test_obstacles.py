"""What is in the way of a sync: it is sent again, or left to the next cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.sync.batches import add_all, records
from tests.integration.sync.conftest import FIRST_CYCLE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_a_call_held_back_by_the_rolling_day_is_sent_again_in_time(bench: Bench) -> None:
    """Up to fifteen minutes early: the message comes back when the day allows the call."""
    bench.add(calls=(NOON - 3, NOON - 2, NOON - 1, NOON - DAY + 600))

    assert bench.sync(1) == []
    assert (bench.queued(), bench.provider.calls) == (1, [])


def test_what_is_in_the_way_for_minutes_only_costs_no_cycle(bench: Bench) -> None:
    """An obstacle that ends within fifteen minutes is waited for."""
    names = add_all(
        bench,
        [
            {"lease": "other", "lease_until": NOON + 100},
            {"live_until": NOON + 600},
            {"rate_limited_until": NOON + 900},
            {"calls": (4, 3, 2, NOON - DAY + 900)},
        ],
    )

    assert bench.sync(1, *names) == []
    assert (bench.queued(), bench.provider.calls) == (4, [])


def test_what_is_in_the_way_for_long_is_left_to_the_next_cycle(bench: Bench) -> None:
    """A message that has nothing to wait for is done with."""
    names = add_all(
        bench,
        [
            {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED},
            {"auto_sync": False},
            {"credentials_version": 0},
            {"last_cycle": FIRST_CYCLE + 1},
            {"rate_limited_until": NOON + 901},
            {"calls": (4, 3, 2, NOON - DAY + 901)},
        ],
    )

    assert bench.sync(1, *names) == []
    assert (bench.queued(), bench.provider.calls) == (0, [])


def test_a_held_message_that_cannot_be_sent_comes_back_by_itself(bench: Bench) -> None:
    """A queue out of reach loses nothing, and the rest of the batch stands."""
    bench.add(connection_id="con_held", live_until=NOON + 60)
    bench.add(connection_id="con_1")
    stumble(bench.worker.batch.queue._client, "send_message", refusal("ServiceUnavailable"))

    assert bench.sync(1, "con_held", "con_1") == ["m0"]
    assert bench.now("con_1").last_success_at == NOON


def test_what_was_not_begun_before_the_deadline_is_sent_anew(bench: Bench) -> None:
    """Lateness is no failure: the message does not wear out towards the dead-letter queue."""
    bench.add()
    message = to_body(SyncMessage("con_1", FIRST_CYCLE))

    assert bench.worker.handle(records(message), "run", bench.clock()) == []
    assert (bench.queued(), bench.provider.calls, bench.now().calls) == (1, [], (0, 0, 0, 0))


def test_an_item_that_no_rule_explains_is_dead_lettered_not_sent_in_circles(bench: Bench) -> None:
    """A claim refused without an obstacle is a broken item: it needs a person, not a loop."""
    bench.add()
    bench.client.update_item(
        TableName=bench.connections.table,
        Key={"connection_id": {"S": "con_1"}},
        UpdateExpression="REMOVE calls",
    )

    assert bench.sync(1) == ["m0"]
    assert bench.queued() == 0

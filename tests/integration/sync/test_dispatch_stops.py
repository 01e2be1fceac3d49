"""Dispatch that fails, is stopped, hurries or meets another: nothing is lost, little sent twice."""

from __future__ import annotations

from typing import Any

import pytest

from relink.backoff import TRIES
from relink.queues import Refused
from relink.schedule import MINUTE, SLOTS, minute_of
from sync.watermark import NAME
from tests.fakes import NOON
from tests.integration.sync.minutes import CYCLE, Minutes
from tests.stumbling import refusal, stumble, twice


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

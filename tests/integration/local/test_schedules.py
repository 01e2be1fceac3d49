"""A schedule's run that fails is repeated as Lambda repeats asynchronous invocations."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.functions.warm_function import Outcome
from infra.local.simulated_clock import SimulatedClock
from infra.local.triggers.schedule_expressions import parse
from infra.local.triggers.schedules import FiringSchedule, ScheduleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Failing:
    """A function that fails a number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.events: list[Any] = []

    def invoke(self, event: Any) -> Outcome:
        """Fail or succeed."""
        self.events.append(event)
        failed = len(self.events) <= self.failures
        return Outcome("id", error={"errorType": "X"} if failed else None)


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[SimulatedClock]:
    """Return a clock in a file."""
    clock = SimulatedClock(tmp_path / "clock")
    yield clock
    clock.close()


def wait_for(events: list[Any], count: int) -> None:
    """Wait until there are as many events."""
    deadline = time.monotonic() + 60
    while len(events) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert count == len(events)


def schedule(
    clock: SimulatedClock, function: Failing, stop: threading.Event, retries: int = 2
) -> FiringSchedule:
    """Return a running daily schedule."""
    text = '{"n": "<aws.scheduler.attempt-number>", "id": "<aws.scheduler.execution-id>"}'
    settings = ScheduleSettings("Daily", parse("rate(1 day)", clock.now()), text, retries)
    firing = FiringSchedule(settings, function, clock, stop)
    firing.start()
    return firing


def test_failed_run_is_repeated_after_one_and_two_minutes(clock: SimulatedClock) -> None:
    """The attempts share an execution id and count up; success ends them."""
    function, stop = Failing(2), threading.Event()
    firing = schedule(clock, function, stop)
    for attempt, pause in enumerate([60, 120, 0], start=1):
        wait_for(function.events, attempt)
        time.sleep(0.5)  # it looks at the clock before it waits
        clock.advance(pause)
    time.sleep(0.5)
    assert ["1", "2", "3"] == [event["n"] for event in function.events]
    assert 1 == len({event["id"] for event in function.events})
    assert firing.idle_since(0)
    stop.set()
    firing.close()


def test_without_retries_a_failed_run_waits_for_the_next(clock: SimulatedClock) -> None:
    """What the template forbids is not done."""
    function, stop = Failing(9), threading.Event()
    firing = schedule(clock, function, stop, retries=0)
    wait_for(function.events, 1)
    clock.advance(600)
    time.sleep(0.1)
    assert 1 == len(function.events)
    clock.advance(86_400)
    wait_for(function.events, 2)
    stop.set()
    firing.close()


def test_event_without_input_is_the_schedulers_own(clock: SimulatedClock) -> None:
    """A function that ignores its event gets one anyway."""
    function = Failing(0)
    settings = ScheduleSettings("Daily", parse("rate(1 day)", clock.now()))
    FiringSchedule(settings, function, clock, threading.Event()).fire(0.0)
    (event,) = function.events
    assert ("aws.scheduler", "1970-01-01T00:00:00Z") == (event["source"], event["time"])

"""Nothing outlives its stack: what a thread did later would meet closed files, or another's AWS."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.functions.warm_function import Outcome
from infra.local.simulated_clock import SimulatedClock
from infra.local.triggers import repeated_look
from infra.local.triggers.repeated_look import RepeatedLook, StillAtWork
from infra.local.triggers.schedule_expressions import parse
from infra.local.triggers.schedules import FiringSchedule, ScheduleSettings

if TYPE_CHECKING:
    from pathlib import Path


class Slow:
    """A function, or a look, that goes on for a moment after the stack has been stopped."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.begun = threading.Event()
        self.ended = False

    def invoke(self, _event: Any) -> Outcome:
        """Be at work when the stack stops."""
        self.look()
        return Outcome("id", error={"errorType": "X"})

    def look(self) -> bool:
        """Be at work when the stack stops."""
        self.begun.set()
        self.stop.wait()
        time.sleep(0.2)
        self.ended = True
        return False


def test_a_look_that_is_at_work_is_waited_for() -> None:
    """It ends by itself, soon."""
    stop = threading.Event()
    slow = Slow(stop)
    look = RepeatedLook("look", slow.look, stop)
    look.start()
    slow.begun.wait()
    stop.set()
    look.join()

    assert slow.ended


def test_a_run_that_a_schedule_has_begun_is_waited_for(tmp_path: Path) -> None:
    """And not repeated, though it failed."""
    clock, stop = SimulatedClock(tmp_path / "clock"), threading.Event()
    slow = Slow(stop)
    settings = ScheduleSettings("Daily", parse("rate(1 day)", clock.now()))
    firing = FiringSchedule(settings, slow, clock, stop)
    firing.start()
    slow.begun.wait()
    stop.set()
    firing.close()
    clock.close()

    assert slow.ended


def test_a_thread_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence would let it do its work in the midst of the next stack's."""
    monkeypatch.setattr(repeated_look, "ENDING", 0.05)
    stop, never = threading.Event(), threading.Event()
    slow = Slow(never)
    look = RepeatedLook("looks for ever", slow.look, stop)
    look.start()
    slow.begun.wait()
    stop.set()
    with pytest.raises(StillAtWork, match="looks for ever"):
        look.join()
    never.set()

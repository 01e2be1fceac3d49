"""Fire the template's schedules in the stack's time, and retry what they start.

After time was advanced each schedule fires once, for the latest moment that has come: the work of
the missed ones is for the function to catch up with, as after an outage of the scheduler.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from infra.local.clients import ACCOUNT, REGION
from infra.local.triggers.repeated_look import joined

if TYPE_CHECKING:
    from infra.local.functions.warm_function import Outcome
    from infra.local.simulated_clock import SimulatedClock
    from infra.local.triggers.schedule_expressions import Expression

RETRY_PAUSES = (60.0, 120.0)
"""Lambda waits a minute and then two before it repeats an asynchronous invocation."""

log = logging.getLogger(__name__)


class Invocable(Protocol):
    """A function, as far as a schedule knows it."""

    def invoke(self, event: Any) -> Outcome:
        """Run it once and return how it ended."""


@dataclass(frozen=True)
class ScheduleSettings:
    """What the template says about a schedule; `retries` is how often a failed run is repeated."""

    name: str
    expression: Expression
    input: str | None = None
    retries: int = 2


class FiringSchedule:
    """One schedule and the thread that fires it."""

    def __init__(
        self,
        settings: ScheduleSettings,
        function: Invocable,
        clock: SimulatedClock,
        stop: threading.Event,
    ) -> None:
        self.settings = settings
        self.function = function
        self._clock = clock
        self._stop = stop
        self._next = settings.expression.next_after(clock.now() - 1)
        self._running = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=settings.name, daemon=True)
        self._deliveries: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to fire."""
        self._thread.start()

    def close(self) -> None:
        """Wait for the thread to notice that the stack stops, and for what it has begun."""
        joined(self._thread)
        for delivery in self._deliveries:
            joined(delivery)

    def hurry(self) -> None:
        """Do nothing: it fires at its moment."""

    def idle_since(self, _moment: float) -> bool:
        """Return whether nothing that is due is unfired or under way."""
        with self._lock:
            due = self._next is not None and self._next <= self._clock.now()
            return not due and not self._running

    def fire(self, scheduled: float) -> Outcome:
        """Invoke the function once, as the schedule does for the given moment."""
        return self.function.invoke(self._event(scheduled, str(uuid.uuid4()), 1))

    def _run(self) -> None:
        while self._next is not None and self._clock.wait_until(self._next, self._stop):
            with self._lock:
                scheduled = self._latest(self._next)
                self._next = self.settings.expression.next_after(scheduled)
                self._running += 1
            self._begin(scheduled)

    def _begin(self, scheduled: float) -> None:
        delivery = threading.Thread(
            target=self._deliver, args=(scheduled,), name=self.settings.name, daemon=True
        )
        delivery.start()
        self._deliveries = [t for t in self._deliveries if t.is_alive()] + [delivery]

    def _latest(self, moment: float) -> float:
        while (following := self.settings.expression.next_after(moment)) is not None:
            if following > self._clock.now():
                break
            moment = following
        return moment

    def _deliver(self, scheduled: float) -> None:
        execution = str(uuid.uuid4())
        pauses = RETRY_PAUSES[: self.settings.retries]
        for attempt, pause in enumerate([*pauses, None], start=1):
            outcome = self.function.invoke(self._event(scheduled, execution, attempt))
            self._count(-1)
            if not outcome.failed:
                return
            log.warning("%s failed at attempt %s", self.settings.name, attempt)
            if pause is None or not self._clock.wait_until(self._clock.now() + pause, self._stop):
                return
            self._count(1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._running += change

    def _event(self, scheduled: float, execution: str, attempt: int) -> Any:
        moment = dt.datetime.fromtimestamp(scheduled, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{self.settings.name}"
        if self.settings.input is None:
            return {
                "version": "0",
                "id": execution,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": moment,
                "region": REGION,
                "resources": [arn],
                "detail": "{}",
            }
        text = self.settings.input
        for name, value in (
            ("scheduled-time", moment),
            ("schedule-arn", arn),
            ("execution-id", execution),
            ("attempt-number", str(attempt)),
        ):
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return json.loads(text)

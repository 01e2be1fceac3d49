"""The clock: each minute, queue the connections whose slot has come.

One run works at a time, page by page of the index, and writes down how far it has come: time that
is over, or a crash, costs a page that is sent again at most, and the claim lets each connection
through once a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relink import clock, environment, schedule
from relink.queues import Queue, SyncMessage
from sync.slots import PAGE, Slots
from sync.watermark import Overtaken, Position, Watermark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.client import DynamoDBClient

MARGIN_MS = 10_000
BEHIND = 30
"""Minutes behind the clock of which operators hear."""
SENDERS = 16
logger = Logger(service="dispatch")


@dataclass(frozen=True)
class Environment:
    """What the function is told."""

    connections_table: str
    state_table: str
    sync_queue_url: str


@dataclass(frozen=True, slots=True)
class Step:
    """Some messages of one minute, and the position that they lead to."""

    messages: tuple[SyncMessage, ...]
    position: Position
    whole: bool


class Dispatch:
    """Slots to queue messages; `page` is how many connections are looked at at once."""

    def __init__(
        self, client: DynamoDBClient, queue: Queue, told: Environment, page: int = PAGE
    ) -> None:
        self._client = client
        self._queue = queue
        self._told = told
        self._page = page

    def run(self, now: int, hurry: Callable[[], bool], name: str, until: int) -> dict[str, int]:
        """Queue what is due up to `now`; stop early when `hurry` says so, and go on next time.

        `name` is this run's alone, and until `until` it may be at work; while another one is, this
        one does nothing.
        """
        watermark = Watermark(self._client, self._told.state_table, name)
        begun = watermark.take(now, until)
        if begun is None:
            logger.warning("another run is at work")
            return {"minutes": 0, "sent": 0}
        run = _Run(begun)
        try:
            self._go_on(run, watermark, now, hurry)
        except Overtaken:
            logger.warning("overtaken by another run")
        finally:
            run.let_go(watermark)
        run.tell(now)
        return {"minutes": run.minutes, "sent": run.sent}

    def _go_on(self, run: _Run, watermark: Watermark, now: int, hurry: Callable[[], bool]) -> None:
        unsaved = 0
        for step in self._steps(run.reached, now):
            if hurry():
                return
            unsaved += self._queue.send_all(step.messages, width=SENDERS)
            run.takes(step)
            if unsaved >= self._page:
                watermark.keep(run.reached)
                unsaved = 0

    def _steps(self, begun: Position, now: int) -> Iterator[Step]:
        """Yield what is to be sent, oldest first; each step is read when it is asked for."""
        table, state = self._told.connections_table, self._told.state_table
        slots = Slots(self._client, table, state, now, self._page)
        for due in schedule.due_since(begun.minute, now):
            for page in slots.pages(due.slot, begun.after_in(due.minute)):
                position = Position(due.minute - 1, page.last)
                if page.whole:
                    position = Position(due.minute)
                messages = tuple(SyncMessage(name, due.cycle) for name in page.due)
                yield Step(messages, position, page.whole)


@dataclass
class _Run:
    """How far one run has come."""

    reached: Position
    minutes: int = 0
    sent: int = 0

    def takes(self, step: Step) -> None:
        """Note that a step's messages are on the queue."""
        self.reached = step.position
        self.minutes += step.whole
        self.sent += len(step.messages)

    def let_go(self, watermark: Watermark) -> None:
        """Store how far the run has come, unless another one has gone on from there."""
        try:
            watermark.let_go(self.reached)
        except Overtaken:
            logger.warning("watermark was overtaken", minute=self.reached.minute)

    def tell(self, now: int) -> None:
        """Log how far behind the clock the run has ended, if that is far: an alarm tells."""
        behind = 0 if self.reached.minute is None else schedule.minute_of(now) - self.reached.minute
        if behind > BEHIND:
            logger.warning("dispatch behind", minutes=behind)


@cache
def bootstrap() -> Dispatch:
    """Return the dispatcher on real AWS clients, their pools as wide as the threads."""
    told = environment.read(Environment)
    config = Config(
        max_pool_connections=SENDERS,
        retries={"mode": "standard"},
        connect_timeout=3,
        read_timeout=15,
        user_agent=f"Boto3/{boto3.__version__} relink",  # botocore's costs 0.2 ms a request
    )
    queue = Queue(boto3.client("sqs", config=config), told.sync_queue_url)
    return Dispatch(boto3.client("dynamodb", config=config), queue, told)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Dispatch once; the scheduler's event says nothing that the clock does not."""
    del event
    now = clock.now()
    done = bootstrap().run(
        now,
        lambda: context.get_remaining_time_in_millis() < MARGIN_MS,
        context.aws_request_id,
        now + context.get_remaining_time_in_millis() // 1000,
    )
    if done["sent"]:
        logger.info("dispatched", extra=done)
    return done

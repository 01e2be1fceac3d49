"""The deployed functions between AWS, banks and owners; what fails comes again as from AWS."""

from __future__ import annotations

import copy
import io
import logging
import os
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import urllib3

import relink.backoff
import relink.providers
from infra.in_process import HANDLERS, context, forget, one_at_a_time
from infra.sam.template import QueueSource
from relink import clock
from sync import dispatch, worker
from tests.crash.bank import Bank
from tests.crash.outside import Message, Outside
from tests.crash.wire import Stopped, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.crash.engines import Engine

STREAM_PAUSE = 2
GIVEN_UP = 400


class World(Outside):
    """Everything, at one moment; `restored` goes back to a moment."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        super().__init__(engine, wire)
        self.bank = self._new_bank()
        self._sources = {t.queue: (name, t) for name, t in self.triggers(QueueSource)}

    def _new_bank(self, **facts: Any) -> Bank:
        made = Bank(self.wire, lambda: self.now, red_at=self._red, **facts)
        made.memory = self.state.memory
        return made

    def with_bank(self, **facts: Any) -> None:
        """Have a bank with these facts changed."""
        self.bank = self._new_bank(**facts)

    def advance(self, seconds: int) -> None:
        """Let time pass, and nothing else."""
        self.state.now += seconds

    def saved(self) -> Any:
        """Return this moment."""
        return self.engine.save(), copy.deepcopy(self.state)

    def restored(self, moment: Any) -> None:
        """Go back to a moment, with a process that has just started."""
        stored, state = moment
        self.engine.restore(stored)
        self.state = copy.deepcopy(state)
        self.bank.memory = self.state.memory
        forget()

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Have a function handle an event, and another process too if that is what happens."""
        self.wire.twin = partial(self._at_the_same_time, function, copy.deepcopy(dict(event)))
        return self._invoke(function, event)

    def fire(self, function: str) -> None:
        """Let a schedule fire; what fails is not repeated, the next minute comes."""
        with suppress(Exception, Stopped):
            self.invoke(function, {"detail-type": "Scheduled Event"})
        self.revive()

    def settle(self, seconds: int = 3600) -> None:
        """Deliver what comes due within so many seconds, until nothing is left to deliver."""
        end = self.now + seconds
        for _ in range(GIVEN_UP):
            due = self._next_due()
            if due is None or due > end:
                return
            self.state.now = max(self.now, due)
            self._deliver_next()
        raise AssertionError("messages without end")

    def settle_until(self, moment: int) -> None:
        """Deliver what comes due until then, and let the time come."""
        self.settle(max(moment - self.now, 0))
        self.state.now = max(self.now, moment)

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        self.state.invocations += 1
        with self.environment(function), redirect_stdout(io.StringIO()):
            return HANDLERS[function](dict(event), context(self.state.invocations))

    @contextmanager
    def environment(self, function: str) -> Iterator[None]:
        """Tell the process what a function is told."""
        with patch.dict(os.environ, self.engine.environment(function)):
            yield

    def _at_the_same_time(self, function: str, event: dict[str, Any]) -> None:
        """Handle what is being handled, in a process of its own."""
        forget()
        with suppress(Exception):
            self._invoke(function, event)
        forget()

    def revive(self) -> None:
        """Let a new process run, if the one before it was stopped."""
        if self.wire.stopped:
            self.wire.restart()
            forget()

    def _next_due(self) -> int | None:
        times = [m.due for m in self.state.messages]
        if self.state.records:
            times.append(self.state.records_due)
        return min(times, default=None)

    def _deliver_next(self) -> None:
        if self.state.records and self.state.records_due <= self.now:
            self._deliver_records()
            return
        message = min(self.state.messages, key=lambda m: m.due)
        self.state.messages.remove(message)
        self._deliver(message)

    def _deliver(self, message: Message) -> None:
        """Hand a message over; what is not done comes again when it is visible again."""
        function, source = self._sources[message.queue]
        message.receives += 1
        record = {
            "messageId": message.name,
            "body": message.body,
            "eventSource": "aws:sqs",
            "attributes": {"ApproximateReceiveCount": f"{message.receives}"},
        }
        try:
            answer = self.invoke(function, {"Records": [record]})
            done = not (answer or {}).get("batchItemFailures")
        except (Exception, Stopped):  # noqa: BLE001 - as the queue sees it
            done = False
        self.revive()
        if not done:
            self._give_back(message, source)

    def _give_back(self, message: Message, source: QueueSource) -> None:
        queue = self.engine.template.queues()[source.queue]
        if message.receives >= (queue.maximum_receives or GIVEN_UP):
            self.state.dead.append(f"{message.queue}: {message.body}")
            return
        message.due = self.now + queue.visibility_timeout
        self.state.messages.append(message)

    def _deliver_records(self) -> None:
        """Hand the stream's records over in their order, from the first that is not done on."""
        function, source = self.stream
        batch = self.state.records[: source.batch_size]
        try:
            answer = self.invoke(function, {"Records": batch})
            failed = [f["itemIdentifier"] for f in (answer or {}).get("batchItemFailures", ())]
        except (Exception, Stopped):  # noqa: BLE001 - as the stream sees it
            failed = [batch[0]["dynamodb"]["SequenceNumber"]]
        self.revive()
        numbers = [r["dynamodb"]["SequenceNumber"] for r in batch]
        done = min((numbers.index(f) for f in failed), default=len(batch))
        del self.state.records[:done]
        self.state.records_due = self.now + STREAM_PAUSE

    def _red(self, own_id: str) -> bool:
        found = self.connection(own_id)
        return found is not None and found.status.value == "red"


@contextmanager
def opened(engine: Engine) -> Iterator[World]:
    """Give a world on an engine; nothing of it stays."""
    wire = Wire()
    world = World(engine, wire)

    def load(*_: object) -> Bank:
        return world.bank

    with ExitStack() as stack:
        for place, name, new in (
            (clock, "now", lambda: world.now),
            (worker, "load", load),
            (relink.providers, "load", load),
            (worker, "bootstrap", cache(one_at_a_time)),
            (dispatch, "SENDERS", 1),
            (relink.backoff, "time", SimpleNamespace(sleep=lambda _: None)),
            (boto3, "client", engine.made_once),
            (urllib3, "PoolManager", lambda **_: _PushServices(world)),
        ):
            stack.enter_context(patch.object(place, name, new))
        stack.enter_context(wire.laid())
        stack.callback(forget)
        stack.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.CRITICAL)
        yield world


@dataclass
class _PushServices:
    """The push services, which take everything."""

    world: World

    def request(self, method: str, endpoint: str, **_: object) -> Any:
        """Take a push."""

        def take() -> Any:
            self.world.state.pushes.append(endpoint)
            return SimpleNamespace(status=201, headers={}, close=lambda: None)

        return self.world.wire.cross("push", method, take)

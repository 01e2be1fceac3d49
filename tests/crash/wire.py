"""All that leaves the process: each call to AWS and to a bank is met here, and may go wrong.

Nothing is listed by hand: what botocore sends is met where all its clients send, what is sent to
a bank where the adapter stands.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

from tests.stumbling import refusal, transaction_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
BUSY = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
"""Calls that may meet a transaction on the same item."""

ONCE = frozenset({"sesv2.SendEmail", "dynamodb.TransactWriteItems"})
"""What no client repeats: it was told not to, or AWS knows the request again by its token."""


class Stopped(BaseException):
    """The process stops: nothing of ours runs any more, `except` and `finally` reach nothing."""


class Fault(StrEnum):
    """What may happen at a call."""

    STOP_BEFORE = "stopped before"
    STOP_AFTER = "stopped after"
    THROTTLED = "throttled"
    UNANSWERED = "made, and the answer lost"
    REPEATED = "made twice by the client"
    CONFLICT = "a transaction in the way"
    TWIN = "the same event handled by another process at that moment"


@dataclass(frozen=True, slots=True)
class Point:
    """A call of an undisturbed run: its number there, who is called, and for what."""

    number: int
    service: str
    operation: str

    @property
    def name(self) -> str:
        """Return what is called."""
        return f"{self.service}.{self.operation}"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what may happen there."""
        stops = (Fault.STOP_BEFORE, Fault.STOP_AFTER)
        if self.service in {"bank", "push"}:
            return (*stops, Fault.TWIN)
        found = [*stops, Fault.THROTTLED, Fault.UNANSWERED, Fault.TWIN]
        if self.name not in ONCE:
            found.append(Fault.REPEATED)
        if self.operation in BUSY:
            found.append(Fault.CONFLICT)
        return tuple(found)


@dataclass
class Wire:
    """The calls of a run, and the one that goes wrong.

    `watch` is told of each write to AWS by what it returns before it; what that returns is called
    after it. `twin` handles once more what is being handled.
    """

    crossed: list[Point] = field(default_factory=list)
    at: int = 0
    fault: Fault | None = None
    reached: bool = False
    stopped: bool = False
    twin: Callable[[], None] = lambda: None
    watch: Callable[[str, str, dict[str, Any]], Callable[[Any], None]] = lambda *_: lambda _: None
    _quiet: threading.local = field(default_factory=threading.local)

    def expect(self, number: int = 0, fault: Fault | None = None) -> None:
        """Begin a run in which this happens at the call of that number, counted from 1."""
        self.crossed, self.at, self.fault = [], number, fault
        self.reached = self.stopped = False

    def restart(self) -> None:
        """Let a new process run."""
        self.stopped = False

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Let the test itself call AWS."""
        before = getattr(self._quiet, "on", False)
        self._quiet.on = True
        try:
            yield
        finally:
            self._quiet.on = before

    @contextmanager
    def laid(self) -> Iterator[None]:
        """Meet all calls to AWS."""
        real = BaseClient._make_api_call  # type: ignore[attr-defined] # it has no other such place

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            def send() -> Any:
                return real(client, operation, arguments)

            if getattr(self._quiet, "on", False):
                return send()
            service = client.meta.service_model.service_name

            def noted() -> Any:
                note = self.watch(service, operation, arguments)
                answer = send()
                note(answer)
                return answer

            return self.cross(service, operation, noted)

        with patch.object(BaseClient, "_make_api_call", call):
            yield

    def cross(self, service: str, operation: str, send: Callable[[], Any]) -> Any:
        """Make a call, or what becomes of it."""
        if self.stopped:
            raise Stopped
        self.crossed.append(Point(len(self.crossed) + 1, service, operation))
        if self.fault is None or self.reached or len(self.crossed) != self.at:
            return send()
        self.reached = True
        return self._gone_wrong(self.fault, send)

    def _gone_wrong(self, fault: Fault, send: Callable[[], Any]) -> Any:
        match fault:
            case Fault.STOP_BEFORE:
                return self._stop()
            case Fault.STOP_AFTER:
                send()
                return self._stop()
            case Fault.THROTTLED:
                raise refusal("ThrottlingException")
            case Fault.UNANSWERED:
                send()
                raise ReadTimeoutError(endpoint_url="https://aws.example")
            case Fault.REPEATED:
                send()
                return send()
            case Fault.CONFLICT if self.crossed[-1].operation == "TransactWriteItems":
                raise transaction_conflict()
            case Fault.CONFLICT:
                raise refusal("TransactionConflictException")
            case Fault.TWIN:
                self.twin()
                return send()

    def _stop(self) -> Any:
        self.stopped = True
        raise Stopped

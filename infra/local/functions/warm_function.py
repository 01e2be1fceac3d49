"""A function of the template, kept warm in processes of its own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.functions.warm_process import FunctionFailedError, FunctionSettings, WarmProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.processes.lifeline import Lifeline
    from infra.local.simulated_clock import SimulatedClock


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: the handler's result, or Lambda's description of the error."""

    request_id: str
    result: Any = None
    error: dict[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """Return whether the function failed, timed out or crashed."""
        return self.error is not None


@dataclass
class WarmFunction:
    """A function that can be invoked from many threads, each in a process of its own."""

    settings: FunctionSettings
    lifeline: Lifeline
    clock: SimulatedClock
    log: Path
    in_flight: int = 0
    invocations: int = 0
    _idle: list[WarmProcess] = field(default_factory=list)
    _all: set[WarmProcess] = field(default_factory=set)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._slots = threading.Semaphore(self.settings.width)
        self.log.touch()

    def invoke(self, event: Any) -> Outcome:
        """Invoke the function and return how it ended; nothing the handler does raises here."""
        request_id = str(uuid.uuid4())
        with self._slots, self._counted():
            try:
                process = self._take()
            except FunctionFailedError as error:
                return Outcome(request_id, error=_sandbox("Runtime.ExitError", request_id, error))
            if process.init_error is not None:
                self._end(process)
                return Outcome(request_id, error=process.init_error)
            return self._call(process, request_id, event)

    def warm_up(self) -> None:
        """Start a process now, so that the first invocation finds the handler imported.

        Raise FunctionFailedError if it cannot be imported.
        """
        process = self._take()
        if process.init_error is not None:
            self._end(process)
            raise FunctionFailedError(f"{self.settings.name}: {process.init_error['errorMessage']}")
        self._put_back(process)

    def logs(self) -> str:
        """Return everything that the function has written to standard output and error."""
        return self.log.read_text(errors="replace")

    def _call(self, process: WarmProcess, request_id: str, event: Any) -> Outcome:
        limit = self.settings.timeout
        message = {
            "event": event,
            "offset": self.clock.offset,
            "context": self._context(request_id, time.time() + limit),
        }
        try:
            answer = process.call(message, limit)
        except TimeoutError:
            self._end(process)
            cause = f"Task timed out after {limit:.2f} seconds"
            return self._report(request_id, "Sandbox.Timedout", cause)
        except OSError:
            self._end(process)
            cause = f"Runtime exited with status {process.process.returncode}"
            return self._report(request_id, "Runtime.ExitError", cause)
        self._put_back(process)
        if "error" in answer:
            return Outcome(request_id, error=answer["error"])
        return Outcome(request_id, result=json.loads(answer["result"]))

    def _report(self, request_id: str, kind: str, cause: str) -> Outcome:
        with contextlib.suppress(FileNotFoundError), self.log.open("a") as log:
            print(f"{request_id} {cause}", file=log)  # the folder goes when the stack stops
        return Outcome(request_id, error=_sandbox(kind, request_id, cause))

    def _context(self, request_id: str, deadline: float) -> dict[str, Any]:
        return {
            "aws_request_id": request_id,
            "function_name": self.settings.name,
            "function_version": "$LATEST",
            "invoked_function_arn": self.settings.arn,
            "memory_limit_in_mb": str(self.settings.memory),
            "log_group_name": f"/aws/lambda/{self.settings.name}",
            "log_stream_name": "local",
            "deadline": deadline,
        }

    def _take(self) -> WarmProcess:
        with self._lock:
            if self._closed:
                raise FunctionFailedError("the stack is stopping")
            if self._idle:
                return self._idle.pop()
        process = WarmProcess(self.settings, self.lifeline, self.log)
        with self._lock:
            self._all.add(process)
        return process

    def _put_back(self, process: WarmProcess) -> None:
        with self._lock:
            self._idle.append(process)

    def _end(self, process: WarmProcess) -> None:
        process.end()
        with self._lock:
            self._all.discard(process)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.in_flight += 1
            self.invocations += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def close(self) -> None:
        """End all processes, also those at work."""
        with self._lock:
            self._closed = True
            processes = [*self._all]
        for process in processes:
            process.process.kill()
        for process in processes:
            self._end(process)


def _sandbox(kind: str, request_id: str, cause: object) -> dict[str, Any]:
    return {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {cause}"}

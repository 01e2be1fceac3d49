"""Run one handler the way Lambda's Python runtime does, one invocation after the other.

Started by `warm_function.py` as `function_process.py DESCRIPTOR HANDLER`: DESCRIPTOR is a socket on
which each line is one JSON message, HANDLER a dotted path such as `sync.worker.lambda_handler`.
The import root is in PYTHONPATH; standard output is the function's log.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any, Any], Any]


@dataclass
class LambdaContext:
    """What a handler gets as its second argument."""

    aws_request_id: str
    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left before the runtime kills this invocation."""
        return max(0, int((self.deadline - time.time()) * 1000))


class ShiftedClock:
    """The stack's time for code that asks `relink.clock`."""

    offset = 0.0

    def now(self) -> int:
        """Return the shifted time in whole epoch seconds, as `relink.clock.now` returns it."""
        return int(time.time() + self.offset)

    def replace_the_real_one(self) -> None:
        """Put this clock in the place of the production one, if the code has one."""
        if importlib.util.find_spec("relink") is not None:
            importlib.import_module("relink.clock").now = self.now  # type: ignore[attr-defined]


def load(path: str) -> Handler:
    """Import the handler named by a dotted path."""
    module, _, name = path.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def describe(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """Return an exception in the form in which Lambda reports it, and log it as Lambda does."""
    stack = traceback.format_exception(error)
    print(f"[ERROR] {type(error).__name__}: {error}", *stack, sep="\n")
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": stack,
    }


def invoke(handler: Handler, message: dict[str, Any]) -> dict[str, Any]:
    """Call the handler once; the answer holds `result` (JSON text) or `error`."""
    context = LambdaContext(**message["context"])
    request_id = context.aws_request_id
    print(f"START RequestId: {request_id} Version: {context.function_version}")
    started = time.perf_counter()
    try:
        answer = {"result": json.dumps(handler(message["event"], context))}
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is its result
        answer = {"error": describe(error, request_id)}  # type: ignore[dict-item]
    took = (time.perf_counter() - started) * 1000
    print(f"END RequestId: {request_id}\nREPORT RequestId: {request_id} Duration: {took:.2f} ms")
    return answer


def log_like_lambda() -> None:
    """Send what libraries log to standard output, as the runtime's root handler does."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(name)s\t%(message)s"))
    logging.getLogger().addHandler(handler)


def main() -> None:
    """Import the handler, report, and serve until the socket is closed."""
    _, descriptor, path = sys.argv
    os.environ.pop("PYTHONPATH", None)
    log_like_lambda()
    clock = ShiftedClock()
    with socket.socket(fileno=int(descriptor)) as connection, connection.makefile("rw") as lines:
        try:
            clock.replace_the_real_one()
            handler = load(path)
        except Exception as error:  # noqa: BLE001 - reported as Lambda reports a broken package
            print(json.dumps({"error": describe(error)}), file=lines, flush=True)
            sys.exit(1)
        print("{}", file=lines, flush=True)
        for line in lines:
            message = json.loads(line)
            clock.offset = message["offset"]
            print(json.dumps(invoke(handler, message)), file=lines, flush=True)


if __name__ == "__main__":
    main()

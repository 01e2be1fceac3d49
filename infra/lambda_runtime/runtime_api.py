"""Lambda's Runtime API on loopback: hands events to a runtime client and takes its answers.

As https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html describes it, and the two routes
of SnapStart, which wait neither for a snapshot nor for a restore.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

VERSION: Final = "/2018-06-01/runtime/"


@dataclass(frozen=True)
class Answer:
    """What a function returned, or how it failed in Lambda's words."""

    result: Any = None
    error: dict[str, Any] | None = None


class RuntimeApi:
    """One function's Runtime API; `invoke` is what Lambda does with an event."""

    def __init__(self, timeout: float = 60.0, arn: str = "arn:aws:lambda:local") -> None:
        self.ready = threading.Event()
        """Set when the client asks for its first event, so that its init is over, or has failed."""
        self.init_error: dict[str, Any] | None = None
        self.restored = False
        """Whether the client has asked to be restored from a snapshot."""
        self._timeout = timeout
        self._arn = arn
        self._events: queue.SimpleQueue[tuple[str, bytes] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _routes_to(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        """Return what the client finds in AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Send the client away and stop listening."""
        self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def invoke(self, event: Any) -> Answer:
        """Hand in an event and return its answer. Raise TimeoutError if none comes in time."""
        request_id = str(uuid.uuid4())
        self._events.put((request_id, json.dumps(event).encode()))
        try:
            answered, answer = self._answers.get(timeout=self._timeout)
        except queue.Empty:
            raise TimeoutError(f"no answer after {self._timeout} seconds") from None
        if answered != request_id:
            raise ValueError("an answer to another request")
        return answer

    def next_event(self) -> tuple[dict[str, str], bytes] | None:
        """Return headers and body of the next event, once there is one; None at the end."""
        self.ready.set()
        event = self._events.get()
        if event is None:
            return None
        request_id, body = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        return headers, body

    def take(self, path: str, body: bytes) -> bool:
        """Take what the client posts; return whether there is such a path."""
        match path.removeprefix(VERSION).split("/"):
            case ["invocation", request_id, "response"]:
                self._answers.put((request_id, Answer(result=json.loads(body or b"null"))))
            case ["invocation", request_id, "error"]:
                self._answers.put((request_id, Answer(error=json.loads(body))))
            case ["init" | "restore", "error"]:
                self.init_error = json.loads(body)
                self.ready.set()
            case _:
                return False
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let clients go that are killed while they wait: that is how they are measured."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _routes_to(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Routes(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == f"{VERSION}restore/next":
                api.restored = True
                self._answer(200, {}, b"{}")
            elif self.path == f"{VERSION}invocation/next" and (given := api.next_event()):
                self._answer(200, *given)
            else:
                self._answer(410, {}, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(202 if api.take(self.path, body) else 404, {}, b"{}")

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            del format, args

    return Routes

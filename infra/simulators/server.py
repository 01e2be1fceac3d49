"""Threads and sockets: serves the simulators on one loopback port."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from infra.simulators.exchange import BadRequestError, Delivery, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.simulators.world import World

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 1_000_000
PIECES = 50  # of a trickle
METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds


class Service(Protocol):
    """What is mounted below a path prefix."""

    prefix: str
    latent: bool  # whether the world's latency holds for it

    def answer(self, request: Request) -> Reply:
        """Answer a request whose path has lost the prefix."""


@dataclass
class Traffic:
    """How many requests are being answered, and how many at most at the same time."""

    now: int = 0
    peak: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a request while it is being answered."""
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        try:
            yield
        finally:
            with self._lock:
                self.now -= 1


class SimulatorServer(ThreadingHTTPServer):
    """An HTTP server on loopback, a thread a connection."""

    daemon_threads = True
    block_on_close = False  # a slow answer must not hold up the end of the process
    request_queue_size = 1_024

    def __init__(self, port: int, world: World) -> None:
        super().__init__((LOOPBACK, port), _Exchange)
        self.world = world
        self.traffic = Traffic()
        self.services: list[Service] = []

    @property
    def base(self) -> str:
        """Return scheme, host and port."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def service_of(self, path: str) -> Service | None:
        """Return the service that a path belongs to."""
        for service in self.services:
            if path == service.prefix or path.startswith(service.prefix + "/"):
                return service
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that go away, everything about our own bugs."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving(server: SimulatorServer) -> Iterator[SimulatorServer]:
    """Serve in a thread of its own until the block is left."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Exchange(BaseHTTPRequestHandler):
    """Reads a request, has it answered, delivers the reply as the reply says."""

    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def _exchange(self) -> None:
        with self.server.traffic.one_more():
            reply, latency = self._answer()
            if reply.delivery is not Delivery.TRICKLE:
                time.sleep(latency + reply.seconds)
            self._deliver(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _exchange  # noqa: N815

    def _answer(self) -> tuple[Reply, float]:
        parts = urlsplit(self.path)
        service = self.server.service_of(parts.path)
        if service is None:
            return Reply.of_text("Not Found", HTTPStatus.NOT_FOUND), 0
        try:
            request = Request(
                method=self.command,
                path=parts.path.removeprefix(service.prefix) or "/",
                query=parse_qs(parts.query, keep_blank_values=True),
                headers=self.headers,
                body=self._body(),
                base=self.server.base,
            )
            reply = service.answer(request)
        except BadRequestError as error:
            reply = Reply.of_text(str(error), HTTPStatus.BAD_REQUEST)
        except _RefusedError as error:
            reply = Reply.of_text(error.status.phrase, error.status)
        except Exception:  # noqa: BLE001 - a bug here must show as itself, not as a dead bank
            traceback.print_exc()
            reply = Reply.of_text("bug in the simulator", HTTPStatus.INTERNAL_SERVER_ERROR)
        return reply, self.server.world.latency if service.latent else 0

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is None:
            if self.command in METHODS_WITH_BODY:
                self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return b""
        if not length.isascii() or not length.isdigit():
            self._refuse(HTTPStatus.BAD_REQUEST)
        if int(length) > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.rfile.read(int(length))

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True  # what follows on this connection cannot be told apart
        raise _RefusedError(status)

    def _deliver(self, reply: Reply) -> None:
        match reply.delivery:
            case Delivery.RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._drop()
            case Delivery.HANG_UP:
                self._drop()
            case Delivery.CUT:
                self._send(reply, reply.body[: len(reply.body) // 2])
                self._drop()
            case Delivery.TRICKLE:
                self._trickle(reply)
            case Delivery.WHOLE:
                self._send(reply, reply.body)

    def _send(self, reply: Reply, body: bytes) -> None:
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = ""
        self.send_response(reply.status, phrase)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _trickle(self, reply: Reply) -> None:
        self._send(reply, b"")
        size = max(len(reply.body) // PIECES, 1)
        for start in range(0, len(reply.body), size):
            time.sleep(reply.seconds * size / max(len(reply.body), 1))
            self.wfile.write(reply.body[start : start + size])

    def _drop(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        if self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def version_string(self) -> str:
        """Return what stands in the Server header."""
        return "simulator"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Log nothing: addresses here hold one-time tokens."""


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status

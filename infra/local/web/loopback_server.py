"""A small HTTP server on loopback that turns each request into one call of a function."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

from infra.local.processes.lifeline import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
DRAINED = 64 * 1024 * 1024
"""How much of a body that is too large is read, so that its sender gets to see the answer."""


@dataclass(frozen=True)
class Request:
    """What came in; header names are in lower case, repeated headers joined by a comma."""

    method: str
    path: str
    """As sent, still percent-encoded."""
    query: str
    headers: dict[str, str]
    body: bytes
    source_ip: str

    def parameters(self) -> dict[str, str]:
        """Return the query's and a form body's fields; the last of each name counts."""
        form = ""
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = self.body.decode(errors="replace")
        return dict(parse_qsl(f"{self.query}&{form}", keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """What goes out; Content-Length is added."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


class BodyTooLargeError(Exception):
    """The body is longer than the server takes."""


class LoopbackServer:
    """Serves until closed, a thread a connection."""

    def __init__(
        self, answer: Callable[[Request], Reply], port: int = 0, largest_body: int = 10_485_760
    ) -> None:
        handler = type("_Bound", (_Exchange,), {"answer": staticmethod(answer)})
        handler.largest_body = largest_body  # type: ignore[attr-defined]
        self._server = _Server((LOOPBACK, port), handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name=f"http-{self.port}", daemon=True
        )

    def start(self) -> Self:
        """Begin to answer; until then connections wait."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    answer: Callable[[Request], Reply]
    largest_body: int

    def _exchange(self) -> None:
        try:
            reply = self.answer(self._request())
        except BodyTooLargeError:
            self.close_connection = True
            reply = Reply(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b'{"message":"Request Entity Too Large"}'
            )
        except ValueError:
            self.close_connection = True
            reply = Reply(HTTPStatus.BAD_REQUEST, b'{"message":"Bad Request"}')
        except Exception:
            log.exception("no answer to %s", self.command)  # never the path: it may hold a token
            reply = Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b'{"message":"bug in the stack"}')
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _exchange  # noqa: N815
    do_OPTIONS = do_TRACE = do_QUERY = _exchange  # noqa: N815

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        return Request(
            self.command, parts.path, parts.query, headers, self._body(), self.client_address[0]
        )

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length > self.largest_body:
            left = min(length, DRAINED)
            while left > 0 and (part := self.rfile.read(min(left, 1 << 20))):
                left -= len(part)
            raise BodyTooLargeError
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        body = b""
        while length := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(length)
            self.rfile.readline()
            if len(body) > self.largest_body:
                raise BodyTooLargeError
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string())
        for name, value in reply.headers:
            self.send_header(name, value)
        bodiless = reply.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        has_body = not bodiless and self.command != "HEAD"
        if has_body:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name upstream
        """Say nothing: a path may hold a token."""

"""A push service on loopback (RFC 8030) with the browsers behind it, and what was pushed to them.

It takes what a real one takes and refuses what a real one refuses. A real one could not read what
it passes on; here its browsers do, so that the desk and the tests see it.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from infra.local.push.authorization import RefusedError, check
from infra.local.push.browser import Browser, UnreadableError
from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_BODY = 4096
URGENCIES = {"very-low", "low", "normal", "high"}
_PATH = re.compile(r"/push/([\w-]+)")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True)
class Push:
    """One accepted message."""

    number: int
    """Counts up from 1 in the order of arrival."""
    browser: Browser
    received_at: float
    """Epoch seconds of the stack's time."""
    ttl: int
    urgency: str
    topic: str
    contact: str
    """Whom the sender names to ask."""
    body: bytes = field(repr=False)
    said: dict[str, Any] = field(default_factory=dict)
    """What the browser reads in it; nothing if it cannot."""


class PushService:
    """Takes pushes for the browsers that have subscribed here."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._browsers: dict[str, Browser] = {}
        self._gone: set[str] = set()
        self._waiting: dict[str, list[Push]] = {}
        self._pushes: list[Push] = []
        self._refusals: list[tuple[int, int | None]] = []
        self._server = LoopbackServer(self._answer, largest_body=LARGEST_BODY).start()
        self.url = self._server.url

    def subscribe(self, key: str, label: str = "") -> Browser:
        """Return a new browser that lets the holder of a VAPID key push to it."""
        name = secrets.token_urlsafe(24)
        browser = Browser(f"{self.url}/push/{name}", key, label)
        with self._lock:
            self._browsers[name] = browser
        return browser

    def browsers(self) -> list[Browser]:
        """Return the browsers that are subscribed, oldest first."""
        with self._lock:
            return [b for name, b in self._browsers.items() if name not in self._gone]

    def unsubscribe(self, browser: Browser, *, forget: bool = False) -> None:
        """Let a browser's subscription be gone (410), or be as if it had never been (404)."""
        name = browser.endpoint.rpartition("/")[2]
        with self._lock:
            self._gone.add(name)
            self._waiting.pop(name, None)
            if forget:
                self._browsers.pop(name, None)

    def refuse(
        self,
        times: int = 1,
        status: int = HTTPStatus.TOO_MANY_REQUESTS,
        retry_after: int | None = None,
    ) -> None:
        """Answer the next messages with a status, and with when to come again, if that is given."""
        with self._lock:
            self._refusals += [(status, retry_after)] * times

    def pushes(self, browser: Browser | None = None) -> list[Push]:
        """Return what was accepted, oldest first, for everybody or for one browser."""
        with self._lock:
            return [p for p in self._pushes if browser is None or p.browser == browser]

    def collect(self, browser: Browser) -> list[Push]:
        """Let a browser come online: return what waits for it, which is then delivered."""
        name = browser.endpoint.rpartition("/")[2]
        with self._lock:
            waiting = self._waiting.pop(name, [])
        return [p for p in waiting if self._now() < p.received_at + p.ttl]

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        found = _PATH.fullmatch(request.path)
        with self._lock:
            browser = self._browsers.get(found[1]) if found else None
            gone = found is not None and found[1] in self._gone
            refusal = self._refusals.pop(0) if self._refusals else None
        if browser is None:
            return _problem(HTTPStatus.NOT_FOUND, "no such subscription")
        if gone:
            return _problem(HTTPStatus.GONE, "unsubscribed")
        if refusal:
            status, pause = refusal
            reply = _problem(HTTPStatus(status), "refused by the switch of the local push service")
            reply.headers.extend([("Retry-After", str(pause))] if pause is not None else [])
            return reply
        return self._take(browser, request)

    def _take(self, browser: Browser, request: Request) -> Reply:
        if trouble := _fault(request):
            return _problem(*trouble)
        if "authorization" not in request.headers:
            return _problem(HTTPStatus.UNAUTHORIZED, "no authorization")
        try:
            contact = check(request.headers["authorization"], browser.key, self.url, self._now())
        except RefusedError as error:
            return _problem(HTTPStatus.FORBIDDEN, str(error))
        self._keep(browser, request, contact)
        place = f"{self.url}/message/{secrets.token_urlsafe(16)}"
        return Reply(HTTPStatus.CREATED, headers=[("Location", place)])

    def _keep(self, browser: Browser, request: Request, contact: str) -> None:
        headers = request.headers
        name, topic = browser.endpoint.rpartition("/")[2], headers.get("topic", "")
        with self._lock:
            push = Push(
                number=len(self._pushes) + 1,
                browser=browser,
                received_at=self._now(),
                ttl=int(headers["ttl"]),
                urgency=headers.get("urgency", "normal"),
                topic=topic,
                contact=contact,
                body=request.body,
                said=_said(browser, request.body),
            )
            self._pushes.append(push)
            waiting = self._waiting.get(name, [])
            others = [p for p in waiting if not topic or p.topic != topic]
            self._waiting[name] = [*others, push]


def _fault(request: Request) -> tuple[HTTPStatus, str] | None:
    """Return what is wrong with a request, whoever sends it."""
    headers = request.headers
    ttl = headers.get("ttl", "")
    if request.method != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED, "only POST"
    if not (ttl.isascii() and ttl.isdigit()):
        return HTTPStatus.BAD_REQUEST, "no TTL"
    if headers.get("urgency", "normal") not in URGENCIES:
        return HTTPStatus.BAD_REQUEST, "urgency"
    if "topic" in headers and not _TOPIC.fullmatch(headers["topic"]):
        return HTTPStatus.BAD_REQUEST, "topic"
    if headers.get("content-encoding") != "aes128gcm":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content encoding"
    return None


def _said(browser: Browser, body: bytes) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(browser.read(body))
    except (UnreadableError, ValueError):
        return {}
    return said


def _problem(status: HTTPStatus, why: str) -> Reply:
    body = json.dumps({"message": why}).encode()
    return Reply(status, body, [("Content-Type", "application/json")])

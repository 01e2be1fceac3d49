"""The troubles that every HTTP service can have, whatever it speaks.

Some come instead of the answer (`instead`), some spoil a good answer on its way (`spoilt`).
"""

from __future__ import annotations

import gzip
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.simulators.exchange import Delivery, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.simulators.troubles import Trouble

MEGABYTE = 1_000_000
HOUR = 3_600

FAULTS = {
    "down": "503 with a short text, no Retry-After",
    "html": "403 with the block page of a proxy in front of the service (it is not the service's)",
    "html-challenge": "403 with a page that wants a browser to prove itself",
    "html-maintenance": "200 with a maintenance page where JSON is expected",
    "proxy-timeout": "524 and the proxy's bare text, after `seconds` (0)",
    "rate-limited": "429 with Retry-After in seconds (`retry_after`, 3600)",
    "rate-limited-date": "429 with Retry-After as an HTTP date",
    "rate-limited-no-time": "429 with the proxy's HTML page and no Retry-After",
    "moved": "302 to the same path under another host name",
    "reset": "the connection is reset before the first byte",
    "hang-up": "the connection is closed without an answer",
    "cut": "the connection is closed after half of the announced body",
    "slow": "a good answer after `seconds` (20)",
    "trickle": "a good answer, a few bytes at a time over `seconds` (60)",
    "huge": "a good answer blown up with white space to `megabytes` (50)",
    "gzip-bomb": "the same, compressed to almost nothing",
    "garbage": "half of a good answer, as if it were all of it",
    "garbage-charset": "bytes that are not UTF-8 in what is declared to be",
    "garbage-empty": "200 and an empty body",
    "garbage-shape": "200 and JSON of quite another shape",
    "garbage-deep": "200 and JSON nested 200,000 deep",
}  # besides `http-<status>`, which answers that status with a short text

_BLOCKED = """<!DOCTYPE html>
<html lang="en"><head><title>Access denied</title></head>
<body><h1>Sorry, you have been blocked</h1><p>You are unable to access this site.</p>
<p>Ray ID: 8c0ffee0ba5eba11</p></body></html>
"""
_CHALLENGE = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>
"""
_MAINTENANCE = """<!DOCTYPE html>
<html lang="en"><head><title>Maintenance</title></head>
<body><h1>We will be right back</h1><p>Scheduled maintenance is under way.</p></body></html>
"""
_TOO_MANY = """<!DOCTYPE html>
<html lang="en"><head><title>Rate limited</title></head>
<body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>
"""


def instead(trouble: Trouble, now: int, elsewhere: str) -> Reply | None:
    """Return what is answered instead of the service's own answer, or `None`.

    `now` is simulated; `elsewhere` is the same address under another host name.
    """
    if trouble.kind.startswith("http-"):
        status = HTTPStatus(int(trouble.kind.removeprefix("http-")))
        return Reply.of_text(status.phrase, status)
    wait = int(trouble.option("retry_after", HOUR))
    busy = Reply.of_text("Too Many Requests", HTTPStatus.TOO_MANY_REQUESTS)
    forbidden = HTTPStatus.FORBIDDEN
    challenge = (("cf-mitigated", "challenge"),)
    replies = {
        "down": Reply.of_text("Service Unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
        "html": Reply.of_html(_BLOCKED, forbidden),
        "html-challenge": Reply.of_html(_CHALLENGE, forbidden).but(headers=challenge),
        "html-maintenance": Reply.of_html(_MAINTENANCE),
        "proxy-timeout": Reply(524, b"error code: 524", seconds=trouble.option("seconds", 0)),
        "rate-limited": busy.but(headers=(("Retry-After", str(wait)),)),
        "rate-limited-date": busy.but(
            headers=(("Retry-After", formatdate(now + wait, usegmt=True)),)
        ),
        "rate-limited-no-time": Reply.of_html(_TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS),
        "moved": Reply(HTTPStatus.FOUND, headers=(("Location", elsewhere),)),
        "reset": Reply(HTTPStatus.OK, delivery=Delivery.RESET),
        "hang-up": Reply(HTTPStatus.OK, delivery=Delivery.HANG_UP),
    }
    return replies.get(trouble.kind)


def spoilt(trouble: Trouble, reply: Reply) -> Reply:
    """Return a good reply as this trouble lets it through."""
    if trouble.kind in _BODIES:
        return reply.but(body=_BODIES[trouble.kind](reply.body))
    match trouble.kind:
        case "slow":
            return reply.but(seconds=trouble.option("seconds", 20))
        case "trickle":
            seconds = trouble.option("seconds", 60)
            return reply.but(delivery=Delivery.TRICKLE, seconds=seconds)
        case "cut":
            return reply.but(delivery=Delivery.CUT)
        case "huge" | "gzip-bomb":
            return _inflated(trouble, reply)
    return reply


_BODIES: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda body: body[: len(body) // 2],
    "garbage-charset": lambda body: body.replace(b'":"', b'":"\xe9\xff', 1),
    "garbage-empty": lambda _body: b"",
    "garbage-shape": lambda _body: b'["ok"]',
    "garbage-deep": lambda _body: b"[" * 200_000 + b"]" * 200_000,
}


def _inflated(trouble: Trouble, reply: Reply) -> Reply:
    """Put white space behind the first bracket: the value stays the same."""
    size = int(trouble.option("megabytes", 50) * MEGABYTE)
    blank = b" " * max(size - len(reply.body), 0)
    body = reply.body[:1] + blank + reply.body[1:]
    if trouble.kind == "huge":
        return reply.but(body=body)
    packed = gzip.compress(body, compresslevel=1)
    return reply.but(body=packed, headers=(*reply.headers, ("Content-Encoding", "gzip")))

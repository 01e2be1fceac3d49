"""The push service on loopback: it takes what a real one takes, and refuses what one refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import urllib3

from infra.local.push.service import PushService
from infra.push_key import PushKey
from notify.push.request import Vapid, headers, sealed
from relink.subscriptions import Subscription
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.push.browser import Browser

PAIR = PushKey.new()
VAPID = Vapid.read(PAIR.private, PAIR.public)
CONTACT = "mailto:relink@example.com"
SAID = {"title": "t", "body": "b", "url": "", "tag": "x"}


@pytest.fixture
def clock() -> Clock:
    """Return the stack's clock."""
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Iterator[PushService]:
    """Run a push service."""
    running = PushService(clock)
    yield running
    running.close()


@pytest.fixture
def browser(service: PushService) -> Browser:
    """Subscribe a browser."""
    return service.subscribe(PAIR.public, "own_1")


def subscribed(browser: Browser) -> Subscription:
    """Return the browser's subscription as we store it."""
    return Subscription(
        owner_id="own_1", endpoint=browser.endpoint, created_at=0, **browser.subscription()["keys"]
    )


def send(
    browser: Browser, clock: Clock, body: bytes | None = None, **changed: str | None
) -> urllib3.BaseHTTPResponse:
    """Push to a browser, with headers changed or left out."""
    authorization = VAPID.authorization(browser.endpoint, CONTACT, clock.now)
    sent: dict[str, Any] = {**headers("high", "topic", authorization), **changed}
    named = {k.replace("_", "-"): v for k, v in sent.items() if v is not None}
    body = sealed(json.dumps(SAID).encode(), subscribed(browser)) if body is None else body
    return urllib3.request("POST", browser.endpoint, body=body, headers=named, retries=False)


def claims(clock: Clock, browser: Browser, **changed: Any) -> str:
    """Return an authorization whose claims are changed."""
    origin = browser.endpoint.partition("/push/")[0]
    said = {"aud": origin, "exp": clock.now + 60, "sub": CONTACT, **changed}
    return f"vapid t={jwt.encode(said, VAPID.private, algorithm='ES256')}, k={PAIR.public}"


def test_push_is_taken_and_read_by_its_browser(
    service: PushService, browser: Browser, clock: Clock
) -> None:
    """201 with a place of its own (RFC 8030, section 5), and everything that was said kept."""
    reply = send(browser, clock)
    (push,) = service.pushes(browser)

    assert 201 == reply.status
    assert reply.headers["location"].startswith(f"{service.url}/message/")
    assert SAID == push.said
    assert (86_400, "high", "topic", CONTACT) == (push.ttl, push.urgency, push.topic, push.contact)
    assert clock.now == push.received_at


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"TTL": None}, 400),
        ({"TTL": "soon"}, 400),
        ({"TTL": "-1"}, 400),
        ({"Urgency": "urgent"}, 400),
        ({"Topic": "t" * 33}, 400),
        ({"Topic": "two words"}, 400),
        ({"Content_Encoding": None}, 415),
        ({"Content_Encoding": "aesgcm"}, 415),
        ({"Authorization": None}, 401),
        ({"Authorization": "vapid t=a.b.c, k=d"}, 403),
        ({"Authorization": "Bearer x"}, 403),
    ],
)
def test_request_that_the_standards_forbid_is_refused(
    service: PushService, browser: Browser, clock: Clock, changed: dict[str, Any], status: int
) -> None:
    """RFC 8030 wants a TTL, RFC 8291 its encoding, RFC 8292 a signature."""
    named = {k.replace("_", "-"): v for k, v in changed.items()}

    assert status == send(browser, clock, **named).status
    assert [] == service.pushes()


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": "http://127.0.0.1"},
        {"exp": -1},
        {"exp": 86_401},
        {"exp": "tomorrow"},
        {"sub": "relink"},
        {"sub": None},
    ],
)
def test_signature_for_elsewhere_or_another_time_is_refused(
    browser: Browser, clock: Clock, changed: dict[str, Any]
) -> None:
    """Audience, expiry within a day and contact are checked (RFC 8292, section 2)."""
    if isinstance(changed.get("exp"), int):
        changed = {"exp": clock.now + changed["exp"]}

    assert 403 == send(browser, clock, Authorization=claims(clock, browser, **changed)).status
    assert 201 == send(browser, clock, Authorization=claims(clock, browser)).status


def test_only_who_was_subscribed_to_may_push(browser: Browser, clock: Clock) -> None:
    """Another key is refused, and so is the right key beside another's signature."""
    other = PushKey.new()
    foreign = Vapid.read(other.private, other.public)
    theirs = foreign.authorization(browser.endpoint, CONTACT, clock.now)

    assert 403 == send(browser, clock, Authorization=theirs).status
    forged = theirs.replace(other.public, PAIR.public)
    assert 403 == send(browser, clock, Authorization=forged).status
    unsigned = claims(clock, browser).split(".")[:2]
    assert 403 == send(browser, clock, Authorization=".".join([*unsigned, "AA"])).status


def test_subscription_that_is_over_is_told_apart_from_none(
    service: PushService, browser: Browser, clock: Clock
) -> None:
    """410 for one that was, 404 for one that never was."""
    service.unsubscribe(browser)
    assert 410 == send(browser, clock).status
    assert [] == service.browsers()

    service.unsubscribe(browser, forget=True)
    assert 404 == send(browser, clock).status
    assert 404 == urllib3.request("POST", service.url, retries=False).status


def test_message_too_large_is_refused(browser: Browser, clock: Clock) -> None:
    """4096 bytes are what every service takes (RFC 8030, section 7.2)."""
    assert 201 == send(browser, clock, b"x" * 4096).status
    assert 413 == send(browser, clock, b"x" * 4097).status


def test_busy_service_says_when_to_come_again(
    service: PushService, browser: Browser, clock: Clock
) -> None:
    """By the switch, as often as it says."""
    service.refuse(2, retry_after=120)
    first, second, third = (send(browser, clock) for _ in range(3))

    assert [(429, "120"), (429, "120")] == [
        (r.status, r.headers["retry-after"]) for r in (first, second)
    ]
    assert 201 == third.status


def test_undelivered_push_gives_way_to_the_next_on_its_topic(
    service: PushService, browser: Browser, clock: Clock
) -> None:
    """RFC 8030, section 5.4: a browser that was away finds the newest, and nothing too old."""
    for topic in ("red", "red", None, None):
        send(browser, clock, Topic=topic)
    assert [2, 3, 4] == [p.number for p in service.collect(browser)]
    assert [] == service.collect(browser)

    send(browser, clock, TTL="60")
    clock.advance(60)
    assert [] == service.collect(browser)


def test_what_the_browser_cannot_read_is_kept_unread(
    service: PushService, browser: Browser, clock: Clock
) -> None:
    """The service takes it, as it would in earnest: only the browser could tell."""
    other = replace(subscribed(service.subscribe(PAIR.public)), endpoint=browser.endpoint)
    assert 201 == send(browser, clock, sealed(b"{}", other)).status
    assert {} == service.pushes()[0].said

"""Pushes to an owner's browsers, at a push service that checks what a real one checks."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from infra.local.push_service import PushService
from infra.local.web.loopback_server import LoopbackServer, Reply, Request
from infra.push_key import PushKey as Pair
from notify.push import LONGEST_PAUSE, PAUSE, Pushed, Pusher
from notify.push_key import PushKey
from notify.push_message import TAG
from relink.owners import Profile
from relink.push_services import PushServices
from relink.subscriptions import Subscription, Subscriptions
from tests.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.push_browser import Browser

DAY = 86_400
PAIR = Pair.new()
OWNER = Profile(owner_id="own_1", workspace_id="ws_1")
URL = "https://app.example"


@dataclass
class Bench:
    """A pusher, the push service that it may use, and the table with the browsers."""

    pusher: Pusher
    service: PushService
    subscriptions: Subscriptions
    clock: Clock
    table: str
    written: io.StringIO

    def subscribe(self, **facts: Any) -> Browser:
        """Let the owner subscribe a new browser."""
        browser = self.service.subscribe(PAIR.public, "own_1")
        self.store(browser, **facts)
        return browser

    def store(self, browser: Browser, **facts: Any) -> None:
        """Store a browser's subscription, with facts changed."""
        given = {"endpoint": browser.endpoint, **browser.subscription()["keys"]}
        known = {"owner_id": "own_1", "created_at": self.clock.now, "key": PAIR.public}
        self.subscriptions.save(Subscription(**{**known, **given, **facts}))

    def push(self, *banks: str, profile: Profile = OWNER, **facts: Any) -> Pushed:
        """Push to the owner."""
        return self.pusher.push(profile, banks or ("Santander",), URL, self.clock.now, **facts)

    def other(self, **changed: Any) -> Pusher:
        """Return a pusher made from other settings."""
        return made(self.table, self.written, **{"services": self.service.url, **changed})

    def logged(self) -> list[dict[str, Any]]:
        """Return what was logged, and forget it."""
        lines = self.written.getvalue().splitlines()
        self.written.truncate(self.written.seek(0))
        return [json.loads(line) for line in lines]


def made(
    table: str,
    written: io.StringIO,
    *,
    services: str,
    public: str = PAIR.public,
    secret: str = "push-key",  # noqa: S107 - its name
    contact: str = "mailto:relink@example.com",
) -> Pusher:
    """Return a pusher with the key that the secret holds."""
    log = Logger(service=f"test {id(written)}", stream=written)
    key = PushKey(boto3.client("secretsmanager"), secret, public, contact, log)
    subscriptions = Subscriptions(boto3.client("dynamodb"), table)
    return Pusher(subscriptions, key, PushServices.parse(services), "Banktrack", log)


@pytest.fixture
def bench(tables: dict[str, str]) -> Iterator[Bench]:
    """Return a bench whose owner has no browser yet."""
    boto3.client("secretsmanager").create_secret(Name="push-key", SecretString=PAIR.private)
    clock = Clock()
    service = PushService(clock)
    table, written = tables["OwnersTable"], io.StringIO()
    subscriptions = Subscriptions(boto3.client("dynamodb"), table)
    pusher = made(table, written, services=service.url)
    yield Bench(pusher, service, subscriptions, clock, table, written)
    service.close()


def test_every_browser_of_the_owner_reads_the_push(bench: Bench) -> None:
    """Decrypted by a reader that shares nothing with what encrypted it."""
    browsers = [bench.subscribe(), bench.subscribe()]

    assert Pushed(2) == bench.push("Santander", "BBVA")
    for browser in browsers:
        (push,) = bench.service.pushes(browser)
        assert {
            "title": "Santander and BBVA need to be reconnected",
            "body": "They have stopped syncing. Open Banktrack: reconnecting takes about a minute"
            " each.",
            "url": URL,
            "tag": TAG,
        } == push.said
        assert (DAY, "high", TAG) == (push.ttl, push.urgency, push.topic)
        assert "mailto:relink@example.com" == push.contact


def test_nothing_can_be_read_on_the_way(bench: Bench) -> None:
    """Neither the bank nor the owner is seen by the push service, and no two bodies are alike."""
    browser = bench.subscribe()
    bench.push("Santander")
    bench.push("Santander")
    first, second = (p.body for p in bench.service.pushes(browser))

    assert b"Santander" not in first
    assert first[:86] != second[:86]
    assert first[86:] != second[86:]


def test_a_push_is_in_the_language_of_its_owner(bench: Bench) -> None:
    """His profile's, as his mails are."""
    bench.subscribe()
    bench.push(profile=replace(OWNER, language="es"))

    assert "Hay que reconectar Santander" == bench.service.pushes()[0].said["title"]


def test_a_reminder_is_not_urgent(bench: Bench) -> None:
    """A sleeping phone need not be woken for it (RFC 8030, section 5.3)."""
    bench.subscribe()
    bench.push(reminder=True)

    assert "normal" == bench.service.pushes()[0].urgency


def test_nobody_is_pushed_to_without_a_reason(bench: Bench) -> None:
    """Not without banks, not against his will, not without a browser."""
    assert Pushed() == bench.push()
    bench.subscribe()
    assert Pushed() == bench.pusher.push(OWNER, (), URL, bench.clock.now)
    assert Pushed() == bench.push(profile=replace(OWNER, push=False))
    assert Pushed() == bench.push(profile=replace(OWNER, owner_id="own_2"))
    assert [] == bench.service.pushes()


@pytest.mark.parametrize("forget", [True, False])
def test_a_dead_subscription_is_dropped(bench: Bench, *, forget: bool) -> None:
    """404 as well as 410; the others are still told."""
    dead, alive = bench.subscribe(), bench.subscribe()
    bench.service.unsubscribe(dead, forget=forget)

    assert Pushed(1) == bench.push()
    assert [alive.endpoint] == [s.endpoint for s in bench.subscriptions.of("own_1")]


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("said", "expected"), [(None, PAUSE), (5, 60), (300, 300), (10**9, LONGEST_PAUSE)]
)
def test_a_busy_service_is_asked_again_when_it_says(
    bench: Bench, status: int, said: int | None, expected: int
) -> None:
    """Within an hour, whatever it says; the subscription stays."""
    bench.subscribe()
    bench.service.refuse(status=status, retry_after=said)

    assert Pushed(0, expected) == bench.push()
    assert 1 == len(bench.subscriptions.of("own_1"))
    assert Pushed(1) == bench.push()


def test_who_knows_is_not_told_again(bench: Bench) -> None:
    """While one browser's service is busy, the other one's is not asked a second time."""
    first, second = bench.subscribe(), bench.subscribe()
    bench.service.refuse()
    told = bench.push(about=["red.con_1.1.1"])
    assert (1, PAUSE) == (told.reached, told.retry_after)

    assert Pushed(2) == bench.push(about=["red.con_1.1.1"])
    assert Pushed(2) == bench.push(about=["red.con_1.1.1"])
    assert [1, 1] == [len(bench.service.pushes(b)) for b in (first, second)]

    assert Pushed(2) == bench.push(about=["red.con_1.1.1", "red.con_2.1.1"])
    assert [2, 2] == [len(bench.service.pushes(b)) for b in (first, second)]


def test_a_newer_push_replaces_one_that_was_not_delivered(bench: Bench) -> None:
    """A phone that was off lights up once, with what is true last."""
    browser = bench.subscribe()
    bench.push("Santander")
    bench.push("BBVA", "Santander")

    assert ["BBVA and Santander need to be reconnected"] == [
        p.said["title"] for p in bench.service.collect(browser)
    ]


def test_a_service_that_cannot_be_reached_is_tried_again(bench: Bench) -> None:
    """A refused connection is no reason to forget a browser, nor to keep the others waiting."""
    bench.subscribe()
    gone = PushService(bench.clock)
    bench.store(gone.subscribe(PAIR.public))
    gone.close()
    pusher = bench.other(services=f"{bench.service.url},{gone.url}")

    assert Pushed(1, PAUSE) == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    assert 2 == len(bench.subscriptions.of("own_1"))


def test_a_service_that_does_not_believe_us_is_an_operators_matter(bench: Bench) -> None:
    """Nothing is dropped or tried again; the log names the service, never the endpoint."""
    browser = bench.service.subscribe(Pair.new().public)
    bench.store(browser)

    assert Pushed() == bench.push()
    assert 1 == len(bench.subscriptions.of("own_1"))
    (line,) = bench.logged()
    assert ("ERROR", "push refused", 403) == (line["level"], line["message"], line["answer"])
    assert bench.service.url == line["service"]
    assert browser.endpoint not in json.dumps(line)


def test_a_browser_with_keys_that_are_none_is_dropped(bench: Bench) -> None:
    """A point beside the curve encrypts nothing, now or later."""
    off_curve = "BA" + "AAAA" * 21 + "A"
    bench.subscribe(p256dh=off_curve)
    bench.subscribe(auth="*")
    alive = bench.subscribe()

    assert Pushed(1) == bench.push()
    assert [alive.endpoint] == [s.endpoint for s in bench.subscriptions.of("own_1")]


def test_no_other_host_is_ever_called(bench: Bench) -> None:
    """What was stored under another list of services, or by another hand, is not sent to."""
    called: list[Request] = []

    def answer(request: Request) -> Reply:
        called.append(request)
        return Reply(201)

    inside = LoopbackServer(answer).start()
    browser = bench.service.subscribe(PAIR.public)
    for endpoint in (f"{inside.url}/push/x", f"http://me@{bench.service.url[7:]}/push/x"):
        bench.store(browser, endpoint=endpoint)

    assert Pushed() == bench.push()
    inside.close()
    assert [] == called
    assert ["push refused"] * 2 == [line["message"] for line in bench.logged()]
    assert 2 == len(bench.subscriptions.of("own_1"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(bench: Bench, status: int) -> None:
    """It would lead anywhere, with our signature in its hands."""
    paths: list[str] = []

    def answer(request: Request) -> Reply:
        paths.append(request.path)
        return Reply(status, headers=[("Location", "/inside")])

    server = LoopbackServer(answer).start()
    browser = bench.service.subscribe(PAIR.public)
    bench.store(browser, endpoint=f"{server.url}/push/x")
    pusher = bench.other(services=server.url)

    assert Pushed() == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    server.close()
    assert ["/push/x"] == paths


def test_what_a_browser_subscribed_to_before_the_key_was_changed_goes(bench: Bench) -> None:
    """Not within a day, though: while a new key is rolled out, both are in use."""
    bench.subscribe(key="BOldKey")
    assert Pushed() == bench.push()
    assert 1 == len(bench.subscriptions.of("own_1"))

    bench.clock.advance(DAY + 1)
    assert Pushed() == bench.push()
    assert [] == bench.subscriptions.of("own_1")
    assert [] == bench.service.pushes()


WRONG = {
    "another pair's": Pair.new().private,
    "template's default": "none",
    "empty": " ",
    "no base64url": "*",
    "cut off": PAIR.private[:-4],
    "beyond the curve's order": "_" * 43,
    "public half": PAIR.public,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_keys_that_are_no_pair_push_nothing_and_drop_nothing(bench: Bench, wrong: str) -> None:
    """A deployment gone wrong must not cost the owners their subscriptions, nor show the key."""
    bench.subscribe()
    bench.clock.advance(DAY + 1)
    boto3.client("secretsmanager").create_secret(Name="other", SecretString=WRONG[wrong])
    pusher = bench.other(secret="other")

    assert Pushed(0, LONGEST_PAUSE) == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    assert 1 == len(bench.subscriptions.of("own_1"))
    (line,) = bench.logged()
    assert ("ERROR", "push key unreadable") == (line["level"], line["message"])
    assert len(WRONG[wrong]) < 5 or WRONG[wrong] not in json.dumps(line)


def test_a_key_that_cannot_be_had_is_asked_for_again(bench: Bench) -> None:
    """The mail must not fail with it: no error goes up. What is known is kept for minutes."""
    bench.subscribe()
    pusher = bench.other(secret="late")
    assert Pushed(0, LONGEST_PAUSE) == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    assert ["ResourceNotFoundException"] == [line["aws_code"] for line in bench.logged()]

    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="late", SecretString=PAIR.private)
    assert Pushed(1) == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    secrets.put_secret_value(SecretId="late", SecretString="none")
    assert Pushed(1) == pusher.push(OWNER, ["Santander"], URL, bench.clock.now)
    later = bench.clock.now + 301
    assert Pushed(0, LONGEST_PAUSE) == pusher.push(OWNER, ["Santander"], URL, later)


def test_two_hundred_banks_are_one_push(bench: Bench) -> None:
    """Below the 4096 bytes that every push service takes."""
    bench.subscribe()

    assert Pushed(1) == bench.push(*(f"Bank number {n} of many" for n in range(200)))
    assert len(bench.service.pushes()[0].body) < 3000

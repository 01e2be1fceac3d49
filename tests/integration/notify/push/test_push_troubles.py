"""Push services and keys that do not do as they should."""

from __future__ import annotations

import json

import boto3
import pytest

from infra.local.push.service import PushService
from infra.local.web.loopback_server import LoopbackServer, Reply, Request
from infra.push_key import PushKey as Pair
from notify.push.pushing import LONGEST_PAUSE, PAUSE, Pushed
from tests.integration.notify.push.conftest import DAY, OWNER, PAIR, URL, Bench


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

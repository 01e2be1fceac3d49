"""The owner's button: a sync now, or all that the bank has; and why not, and until when."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import Kind, State
from relink.clock import DAY
from relink.connection import Method
from relink.queues import AttemptMessage, VisitMessage
from relink.reasons import Reason, Status
from tests.fakes import BANK
from tests.integration.reconnect.bench import CLAIMS, drain, queued

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.reconnect.bench import Answer, Bench

ROUTE = "/connections/con_1/sync"
DIRECT = replace(BANK, method=Method.DIRECT)


def well(bench: Bench, **facts: Any) -> Connection:
    """Store a green connection that was called an hour ago."""
    green = {"status": Status.GREEN, "reason": None, "red_since": None}
    return bench.add(**{**green, "last_attempt_at": bench.clock.now - 3600, **facts})


def ask(bench: Bench, kind: str = "standard") -> Answer:
    """Press the button."""
    return bench.api("POST", ROUTE, {"kind": kind})


def test_a_sync_is_queued_with_the_browser_that_asked(bench: Bench) -> None:
    """As it is: nothing about it is invented, and nothing is stored of it."""
    before = well(bench)
    told = ask(bench)

    assert (202, "/connections/con_1") == (told.status, told.headers["Location"])
    assert {"connection_id": "con_1", "status_url": "/connections/con_1"} == told.json
    [message] = queued()
    assert isinstance(message, VisitMessage)
    assert ("con_1", bench.clock.now) == (message.connection_id, message.asked_at)
    assert "192.0.2.7" == json.loads(message.presence)["ip"]
    assert before == bench.stored()


def test_the_kind_is_standard_unless_told(bench: Bench) -> None:
    """An empty object is enough."""
    well(bench)

    assert 202 == bench.api("POST", ROUTE, {}).status
    assert isinstance(queued()[0], VisitMessage)


@pytest.mark.parametrize("kind", ["standard", "historical"])
@pytest.mark.parametrize(
    ("facts", "status", "problem", "wait"),
    [
        ({"status": Status.RED, "reason": Reason.CONSENT_EXPIRED}, 409, "needs-owner", None),
        ({"credentials_version": 0}, 409, "not-connected", None),
        ({"disconnected_at": 1}, 409, "not-connected", None),
        ({"bank": DIRECT, "runs": 2}, 409, "unsettled", None),
        ({"live_until": 100, "live_attempt": "att_9"}, 409, "attempt-under-way", None),
        ({"rate_limited_until": 600}, 429, "rate-limited", "600"),
        ({"last_attempt_at": -10}, 429, "too-soon", "50"),
    ],
)
def test_what_stands_in_the_way_is_said(
    bench: Bench, *, facts: dict[str, Any], status: int, problem: str, wait: str | None, kind: str
) -> None:
    """With the time from which it is worth asking again, if time mends it."""
    now = bench.clock.now
    later = {"live_until", "rate_limited_until", "last_attempt_at"}
    facts = {k: now + v if k in later else v for k, v in facts.items()}
    if facts.get("status") is Status.RED:
        facts["red_since"] = now - 60
    well(bench, **facts)
    told = ask(bench, kind)

    assert (status, f"urn:relink:problem:{problem}") == (told.status, told.json["type"])
    assert wait == told.headers.get("Retry-After")
    assert (wait is not None) == ("retry_at" in told.json)
    assert [] == queued()


def test_a_history_waits_for_the_guard_and_a_sync_does_not(bench: Bench) -> None:
    """It may send the password, which the bank counts; a sync of a green connection goes on."""
    now = bench.clock.now
    well(bench, tries=(now - 60, now - 120, now - 180))
    told = ask(bench, "historical")

    assert (429, "urn:relink:problem:paused") == (told.status, told.json["type"])
    assert str(DAY - 180) == told.headers["Retry-After"]
    assert [] == queued()
    assert 202 == ask(bench).status


def test_the_pause_between_two_calls_ends(bench: Bench) -> None:
    """After a minute, whoever made the first."""
    well(bench, last_attempt_at=bench.clock.now - 60)

    assert 202 == ask(bench).status


def test_a_sync_under_way_is_as_good_as_another(bench: Bench) -> None:
    """The caller sees its result where he would see his own."""
    now = bench.clock.now
    well(bench, lease="run", lease_until=now + 60, last_attempt_at=now - 5)

    assert 202 == ask(bench).status
    assert [] == queued()


def test_everything_is_fetched_by_an_attempt(bench: Bench) -> None:
    """It carries no answers; its page says what it is; it shuts out other attempts."""
    well(bench)
    told = ask(bench, "historical")

    assert 202 == told.status
    attempt = bench.attempt()
    assert told.json["attempt_id"] == attempt.attempt_id
    assert (Kind.HISTORICAL, State.SUBMITTED) == (attempt.kind, attempt.state)
    assert {} == bench.opened(attempt)
    assert [AttemptMessage(attempt.attempt_id)] == queued()
    assert attempt.deadline == bench.stored().live_until
    assert (Status.GREEN, 1) == (bench.stored().status, bench.stored().credentials_version)
    assert 409 == ask(bench, "historical").status
    assert 409 == ask(bench).status


def page(bench: Bench, told: Answer, **headers: str) -> Answer:
    """Open the page that the answer names."""
    path = told.json["url"].removeprefix("https://connect.example.com")
    return bench.get(path, **headers)


def test_its_page_tells_how_far_it_is(bench: Bench) -> None:
    """From the beginning to the end, in words of its own, also where all is green."""
    well(bench)
    bench.know()
    told = ask(bench, "historical")

    assert "Fetching all movements" == page(bench, told).title
    bench.worker(State.ACCEPTED)
    assert "Fetching all movements" == page(bench, told).title
    bench.worker(State.WAITING, prompt="Please approve")
    assert "Approve it in your banking app" == page(bench, told).title
    bench.worker(State.DONE, accounts=2)
    shown = page(bench, told)
    assert "All movements are here" == shown.title
    assert "2 accounts" in shown.body
    assert not shown.renews


def test_its_end_without_success_is_told_although_all_is_green(bench: Bench) -> None:
    """With the bank's words; nobody is asked for credentials."""
    well(bench)
    told = ask(bench, "historical")
    bench.worker(
        State.REJECTED,
        messages={"": "The login was not approved in the bank's app."},
        provider_text="Nein",
    )
    shown = page(bench, told)

    assert "Older movements could not be fetched" == shown.title
    assert "not approved" in shown.body
    assert "Nein" in shown.body
    assert "<form" not in shown.body
    assert 200 == shown.status


def test_a_program_reads_the_same_as_json(bench: Bench) -> None:
    """The kind of the attempt is told with its state."""
    well(bench)
    told = ask(bench, "historical")
    seen = page(bench, told, accept="application/json")

    assert ("historical", "submitted") == (seen.json["kind"], seen.json["state"])


def test_a_challenge_of_the_bank_is_answered_there(bench: Bench) -> None:
    """By the form that every attempt has."""
    well(bench)
    told = ask(bench, "historical")
    field = {"name": "code", "label": "TAN", "kind": "otp"}
    bench.worker(State.ASKING, fields=(field,), prompt="Enter the TAN", continuation=b"c")
    drain()
    shown = page(bench, told)
    link = told.json["url"].removeprefix("https://connect.example.com").removesuffix("/status")
    bench.post(link, {"turn": shown.hidden("turn"), "code": "123456"})

    assert {"code": "123456"} == bench.opened(bench.attempt())
    assert State.ANSWERED is bench.attempt().state


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 422), ("{", 422), ('{"kind": "all"}', 422), ('{"kind": null}', 422), ("[]", 422)],
)
def test_nonsense_is_refused(bench: Bench, body: str, status: int) -> None:
    """And calls no bank."""
    well(bench)

    assert status == bench.api("POST", ROUTE, body).status
    assert [] == queued()


def test_a_stranger_finds_nothing(bench: Bench) -> None:
    """Another workspace's connection is not there."""
    well(bench)
    claims = {**CLAIMS, "workspace": "ws_2"}

    assert 404 == bench.api("POST", ROUTE, {}, claims).status
    assert 404 == bench.api("POST", "/connections/con_2/sync", {}).status

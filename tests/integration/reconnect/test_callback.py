"""Coming back from the bank: what is taken, and how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from relink.attempt import State
from relink.queues import AttemptMessage
from relink.writes import Conflict
from tests.integration.reconnect.bench import Answer, Bench, Crash, drain, queued
from tests.integration.reconnect.coming_back import status_of
from tests.integration.reconnect.consent import (
    CODE,
    CONSENT,
    FORM,
    first_sent_off,
    pressed,
    sent_off,
)
from tests.integration.reconnect.test_form import everything

MOMENTS = [
    (when, call)
    for call in ("GetItem", "Encrypt", "TransactWriteItems", "SendMessage")
    for when in ("before", "after")
]


def test_what_the_owner_brings_is_sealed_and_queued(bench: Bench) -> None:
    """It goes the way of everything that is typed; the page that follows is his attempt's."""
    sent_off(bench)
    drain()

    answer = bench.come_back(code=CODE)

    attempt = bench.attempt()
    assert (303, State.ANSWERED) == (answer.status, attempt.state)
    assert {"code": CODE, "state": bench.state_of(attempt)} == bench.opened(attempt)
    assert [AttemptMessage(attempt.attempt_id)] == queued()
    assert bench.clock.now + 600 == attempt.deadline == bench.stored().live_until
    assert "Checking with your bank" == bench.get(status_of(answer)).title


def test_a_refusal_is_brought_back_as_well(bench: Bench) -> None:
    """What the bank says of it is cut to a length that a page can show."""
    sent_off(bench)

    bench.come_back(error="access_denied", error_description="né" * 400, session_state="x")

    told = bench.opened(bench.attempt())
    assert {"error", "error_description", "state"} == told.keys()
    assert ("access_denied", 300) == (told["error"], len(told["error_description"]))


def test_the_bank_is_told_where_to_send_the_owner_back(bench: Bench) -> None:
    """To the public address, with a state that neither log nor message holds."""
    sent_off(bench)
    attempt = bench.attempt()

    assert "https://connect.example.com/reconnect/callback" == attempt.presence["return_url"]
    assert bench.state_of(attempt) not in str(queued())
    own, _, secret = bench.state_of(attempt).partition(".")
    assert (attempt.attempt_id, 43) == (own, len(secret))


def test_a_second_arrival_sends_nothing(bench: Bench) -> None:
    """Reloading, the back button, a copy of the address: all lead to the status."""
    sent_off(bench)
    first = bench.come_back(code=CODE)
    before = bench.attempt()
    again = bench.come_back(code=CODE)
    bench.worker(State.VERIFYING)
    drain()
    late = bench.come_back(code="another")

    assert [303, 303, 303] == [first.status, again.status, late.status]
    assert before.answers
    assert State.VERIFYING is bench.attempt().state
    assert [] == queued()


def test_two_arrivals_at_once_are_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loser's write is refused; it looks again and finds the attempt under way."""
    sent_off(bench)
    attempts = bench.services.reconnecting.attempts
    advance = attempts.advance
    raced: list[Answer] = []

    def race(*writes: Any) -> None:
        if not raced:
            raced.append(Answer(0, {}, ""))
            raced.append(bench.come_back(code=CODE))
        advance(*writes)

    monkeypatch.setattr(attempts, "advance", race)
    loser = bench.come_back(code=CODE)

    assert (303, 303) == (raced[1].status, loser.status)
    assert State.ANSWERED is bench.attempt().state
    assert CODE == bench.opened(bench.attempt())["code"]


def test_a_code_is_brought_once_however_often_the_bank_sends_him(bench: Bench) -> None:
    """A code of an earlier visit is spent, or was refused; what has none may come again."""
    sent_off(bench)
    bench.come_back(code=CODE)
    bench.redirected()
    bench.come_back(code=CODE)
    assert State.REDIRECTING is bench.attempt().state

    bench.come_back(code="a new one")
    assert "a new one" == bench.opened(bench.attempt())["code"]
    for _ in range(2):
        bench.redirected()
        bench.come_back()
        assert State.ANSWERED is bench.attempt().state


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state={state}&state={state}",
        "state={state}&code=a&code=b",
        "state={state}&code=" + "x" * 4096,
        "state={state}&code=%C3%A9",
        "state={state}&code=%00",
        "state={state}&code=a%0D%0ASet-Cookie:%20x=y",
        "state={state}&error=%F0%9F%92%A3",
        "state={state}&" + "&".join(f"p{n}={n}" for n in range(40)),
        "state=%E2%80%AE{state}",
        "%",
        "&&&&",
        "state",
    ],
)
def test_a_hostile_query_changes_nothing(bench: Bench, query: str) -> None:
    """Huge, repeated, of other scripts: a calm page, and an attempt that may still go on."""
    sent_off(bench)
    before = everything()
    drain()

    page = bench.get(f"/reconnect/callback?{query.format(state=bench.state_of(bench.attempt()))}")

    assert (400, "This try is over") == (page.status, page.title)
    assert (before, []) == (everything(), queued())
    assert 303 == bench.come_back(code=CODE).status


def test_what_the_key_cannot_take_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a query within limits ever be more than KMS encrypts at once."""
    sent_off(bench)
    monkeypatch.setattr("relink.intake.LIMIT", 100)

    assert 400 == bench.come_back(code=CODE).status
    assert State.REDIRECTING is bench.attempt().state


@pytest.mark.parametrize(("when", "call"), MOMENTS)
def test_coming_back_survives_a_crash(bench: Bench, when: str, call: str) -> None:
    """Reloading the bank's address ends where the first request would have."""
    sent_off(bench)
    drain()
    bench.crash(when, call)
    with pytest.raises(Crash):
        bench.come_back(code=CODE)

    assert 303 == bench.come_back(code=CODE).status

    assert State.ANSWERED is bench.attempt().state
    assert CODE == bench.opened(bench.attempt())["code"]
    assert {AttemptMessage(bench.attempt().attempt_id)} == set(queued())


def test_programs_are_told_in_json(bench: Bench) -> None:
    """A host app that follows the way itself gets problems with stable types."""
    first_sent_off(bench)
    state = bench.state_of(bench.attempt())
    bench.other_browser()
    problems = [
        bench.get(f"/reconnect/callback?{query}", accept="application/json")
        for query in ("state=", "state=nonsense", f"state={state}")
    ]

    kinds = ["malformed", "not-found", "another-browser"]
    assert [f"urn:relink:problem:{kind}" for kind in kinds] == [p.json["type"] for p in problems]
    assert [400, 404, 403] == [p.status for p in problems]


def test_a_bank_is_come_back_from_in_the_owners_language(bench: Bench) -> None:
    """His browser's, as long as nobody knows who he is."""
    page = bench.get("/reconnect/callback?state=nonsense", accept_language="es")

    assert '<html lang="es">' in page.body
    assert "no-referrer" == page.headers["Referrer-Policy"]
    assert "no-store" == page.headers["Cache-Control"]


def test_a_connection_that_is_gone_takes_nothing(bench: Bench) -> None:
    """It was removed while its owner was at the bank."""
    sent_off(bench)
    attempt = bench.attempt()
    bench.services.reconnecting.attempts.advance(attempt, replace(attempt, connection_id="gone"))

    assert 404 == bench.get(f"/reconnect/callback?state={bench.state_of(attempt)}").status


def test_losing_every_race_says_try_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner may reload; nothing has been taken."""
    sent_off(bench)

    def lose(*_: Any) -> None:
        raise Conflict

    monkeypatch.setattr(bench.services.reconnecting.attempts, "advance", lose)
    page = bench.come_back(code=CODE)

    assert (409, "5") == (page.status, page.headers["Retry-After"])
    assert State.REDIRECTING is bench.attempt().state


def test_an_attempt_is_begun_once_by_its_button(bench: Bench) -> None:
    """A double click on the button to the bank is one attempt, with one state."""
    path = pressed(bench, bench.add(bank=CONSENT))
    before = bench.attempt()

    bench.post(path, {"form": FORM})

    assert before == bench.attempt()

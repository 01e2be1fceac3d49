"""Coming back from the bank: what is taken, from whom, how often, and what is not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink import links
from relink.attempts import State
from relink.queues import AttemptMessage
from relink.reasons import Status
from relink.repository import Conflict
from tests.integration.reconnect.bench import Answer, Bench, Crash, drain, queued
from tests.integration.reconnect.consent import (
    CODE,
    CONSENT,
    FORM,
    first_sent_off,
    pressed,
    sent_off,
)
from tests.integration.reconnect.test_form import everything

if TYPE_CHECKING:
    from relink.attempts import Attempt

MOMENTS = [
    (when, call)
    for call in ("GetItem", "Encrypt", "TransactWriteItems", "SendMessage")
    for when in ("before", "after")
]


def status_of(answer: Answer) -> str:
    """Return the address of the status that an answer leads to."""
    location = answer.headers["Location"]
    assert re.fullmatch(r"/reconnect/[\w.-]+/status", location), location
    return location


def stored(bench: Bench, attempt: Attempt) -> Attempt:
    """Return an attempt as it is stored."""
    found = bench.services.reconnecting.attempts.get(attempt.attempt_id)
    assert found
    return found


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
    "forged",
    [
        "",
        "nonsense",
        "{id}",
        "{id}.",
        "{id}." + "A" * 43,
        "att_" + "0" * 32 + ".{secret}",
        "{id}.{secret}A",
        "{ID}.{secret}",
        "{id}.{secret}\n",
        "../{id}.{secret}",
    ],
)
def test_a_state_that_is_none_of_ours_changes_nothing(bench: Bench, forged: str) -> None:
    """Who knows the attempt's name knows nothing that counts. The page says how to start again."""
    sent_off(bench)
    own, _, secret = bench.state_of(bench.attempt()).partition(".")
    before = everything()
    drain()

    page = bench.come_back(state=forged.format(id=own, ID=own.upper(), secret=secret), code=CODE)

    assert page.status in {400, 404}
    assert "This try is over" == page.title
    assert "reconnect/" not in page.body.replace("/reconnect/static", "")
    assert (before, []) == (everything(), queued())


def test_a_state_opens_nothing_an_hour_after_its_attempt(bench: Bench) -> None:
    """Banks keep logs, and what is in them must not be a key for ever."""
    sent_off(bench)
    bench.clock.now = bench.attempt().deadline + 3599
    assert "That took too long" == bench.get(status_of(bench.come_back(code=CODE))).title

    bench.clock.advance(1)
    assert (404, "This try is over") == (bench.come_back().status, bench.come_back().title)
    assert State.REDIRECTING is bench.attempt().state


def test_an_attempt_that_has_ended_shows_how(bench: Bench) -> None:
    """Nothing is sent; the link that leads there is the owner's own, for an hour."""
    sent_off(bench)
    bench.worker(State.REJECTED, messages={"": "The bank said no."})
    drain()

    answer = bench.come_back(code=CODE)

    page = bench.get(status_of(answer))
    token = status_of(answer).split("/")[2]
    link = links.read(token, bench.services.keys.keys())
    assert "The bank said no." in page.body
    assert (State.REJECTED, []) == (bench.attempt().state, queued())
    assert bench.attempt().deadline + 3600 == link.expires_at
    assert ("con_1", 1) == (link.connection_id, link.credentials_version)


def test_an_attempt_that_ended_well_shows_that(bench: Bench) -> None:
    """And gives no way to replace what it has just brought."""
    sent_off(bench)
    bench.know()
    bench.worker(State.DONE, accounts=1)
    bench.change(status=Status.GREEN, reason=None, red_since=None, credentials_version=2)

    status = status_of(bench.come_back(code=CODE))

    assert "Reconnected: 1 account" == bench.get(status).title
    assert "Already fixed" == bench.submit(status.removesuffix("/status"), "g" * 24).title


def test_the_state_of_an_attempt_that_another_has_replaced_is_worthless(bench: Bench) -> None:
    """Who started again comes back by his second way only."""
    path = sent_off(bench)
    old = bench.attempt()
    turn = bench.get(f"{path}?again").hidden("turn")
    assert 303 == bench.post(path, {"form": "g" * 24, "turn": turn}).status
    bench.redirected()
    drain()

    bench.come_back(state=bench.state_of(old), code=CODE)

    assert State.REDIRECTING is bench.attempt().state
    assert State.REDIRECTING is stored(bench, old).state
    assert [] == queued()
    bench.come_back(code=CODE)
    assert State.ANSWERED is bench.attempt().state


def test_an_attempt_that_another_replaces_is_handed_to_the_worker(bench: Bench) -> None:
    """It may have obtained an access, which only the worker sees, and nobody else would end."""
    path = sent_off(bench)
    old = bench.attempt()
    turn = bench.get(f"{path}?again").hidden("turn")
    drain()
    bench.post(path, {"form": "g" * 24, "turn": turn})

    names = [old.attempt_id, bench.attempt().attempt_id]
    assert sorted(names) == sorted(m.attempt_id for m in queued() if isinstance(m, AttemptMessage))
    assert 2 == len(set(names))


def test_who_reads_the_table_cannot_come_back_as_the_owner(bench: Bench) -> None:
    """A state is kept as a hash, and for the worker alone; when all is over, as the hash."""
    sent_off(bench)
    state = bench.state_of(bench.attempt())
    client = boto3.client("dynamodb")
    assert state not in str(client.scan(TableName="AttemptsTable")["Items"])

    bench.come_back(code=CODE)
    bench.worker(State.REJECTED)
    over = bench.attempt()
    assert (None, "") == (over.return_state, over.redirect_url)
    assert state not in str(over)


def test_states_do_not_fit_other_connections(bench: Bench) -> None:
    """Whosever browser brings it, it acts on its own attempt; halves of two are none."""
    sent_off(bench)
    first = bench.attempt()
    other = {"connection_id": "con_2", "workspace_id": "ws_2", "owner_id": "own_2"}
    made = bench.add(bank=CONSENT, **other)
    bench.post(bench.link(made), {"form": FORM})
    second = bench.services.reconnecting.attempts.get(bench.stored("con_2").live_attempt)
    assert second
    mixed = first.attempt_id + "." + bench.state_of(second).partition(".")[2]

    refused = bench.come_back(state=mixed, code=CODE)
    not_yet = bench.come_back(state=bench.state_of(second), code=CODE)

    assert (404, 303) == (refused.status, not_yet.status)
    assert State.REDIRECTING is stored(bench, first).state
    assert State.SUBMITTED is stored(bench, second).state
    token = status_of(not_yet).split("/")[2]
    assert "con_2" == links.read(token, bench.services.keys.keys()).connection_id


def test_what_is_sealed_opens_for_its_attempt_only(bench: Bench) -> None:
    """The key's context names workspace, connection and attempt."""
    sent_off(bench)
    bench.come_back(code=CODE)
    attempt = bench.attempt()

    with pytest.raises(Exception, match="InvalidCiphertext"):
        bench.opened(replace(attempt, attempt_id="att_" + "0" * 32))


def test_a_first_consent_comes_back_to_the_browser_that_began(bench: Bench) -> None:
    """Else a stranger could be made to put his accounts into somebody else's app."""
    path = first_sent_off(bench)
    own = dict(bench.cookies)
    before = everything()
    drain()
    bench.other_browser()

    page = bench.come_back(code=CODE)

    assert (403, "Continue where you began") == (page.status, page.title)
    assert (before, []) == (everything(), queued())
    assert path not in page.body
    assert "Location" not in page.headers
    bench.cookies = dict.fromkeys(own, "g" * 24)
    assert 403 == bench.come_back(code=CODE).status
    bench.cookies = own
    assert 303 == bench.come_back(code=CODE).status
    assert State.ANSWERED is bench.attempt().state


def test_a_reconnect_may_come_back_in_any_browser(bench: Bench) -> None:
    """Banks' apps open the browser that the phone likes; the accounts must be ours anyway."""
    sent_off(bench)
    bench.know()
    bench.other_browser()

    assert 303 == bench.come_back(code=CODE).status
    assert State.ANSWERED is bench.attempt().state


def test_without_accounts_a_reconnect_is_as_a_first_one(bench: Bench) -> None:
    """Where nothing can be compared, the browser is all that there is."""
    sent_off(bench)
    bench.other_browser()

    assert 403 == bench.come_back(code=CODE).status


def test_the_browser_is_marked_for_an_hour_and_for_us_alone(bench: Bench) -> None:
    """No script reads it, no other host sets or gets it, and no request of others carries it."""
    made = bench.first(bank=CONSENT)

    [cookie] = bench.post(bench.link(made), {"form": FORM}).cookies

    name, _, rest = cookie.partition("=")
    assert name == f"__Host-relink-{bench.attempt().attempt_id[-12:]}"
    assert f"{FORM}; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax" == rest


def test_a_form_that_is_sent_again_leaves_the_same_mark(bench: Bench) -> None:
    """An answer that got lost takes no browser's right to go on with it."""
    path = bench.link(bench.first(bank=CONSENT))
    bench.crash("after", "SendMessage")
    with pytest.raises(Crash):
        bench.post(path, {"form": FORM})
    assert {} == bench.cookies

    bench.post(path, {"form": FORM})
    bench.redirected()

    assert 303 == bench.come_back(code=CODE).status
    assert State.ANSWERED is bench.attempt().state


def test_two_banks_are_connected_side_by_side(bench: Bench) -> None:
    """Each attempt has a mark of its own in the browser."""
    first_sent_off(bench)
    first = bench.attempt()
    second = bench.first(bank=CONSENT, connection_id="con_2")
    bench.post(bench.link(second), {"form": "g" * 24})

    assert 2 == len(bench.cookies)
    assert 303 == bench.come_back(code=CODE).status
    assert State.ANSWERED is stored(bench, first).state


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

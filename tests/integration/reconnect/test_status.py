"""The status page: each state of an attempt in words, without script, for as long as it matters."""

from __future__ import annotations

from typing import Any

import pytest

from relink.attempt import PATIENCE, State
from relink.queues import AttemptMessage
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.reconnect.bench import Bench, drain, queued
from tests.integration.reconnect.consent import CONSENT


@pytest.mark.parametrize(
    ("state", "facts", "title", "renews"),
    [
        (State.SUBMITTED, {}, "Checking with your bank", True),
        (State.VERIFYING, {}, "Checking with your bank", True),
        (State.ANSWERED, {}, "Checking with your bank", True),
        (State.WAITING, {}, "Checking with your bank", True),
        (State.WAITING, {"prompt": "Approve it."}, "Approve it in your banking app", True),
        (State.ACCEPTED, {}, "Fetching your accounts", True),
        (State.ASKING, {"prompt": "Code?"}, "Banco de la Ría asks for one more thing", False),
        (State.REDIRECTING, {"redirect_url": "https://b.example"}, "Continue at your bank", False),
        (State.REJECTED, {"messages": {"": "No."}}, "Reconnect Banco de la Ría", False),
        (State.UNAVAILABLE, {"reason": "bank_unavailable"}, "Your bank is not answering", False),
        (State.INTERRUPTED, {}, "We were interrupted", False),
        (State.EXPIRED, {}, "That took too long", False),
    ],
)
def test_each_state_has_its_words(
    bench: Bench, state: State, facts: dict[str, Any], title: str, *, renews: bool
) -> None:
    """What moves by itself renews itself; what waits for the owner stands still."""
    path = submitted(bench)
    if state is not State.SUBMITTED:
        bench.worker(state, **facts)

    page = bench.get(f"{path}/status")

    assert 200 == page.status
    assert page.title.startswith(title)
    assert renews == bool(page.renews)
    assert "Refresh" not in page.headers


def test_green_says_how_many_accounts_and_from_when(bench: Bench) -> None:
    """The end of the way, in one line."""
    path = done(bench, accounts=3, back_filled_from=NOON - 60 * 86_400)

    page = bench.get(f"{path}/status")

    assert "Reconnected: 3 accounts, back-filled from 2 November 2025" == page.title
    assert not page.renews
    assert "Already fixed" == bench.get(path).title


def test_one_account_is_not_three(bench: Bench) -> None:
    """Words agree with numbers; a first connection has no gap to fill."""
    made = bench.first()
    path = bench.link(made)
    bench.submit(path)
    bench.worker(State.DONE, accounts=1)
    bench.change(status=Status.GREEN, reason=None, credentials_version=1)

    assert "Connected: 1 account" == bench.get(f"{path}/status").title


def test_accepted_but_not_yet_synced_is_said_as_it_is(bench: Bench) -> None:
    """The page never says green before a sync has shown it."""
    path = done(
        bench,
        reason="bank_unavailable",
        connection={"status": Status.ORANGE, "reason": Reason.BANK_UNAVAILABLE},
    )

    page = bench.get(f"{path}/status")

    assert "Your bank said yes" == page.title
    assert "The bank is not answering at the moment." in page.body
    assert "Reconnected" not in page.body


def test_a_crash_between_green_and_done_does_not_keep_the_page_waiting(bench: Bench) -> None:
    """The connection's colour is the truth; the attempt's last step may come late."""
    path = submitted(bench)
    bench.worker(State.ACCEPTED)
    bench.change(status=Status.GREEN, reason=None, red_since=None, credentials_version=2)

    assert "Reconnected" == bench.get(f"{path}/status").title


def test_rejected_brings_the_form_back_with_what_the_bank_said(bench: Bench) -> None:
    """Beside the field, with the tries that are left, and with a new form."""
    path = submitted(bench)
    bench.change(tries=(NOON, 0, 0))
    bench.worker(
        State.REJECTED, messages={"setup_token": "No such token."}, provider_text="code <b>9</b>"
    )

    page = bench.get(f"{path}/status")

    assert 200 == page.status
    assert '<p class="error" id="field-setup_token-error">No such token.</p>' in page.body
    assert "2 tries are left today" in page.body
    assert "code &lt;b&gt;9&lt;/b&gt;" in page.body
    assert "f" * 24 != page.hidden("form")
    assert f'action="{path}"' in page.body


def test_the_third_rejection_is_a_pause(bench: Bench) -> None:
    """The last thing that the bank said, and when to try again."""
    path = submitted(bench)
    bench.change(tries=(NOON, NOON - 60, NOON - 120))
    bench.worker(State.REJECTED, messages={"setup_token": "No such token."})

    page = bench.get(f"{path}/status")

    assert (429, "A pause for your safety") == (page.status, page.title)
    assert "No such token." in page.body
    assert "You can try again from 2 January 2026, 11:58 UTC." in page.body


def test_a_refusal_gives_way_to_the_form_when_the_pause_is_over(bench: Bench) -> None:
    """Who comes back a day later finds the form, not yesterday's answer."""
    path = submitted(bench)
    bench.worker(State.REFUSED)

    answer = bench.get(f"{path}/status")

    assert (303, path) == (answer.status, answer.headers["Location"])


def test_what_has_outlived_its_time_is_over(bench: Bench) -> None:
    """Nobody waits for a worker that has died; what it may have done is not done again."""
    path = submitted(bench)
    bench.clock.advance(PATIENCE)
    assert "That took too long" == bench.get(f"{path}/status").title

    bench.worker(State.VERIFYING)
    bench.clock.advance(PATIENCE)
    assert "We were interrupted" == bench.get(f"{path}/status").title


def test_a_lost_message_is_sent_again(bench: Bench) -> None:
    """An attempt that nobody has begun after five seconds may have lost its message."""
    path = submitted(bench)
    drain()

    bench.get(f"{path}/status")
    assert [] == queued()

    bench.clock.advance(6)
    bench.get(f"{path}/status")
    assert [AttemptMessage(bench.attempt().attempt_id)] == queued()

    drain()
    bench.worker(State.VERIFYING)
    bench.clock.advance(60)
    bench.get(f"{path}/status")
    assert [] == queued()


def test_an_attempt_of_another_link_is_not_shown(bench: Bench) -> None:
    """Once the credentials are replaced, later attempts are later links' business."""
    old = bench.link(bench.add())
    bench.change(credentials_version=2, red_since=NOON)
    bench.submit(bench.link(bench.stored()))

    page = bench.get(f"{old}/status")

    assert (410, "This link has been used") == (page.status, page.title)


def test_without_an_attempt_the_status_is_the_form(bench: Bench) -> None:
    """A bookmark of the status page leads back to the start."""
    path = bench.link(bench.add())

    answer = bench.get(f"{path}/status")

    assert (303, path) == (answer.status, answer.headers["Location"])


def test_an_attempt_may_end_after_its_link_has_expired(bench: Bench) -> None:
    """Who began in time sees it through."""
    path = bench.link(bench.add(), expires_at=NOON + 10)
    bench.submit(path)
    bench.clock.advance(20)

    assert "Checking with your bank" == bench.get(f"{path}/status").title


def test_programs_get_json(bench: Bench) -> None:
    """The same facts, for a page with script or a host app."""
    path = submitted(bench)
    moving = bench.get(f"{path}/status", accept="application/json")
    bench.worker(State.REJECTED, messages={"setup_token": "No."}, reason="credentials_rejected")
    over = bench.get(f"{path}/status", accept="application/json", accept_language="es")

    assert ("submitted", 1) == (moving.json["state"], moving.json["look_again_after"])
    assert ("rejected", None) == (over.json["state"], over.json["look_again_after"])
    assert {"setup_token": "No."} == over.json["messages"]
    assert "credentials_rejected" == over.json["reason"]["code"]
    assert over.json["reason"]["text"].startswith("El banco")


def test_programs_are_told_what_is_wrong_in_json(bench: Bench) -> None:
    """Problems have stable types."""
    expired = bench.link(bench.add(), expires_at=NOON)
    problems = [
        bench.get("/reconnect/nonsense/status", accept="application/json"),
        bench.get(f"{expired}/status", accept="application/json"),
    ]

    assert ["urn:relink:problem:not-found", "urn:relink:problem:link-over"] == [
        p.json["type"] for p in problems
    ]
    assert [404, 410] == [p.status for p in problems]
    assert {"application/problem+json"} == {p.headers["Content-Type"] for p in problems}


def test_a_page_left_open_costs_little(bench: Bench) -> None:
    """It looks every second at first, then seldom, then no more."""
    path = submitted(bench)
    seen = []
    for age in (0, 29, 31, 181, 901):
        bench.clock.now = NOON + age
        seen.append(bench.get(f"{path}/status").renews)

    assert ["1", "2", "5", "15", ""] == seen


def test_who_has_just_answered_looks_at_the_page_again(bench: Bench) -> None:
    """However long he was out at his bank, or looked for his code."""
    path = bench.link(bench.add(bank=CONSENT))
    bench.post(path, {"form": "f" * 24})
    bench.clock.advance(550)
    bench.redirected()
    bench.clock.advance(550)
    bench.come_back(code="x")

    assert "1" == bench.get(f"{path}/status").renews


def submitted(bench: Bench) -> str:
    """Submit a new connection's form; return the link."""
    path = bench.link(bench.add())
    assert 303 == bench.submit(path).status
    return path


def done(bench: Bench, connection: dict[str, Any] | None = None, **facts: Any) -> str:
    """Take a new connection's attempt to its good end; return the link."""
    path = submitted(bench)
    bench.worker(State.DONE, **facts)
    green = {"status": Status.GREEN, "reason": None}
    bench.change(red_since=None, credentials_version=2, **(connection or green))
    return path

"""The way to the bank's own page: a button, a page in between, and what helps if it fails."""

from __future__ import annotations

import re

import pytest

from reconnect.attempts import attempting
from relink.attempt import PATIENCE, State
from relink.queues import AttemptMessage
from tests.fakes import NOON
from tests.integration.reconnect.bench import Bench, drain, queued
from tests.integration.reconnect.consent import CONSENT, FORM, first_sent_off, sent_off
from tests.integration.reconnect.test_form import everything

URL = "https://bank.example/consent?id=1"


def test_a_bank_without_fields_is_a_button(bench: Bench) -> None:
    """Pressing it is a POST: what merely opens links sends nobody to a bank."""
    page = bench.get(bench.link(bench.add(bank=CONSENT)))

    assert "Continue to Banco de la Ría" in page.body
    assert ["hidden"] == re.findall(r'<input type="(\w+)"', page.body)
    assert "asks you to confirm on its own page" in page.body


def test_who_pressed_the_button_is_taken_to_the_bank(bench: Bench) -> None:
    """As soon as the way is known, and by the page: a form may be sent to us alone."""
    path = bench.link(bench.add(bank=CONSENT))
    answer = bench.post(path, {"form": FORM})
    assert (303, f"{path}/status?go") == (answer.status, answer.headers["Location"])
    assert "1" == bench.get(f"{path}/status?go").renews

    bench.redirected()
    page = bench.get(f"{path}/status?go")

    assert (200, f"0; url={URL}") == (page.status, page.headers["Refresh"])
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert "no-referrer" == page.headers["Referrer-Policy"]
    assert f'<a class="button" href="{URL}" rel="noreferrer">' in page.body


def test_who_comes_back_by_himself_is_not_sent_off_again(bench: Bench) -> None:
    """The back button and the link lead to a page that stands still."""
    path = sent_off(bench)
    answer = bench.get(path)
    page = bench.get(answer.headers["Location"])

    assert f"{path}/status" == answer.headers["Location"]
    assert "Continue at your bank" == page.title
    assert "Refresh" not in page.headers


def test_who_has_typed_something_goes_on_when_he_wants(bench: Bench) -> None:
    """A bank that wants more than what was typed is told of before it is shown."""
    path = bench.link(bench.add())

    assert f"{path}/status" == bench.submit(path).headers["Location"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://bank.example/\r\nSet-Cookie: a=b",
        "https://bank.example/a b",
        "https://bänk.example/",
        "",
    ],
)
def test_an_address_that_no_header_may_carry_is_only_shown(bench: Bench, url: str) -> None:
    """A line break would begin another header."""
    path = sent_off(bench)
    bench.redirected(url)

    page = bench.get(f"{path}/status?go")

    assert (200, False) == (page.status, "Refresh" in page.headers)


def test_a_program_is_told_where_to_go(bench: Bench) -> None:
    """A host app may show the way itself."""
    path = sent_off(bench)

    told = bench.get(f"{path}/status", accept="application/json").json

    assert ("redirecting", URL) == (told["state"], told["redirect_url"])


def test_another_browser_is_not_sent_where_it_could_not_come_back_from(bench: Bench) -> None:
    """It would end in a refusal: it is told before it goes."""
    path = first_sent_off(bench)
    bench.other_browser()

    page = bench.get(f"{path}/status?go")

    assert "Continue where you began" == page.title
    assert URL not in page.body
    assert "Refresh" not in page.headers
    assert f'href="{path}?again"' in page.body


def test_a_reconnect_goes_on_in_any_browser(bench: Bench) -> None:
    """The same link on another device shows the same way."""
    path = sent_off(bench)
    bench.know()
    bench.other_browser()

    assert URL in bench.get(f"{path}/status").body


def test_an_owner_says_that_he_has_finished(bench: Bench) -> None:
    """Some banks send nobody back: their adapters find out what came of it."""
    path = sent_off(bench)
    turn = bench.get(f"{path}/status").hidden("turn")
    drain()

    answer = bench.post(path, {"turn": turn})

    assert (303, f"{path}/status") == (answer.status, answer.headers["Location"])
    assert State.ANSWERED is bench.attempt().state
    assert {} == bench.opened(bench.attempt())
    assert [AttemptMessage(bench.attempt().attempt_id)] == queued()


def test_he_says_so_once(bench: Bench) -> None:
    """A double click, and a page that was left open, change nothing."""
    path = sent_off(bench)
    turn = bench.get(f"{path}/status").hidden("turn")
    bench.post(path, {"turn": turn})
    before = bench.attempt()

    assert 303 == bench.post(path, {"turn": turn}).status
    assert before == bench.attempt()
    bench.redirected()
    assert 303 == bench.post(path, {"turn": turn}).status
    assert State.REDIRECTING is bench.attempt().state


def test_a_first_consent_is_finished_by_coming_back_only(bench: Bench) -> None:
    """Who began it could have sent the bank's page to a stranger: his word does not count."""
    path = first_sent_off(bench)
    assert "I have finished there" not in bench.get(f"{path}/status").body

    answer = bench.post(path, {"turn": attempting.turn_of(bench.attempt())})

    assert 303 == answer.status
    assert State.REDIRECTING is bench.attempt().state


def test_who_has_gone_astray_starts_again(bench: Bench) -> None:
    """A bank's page that has failed is no reason to wait until it would have been given up."""
    path = sent_off(bench)
    before = everything()
    form = bench.get(f"{path}?again")
    assert before == everything()

    answer = bench.post(path, {"form": form.hidden("form"), "turn": form.hidden("turn")})

    assert f"{path}/status?go" == answer.headers["Location"]
    assert State.SUBMITTED is bench.attempt().state
    assert 2 == len(bench.attempts())
    assert "Checking with your bank" == bench.get(f"{path}/status").title


def test_another_browser_starts_again_and_is_then_the_one(bench: Bench) -> None:
    """Whoever began on his computer may finish on his phone, from the beginning."""
    path = first_sent_off(bench)
    bench.other_browser()
    form = bench.get(f"{path}?again")
    bench.post(path, {"form": form.hidden("form"), "turn": form.hidden("turn")})
    bench.redirected()

    assert URL in bench.get(f"{path}/status").body
    assert 303 == bench.come_back(code="x").status
    assert State.ANSWERED is bench.attempt().state


def test_what_was_wrong_with_a_new_start_can_be_mended(bench: Bench) -> None:
    """Where something is typed first, the form stays a new start when it comes back."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.redirected()
    again = bench.get(f"{path}?again")

    wrong = bench.post(path, {"form": again.hidden("form"), "turn": again.hidden("turn")})
    bench.submit(path, wrong.hidden("form"), turn=wrong.hidden("turn"))

    assert 422 == wrong.status
    assert 2 == len(bench.attempts())


def test_a_new_start_of_what_has_moved_on_is_none(bench: Bench) -> None:
    """The bank has sent him back meanwhile: that is what goes on."""
    path = sent_off(bench)
    form = bench.get(f"{path}?again")
    bench.come_back(code="x")

    answer = bench.post(path, {"form": form.hidden("form"), "turn": form.hidden("turn")})

    assert f"{path}/status" == answer.headers["Location"]
    assert 1 == len(bench.attempts())
    assert f"{path}/status" == bench.get(f"{path}?again").headers["Location"]


def test_a_new_start_is_a_try_like_any_other(bench: Bench) -> None:
    """Not before the pause is over, and not by a link that has expired."""
    path = sent_off(bench)
    bench.change(tries=(NOON, NOON, NOON))

    page = bench.get(f"{path}?again")
    refused = bench.post(path, {"form": "g" * 24, "turn": turn_of(bench)})

    assert (429, 429) == (page.status, refused.status)
    assert 1 == len(bench.attempts())


def test_a_way_that_nobody_takes_is_given_up(bench: Bench) -> None:
    """And then the link opens the form again."""
    path = sent_off(bench)
    bench.clock.advance(PATIENCE)

    assert "That took too long" == bench.get(f"{path}/status?go").title
    assert 200 == bench.get(path).status


def turn_of(bench: Bench) -> str:
    """Return the mark of the way that stands."""
    return bench.get(f"{bench.link(bench.stored())}/status").hidden("turn")

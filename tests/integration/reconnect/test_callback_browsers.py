"""Which browser may come back from the bank."""

from __future__ import annotations

import pytest

from relink.attempt import State
from tests.integration.reconnect.bench import Bench, Crash, drain, queued
from tests.integration.reconnect.coming_back import stored
from tests.integration.reconnect.consent import (
    CODE,
    CONSENT,
    FORM,
    first_sent_off,
    sent_off,
)
from tests.integration.reconnect.test_form import everything


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

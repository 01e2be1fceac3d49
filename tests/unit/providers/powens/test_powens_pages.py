"""The owner's way to a page, and back to us from there."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from relink.failures import Misconfigured, Temporary
from relink.provider import Accepted, Redirect, Rejected, WaitForApp
from relink.providers.powens import codes, refusals
from relink.providers.powens.login import LOOKS
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    ACCESS,
    BACK,
    CONNECTIONS,
    FORM,
    ONE,
    URL,
    Bench,
    connection,
    error,
    recorded,
)

PAGE = "https://bank.example/authorize?x=1"
WEBAUTH = "GET /webauth-url"
CODE = "GET /auth/token/code"
CONNECTOR = "GET /connectors/f711dd7a-6289-5bda-b3a4-f2febda8c046"


@pytest.fixture
def powens(powens: Bench) -> Bench:
    """Return the adapter before a bank whose owners go to its own page."""
    powens.by_page()
    plain = recorded("connector", fields=[])
    powens.wire.play(CONNECTOR, answer(plain))
    powens.wire.play(WEBAUTH, answer({"url": PAGE}))
    powens.wire.play(CODE, answer({"code": "a-code", "type": "temporary"}))
    return powens


def away(outcome: object) -> Redirect:
    """Return an outcome that sends the owner to a page."""
    assert isinstance(outcome, Redirect)
    return outcome


def query(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return dict(parse_qsl(urlsplit(url).query))


def test_a_bank_with_its_own_page_is_asked_where_that_is(powens: Bench) -> None:
    """Powens is told where to send the owner back to, without a query, and with our state."""
    out = away(powens.log_in(return_url=f"{BACK}?lang=es#top"))
    assert PAGE == out.url
    sent = powens.wire.last(WEBAUTH)
    expected = {
        "client_id": "client-of-ours",
        "redirect_uri": BACK,
        "state": "att_1",
        "id_connector": "59",
        "source": "openapi",
    }
    assert expected == dict(parse_qsl(sent.query))
    assert f"Bearer {ACCESS.token}" == sent.headers["Authorization"]


def test_the_connection_is_found_when_the_owner_is_back(powens: Bench) -> None:
    """Whatever the address says: it is the one that the user has."""
    out = away(powens.log_in())
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": [recorded("connection")]}))
    back = powens.log_in({"id_connection": "999", "state": "att_1"}, out.continuation)
    assert isinstance(back, Accepted)
    assert ACCESS.secret() == back.secret


def test_a_bank_that_wants_to_know_more_is_entered_through_the_webview(powens: Bench) -> None:
    """Powens' page asks for what the bank's page needs; its address holds a code for one visit."""
    powens.wire.play(CONNECTOR, answer(recorded("connector")))
    out = away(powens.log_in())
    assert out.url.startswith(f"{URL}/auth/webview/connect?")
    expected = {
        "client_id": "client-of-ours",
        "redirect_uri": BACK,
        "state": "att_1",
        "code": "a-code",
        "connector_uuids": "f711dd7a-6289-5bda-b3a4-f2febda8c046",
    }
    assert expected == {k: v for k, v in query(out.url).items() if k != "connector_ids"}
    assert ACCESS.token not in out.url


def test_a_consent_is_renewed_in_place(powens: Bench) -> None:
    """The bank's page is asked for by the connection."""
    powens.wire.play(f"GET {ONE}", connection(codes.WEBAUTH))
    away(powens.log_in(secret=ACCESS.secret()))
    assert "301" == query(f"?{powens.wire.last(WEBAUTH).query}")["id_connection"]
    assert "POST /auth/init" not in powens.wire.names()


def test_the_webview_renews_what_the_banks_page_does_not(powens: Bench) -> None:
    """Powens may say that there is nothing to renew there."""
    powens.wire.play(f"GET {ONE}", connection(codes.WEBAUTH))
    powens.wire.play(WEBAUTH, error("invalidValue", 409))
    out = away(powens.log_in(secret=ACCESS.secret()))
    assert out.url.startswith(f"{URL}/auth/webview/reconnect?")
    assert "301" == query(out.url)["connection_id"]


def test_a_confirmation_that_nothing_brings_is_done_in_the_webview(powens: Bench) -> None:
    """After the bank was asked once and still wants it."""
    powens.wire.play(f"GET {ONE}", connection(codes.SCA))
    powens.wire.play(f"POST {ONE}", connection(codes.SCA))
    out = away(powens.log_in(FORM, secret=ACCESS.secret()))
    assert "/auth/webview/reconnect?" in out.url


@pytest.mark.parametrize("said", ["access_denied", "tos_declined"])
def test_an_owner_who_left_is_told_that_nothing_has_changed(powens: Bench, said: str) -> None:
    """At once, without asking Powens."""
    out = away(powens.log_in())
    powens.wire.sent.clear()
    outcome = powens.log_in({"error": said}, out.continuation)
    assert isinstance(outcome, Rejected)
    assert ({"": refusals.LEFT}, said) == (outcome.field_messages, outcome.provider_code)
    assert powens.wire.sent == []


def test_an_owner_who_comes_back_with_nothing_is_told_so_after_a_while(powens: Bench) -> None:
    """Powens may be slower than his browser."""
    out = away(powens.log_in())
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}))
    outcome = powens.log_in({"error": "server_error"}, out.continuation)
    looks = 0
    while isinstance(outcome, WaitForApp):
        looks += 1
        outcome = powens.log_in(continuation=outcome.continuation)
    assert looks == LOOKS // 2
    assert isinstance(outcome, Rejected)
    assert Reason.ACCESS_NOT_GRANTED is outcome.reason


@pytest.mark.parametrize("url", ["", "/callback", "javascript:alert(1)"])
def test_without_an_address_to_come_back_to_nobody_is_sent_away(powens: Bench, url: str) -> None:
    """That is ours to mend."""
    with pytest.raises(Misconfigured):
        powens.log_in(return_url=url)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "http://bank.example/", "//bank"])
def test_the_owner_is_sent_to_no_odd_address(powens: Bench, url: str) -> None:
    """Whatever Powens answers."""
    powens.wire.play(WEBAUTH, answer({"url": url}))
    with pytest.raises(Temporary) as raised:
        powens.log_in()
    assert Reason.BAD_ANSWER is raised.value.reason

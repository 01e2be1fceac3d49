from __future__ import annotations

import datetime as dt
import json

import pytest

from relink.connection import Bank, Method
from relink.failures import Misconfigured, Temporary
from relink.provider import Ask, Presence, Redirect, Rejected
from relink.providers.transport import Answer
from relink.reasons import Reason
from tests.unit.providers.enablebanking.scripted import (
    BANK,
    NOON,
    URL,
    Bench,
    connection,
    refused,
    secret,
)
from tests.unit.providers.playing import answer

COMPANY = Bank("es-caja", "Caja Empresas", "es", "enablebanking", Method.CONSENT)
DIRECT = Bank("es-directo", "Banco Directo", "ES", "enablebanking", Method.CONSENT)
DAYS = 86_400


def test_the_form_is_a_button_to_the_bank(bench: Bench) -> None:
    """Nothing is asked for, and no bank is called, to draw the form."""
    assert () == bench.adapter.describe_credentials(BANK)
    assert [] == bench.transport.asked


def test_the_owner_is_sent_to_his_bank_for_as_long_as_it_allows(bench: Bench) -> None:
    """The consent asked for lasts to the bank's maximum, short of minutes."""
    assert URL == bench.sent().url

    asked = bench.transport.to("POST /auth")[0].body
    until = dt.datetime.fromisoformat(asked.pop("access").pop("valid_until"))
    assert NOON + 180 * DAYS - 300 == until.timestamp()
    assert {
        "aspsp": {"name": "Banco de Pruebas", "country": "ES"},
        "state": "att_1",
        "redirect_url": "https://app.example/reconnect/callback",
        "psu_type": "business",
    } == asked


def test_the_page_speaks_the_owners_language(bench: Bench) -> None:
    """The browser's language goes along."""
    login = bench.login()
    there = Presence("192.0.2.7", "Browser/1", {"accept-language": "es-ES,es;q=0.9"})
    bench.step(type(login)(login.answers, login.keep, presence=there, state="s"))

    assert "es" == bench.transport.to("POST /auth")[0].body["language"]


def test_a_bank_that_must_know_a_number_first_has_it_asked_for(bench: Bench) -> None:
    """The bank's own declaration makes the form; the answer goes with the method's name."""
    asked = bench.step(bench.login(), COMPANY)
    assert isinstance(asked, Ask)
    assert [("companyId", "Company ID", r"^\d{8}$", "Eight digits")] == [
        (f.name, f.label, f.pattern, f.help) for f in asked.fields
    ]
    outcome = bench.step(bench.login(asked.continuation, companyId="12345678"), COMPANY)

    assert isinstance(outcome, Redirect)
    body = bench.transport.to("POST /auth")[0].body
    assert ("empresa", {"companyId": "12345678"}) == (body["auth_method"], body["credentials"])


def test_a_number_that_the_bank_refuses_is_refused_without_its_echo(bench: Bench) -> None:
    """The owner is told; nothing of what he entered comes back."""
    refusal = refused("WRONG_CREDENTIALS_PROVIDED", 422, "12345678 is wrong")
    bench.transport.play("POST /auth", refusal)
    outcome = bench.step(bench.login(b'{"step":"asked"}', companyId="12345678"), COMPANY)

    assert isinstance(outcome, Rejected)
    assert Reason.CREDENTIALS_REJECTED is outcome.reason
    assert "12345678" not in repr(outcome)


def test_passwords_are_never_asked_for(bench: Bench) -> None:
    """A consent's secrets are entered at the bank; a bank of private customers takes those."""
    assert isinstance(bench.step(bench.login(), DIRECT), Redirect)

    body = bench.transport.to("POST /auth")[0].body
    assert "personal" == body["psu_type"]
    assert "credentials" not in body
    until = dt.datetime.fromisoformat(body["access"]["valid_until"])
    assert NOON + 90 * DAYS - 300 == until.timestamp()


def test_a_bank_id_says_as_whom_the_owner_logs_in(bench: Bench) -> None:
    """Where a bank knows both kinds of customer, the catalogue offers it twice."""
    personal = Bank("es-pruebas:personal", BANK.name, "ES", "enablebanking", Method.CONSENT)
    bench.step(bench.login(), personal)

    assert "personal" == bench.transport.to("POST /auth")[0].body["psu_type"]


def test_a_reconnect_logs_in_as_the_same_customer(bench: Bench) -> None:
    """What the old consent was given as is not asked again."""
    kept = json.loads(secret().reveal()) | {"psu_type": "personal"}
    login = bench.login()
    old = type(secret())(json.dumps(kept).encode())
    bench.step(type(login)(login.answers, login.keep, secret=old, state="s"))

    assert "personal" == bench.transport.to("POST /auth")[0].body["psu_type"]


def test_a_consent_shorter_than_the_catalogue_says_is_asked_for_once_more(bench: Bench) -> None:
    """The bank names its limit; that is asked for."""
    text = "ASPSP does not support consent validity more than 7776000 seconds in the future"
    refusal = answer({"code": 422, "message": text, "error": "WRONG_REQUEST_PARAMETERS"}, 422)
    good = answer({"url": URL, "authorization_id": "a", "psu_id_hash": "f"})
    bench.transport.play("POST /auth", refusal, good)
    bench.sent()

    until = bench.transport.to("POST /auth")[1].body["access"]["valid_until"]
    assert NOON + 90 * DAYS - 300 == dt.datetime.fromisoformat(until).timestamp()


def test_a_bank_that_is_not_in_the_catalogue_is_left_to_the_service(bench: Bench) -> None:
    """Our catalogue may be stale: that is ours to mend, and nothing turns red."""
    bench.transport.play("POST /auth", refused("WRONG_ASPSP_PROVIDED"))
    unknown = Bank("x", "Nobody's Bank", "ES", "enablebanking", Method.CONSENT)

    with pytest.raises(Misconfigured):
        bench.step(bench.login(), unknown)


def test_the_catalogue_is_fetched_once_an_hour(bench: Bench) -> None:
    """It is long, and the same for all."""
    adapter = bench.adapter
    for moment in (NOON, NOON + 60, NOON + 7_200):
        adapter.authenticate(connection(), bench.login(), moment)

    assert 2 == len(bench.transport.to("GET /aspsps"))
    asked = bench.transport.to("GET /aspsps")[0].query
    assert {"country": "ES", "service": "AIS"} == asked


def test_a_catalogue_that_cannot_be_read_keeps_nobody_from_his_bank(bench: Bench) -> None:
    """The bank says itself what it does not allow."""
    bench.transport.play("GET /aspsps", answer(b"garbage"))

    assert isinstance(bench.step(bench.login()), Redirect)


def test_a_service_that_is_down_starts_no_consent(bench: Bench) -> None:
    """Orange, and nothing is asked of the bank."""
    bench.transport.play("GET /aspsps", Answer(503, {}, b""))

    with pytest.raises(Temporary):
        bench.step(bench.login())
    assert [] == bench.transport.to("POST /auth")

from __future__ import annotations

import datetime as dt

import pytest

from relink.bank_accounts import identity
from relink.failures import Misconfigured, ProviderError, Temporary
from relink.provider import Accepted, Redirect, Rejected
from relink.providers.enablebanking.accounts import opened
from relink.providers.transport import TIMED_OUT, Answer
from relink.reasons import Reason
from tests.unit.providers.enablebanking.scripted import (
    SESSION,
    Bench,
    connection,
    recorded,
    refused,
    secret,
)
from tests.unit.providers.playing import answer


def test_a_code_buys_a_session_that_is_kept_at_once(bench: Bench) -> None:
    """It is spent once: what it bought is stored before anything else, and used again after."""
    outcome = bench.back(code="c0de", state="att_1")

    assert isinstance(outcome, Accepted)
    assert [{"code": "c0de"}] == [a.body for a in bench.transport.to("POST /sessions")]
    again = bench.step(bench.login(bench.kept[0], code="c0de", state="att_1"))
    assert outcome == again
    assert 1 == len(bench.transport.to("POST /sessions"))


def test_the_accounts_are_named_by_what_outlives_the_session(bench: Bench) -> None:
    """The service's hash, then the IBAN with its currency; never name or place."""
    outcome = bench.back(code="c0de", state="att_1")

    assert isinstance(outcome, Accepted)
    first, second, card = outcome.accounts
    assert (
        identity("enablebanking", "aWJhbg==.r0ck+Hash/One="),
        identity("iban", "ES9121000418450200051332", "EUR"),
    ) == first.identities
    assert identity("iban", "ES7921000813610123456789", "") == second.identities[1]
    assert 1 == len(card.identities)
    assert ["Cuenta Negocios ··1332", "Cuenta Negocios ··6789", "Card"] == [
        a.name for a in outcome.accounts
    ]
    granted = dt.datetime(2027, 5, 16, 11, 55, tzinfo=dt.UTC).timestamp()
    assert granted == outcome.expires_at
    assert SESSION == opened(outcome.secret.reveal()).session_id


def test_a_reconnect_shows_the_same_accounts_under_other_uids(bench: Bench) -> None:
    """The uid is new in each session, the identities are not."""
    first = bench.back(code="c0de", state="att_1")
    renewed = recorded("new_session")
    for number, account in enumerate(renewed["accounts"]):
        account["uid"] = f"0b6a2b1e-6d0e-4f46-8a6f-9f4d4f8a1a0{number}"
    bench.transport.play("POST /sessions", answer(renewed))
    again = bench.back(code="other", state="att_1")

    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert [a.identities for a in first.accounts] == [a.identities for a in again.accounts]
    assert {a.provider_id for a in first.accounts}.isdisjoint(
        {a.provider_id for a in again.accounts}
    )


def test_an_owner_who_is_still_at_his_bank_is_sent_there_again(bench: Bench) -> None:
    """Without an answer nothing is spent and nothing new is begun."""
    first = bench.sent()
    again = bench.step(bench.login(first.continuation))

    assert first == again
    assert 1 == len(bench.transport.to("POST /auth"))


def test_an_answer_to_another_attempt_is_refused(bench: Bench) -> None:
    """A code that was brought in from elsewhere is not spent."""
    outcome = bench.back(code="c0de", state="att_2")

    assert isinstance(outcome, Rejected)
    assert [] == bench.transport.to("POST /sessions")


def test_the_owners_no_is_his_no(bench: Bench) -> None:
    """He refused: the attempt ends, and the old consent stays as it is."""
    outcome = bench.back(
        error="access_denied",
        error_description="Denied data sharing consent",
        state="att_1",
    )

    assert isinstance(outcome, Rejected)
    assert (Reason.ACCESS_NOT_GRANTED, "access_denied") == (outcome.reason, outcome.provider_code)
    assert "Denied data sharing consent" == outcome.provider_text
    assert [] == [a for a in bench.transport.asked if a.method == "DELETE"]


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ("server_error", Temporary, Reason.BANK_UNAVAILABLE),
        ("temporarily_unavailable", Temporary, Reason.BANK_UNAVAILABLE),
        ("invalid_request", Misconfigured, Reason.MISCONFIGURED),
        ("tide_is_out", Temporary, Reason.UNKNOWN),
    ],
)
def test_the_banks_trouble_on_its_page_is_no_verdict(
    bench: Bench, error: str, kind: type[ProviderError], reason: Reason
) -> None:
    """What goes wrong at the bank's page is not the owner's no."""
    with pytest.raises(kind) as raised:
        bench.back(error=error, error_description="<b>oops</b>", state="att_1")

    assert reason is raised.value.reason
    assert "b oops /b" == raised.value.provider_text


@pytest.mark.parametrize("code", ["EXPIRED_AUTHORIZATION_CODE", "WRONG_AUTHORIZATION_CODE"])
def test_a_code_that_came_too_late_ends_the_attempt(bench: Bench, code: str) -> None:
    """The way to the bank must be gone again, and the owner is told so."""
    bench.transport.play("POST /sessions", refused(code, 422))
    outcome = bench.back(code="c0de", state="att_1")

    assert isinstance(outcome, Rejected)
    assert (Reason.SCA_REQUIRED, code) == (outcome.reason, outcome.provider_code)


def test_a_code_that_was_spent_before_leads_to_the_bank_again(bench: Bench) -> None:
    """Its session is not known here; only another consent brings one that is."""
    bench.transport.play("POST /sessions", refused("ALREADY_AUTHORIZED", 422))

    assert isinstance(bench.back(code="c0de", state="att_1"), Redirect)


def test_a_code_whose_answer_is_lost_is_not_sent_again(bench: Bench) -> None:
    """Whether it was spent is not known: that is no verdict, and no second try."""
    bench.transport.play("POST /sessions", TIMED_OUT.error("timeout"))

    with pytest.raises(Temporary):
        bench.back(code="c0de", state="att_1")
    assert 1 == len(bench.transport.to("POST /sessions"))
    assert [] == bench.kept


def test_a_consent_to_no_account_is_refused(bench: Bench) -> None:
    """A permission that opens nothing does not replace one that does."""
    bench.transport.play("POST /sessions", answer({**recorded("new_session"), "accounts": []}))
    outcome = bench.back(code="c0de", state="att_1")

    assert isinstance(outcome, Rejected)
    assert Reason.ACCESS_NOT_GRANTED is outcome.reason


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://bank.example/", "https:///x", "no"])
def test_the_owner_is_sent_to_a_secure_address_only(bench: Bench, url: str) -> None:
    """What is no HTTPS address is a bad answer."""
    bench.transport.play("POST /auth", answer({"url": url, "authorization_id": "a"}))

    with pytest.raises(Temporary):
        bench.sent()


def test_a_broken_answer_to_a_code_is_no_verdict(bench: Bench) -> None:
    """Garbage is orange, and nothing is kept of it."""
    bench.transport.play("POST /sessions", answer({"session_id": SESSION, "accounts": [{}]}))

    with pytest.raises(Temporary) as raised:
        bench.back(code="c0de", state="att_1")
    assert Reason.BAD_ANSWER is raised.value.reason


def test_the_code_is_in_no_error(bench: Bench) -> None:
    """Not even where the bank repeats it."""
    bench.transport.play("POST /sessions", refused("ASPSP_ERROR", 400, "code c0de-12345 failed"))

    with pytest.raises(Temporary) as raised:
        bench.back(code="c0de-12345", state="att_1")
    assert "c0de-12345" not in f"{raised.value!r}{raised.value.provider_text}"


def test_a_disconnect_closes_the_session(bench: Bench) -> None:
    """And with it, if possible, the consent at the bank."""
    path = f"DELETE /sessions/{SESSION}"
    bench.transport.play(path, answer({"message": "OK"}))
    bench.adapter.disconnect(connection(), secret())

    assert 1 == len(bench.transport.to(path))


@pytest.mark.parametrize("code", ["EXPIRED_SESSION", "CLOSED_SESSION", "SESSION_DOES_NOT_EXIST"])
def test_a_session_that_is_over_is_disconnected(bench: Bench, code: str) -> None:
    """Twice is no error."""
    bench.transport.play(f"DELETE /sessions/{SESSION}", refused(code, 401))

    bench.adapter.disconnect(connection(), secret())


def test_a_disconnect_that_did_not_work_says_so(bench: Bench) -> None:
    """A consent that may still be open is not reported as closed."""
    bench.transport.play(f"DELETE /sessions/{SESSION}", Answer(503, {}, b""))

    with pytest.raises(Temporary):
        bench.adapter.disconnect(connection(), secret())

"""Nothing that may be sent only once is sent twice, and nothing secret is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from relink.failures import ProviderError
from relink.providers.powens import refusals
from relink.providers.powens.access import Access, Phase, Stand
from relink.providers.powens.login import LOOKS
from relink.providers.transport import TIMED_OUT
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    ACCESS,
    AGAIN,
    CONNECTIONS,
    FORM,
    MADE,
    ONE,
    Bench,
    accepted,
    connection,
    error,
    recorded,
    refused,
    waits,
)

if TYPE_CHECKING:
    from relink.provider import Secret


def test_it_is_kept_that_something_was_sent_before_it_is(powens: Bench) -> None:
    """With the token that a crash would lose, and without the credentials."""
    powens.wire.play(MADE, TIMED_OUT.error("timeout"))
    with pytest.raises(ProviderError):
        powens.log_in(FORM)
    (kept,) = powens.kept
    stand = Stand.of(kept)
    assert (Phase.SENT, ACCESS.token) == (stand.phase, stand.access and stand.access.token)
    assert FORM["password"].encode() not in kept


def test_nothing_is_sent_twice(powens: Bench) -> None:
    """After an answer that was lost, the connection is looked for among the user's."""
    powens.wire.play(MADE, TIMED_OUT.error("timeout"))
    with pytest.raises(ProviderError):
        powens.log_in(FORM)
    found = {"connections": [recorded("connection", id=300), recorded("connection")]}
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}), answer(found))
    waiting = waits(powens.log_in(continuation=powens.kept[-1]))
    outcome = accepted(powens.log_in(continuation=waiting.continuation))
    assert "301" == Access.of(outcome.secret).connection
    assert powens.wire.names().count(MADE) == 1


def test_what_never_shows_up_is_told_as_uncertain(powens: Bench) -> None:
    """After a while; the owner decides whether to enter it again."""
    powens.wire.play(MADE, TIMED_OUT.error("timeout"))
    with pytest.raises(ProviderError):
        powens.log_in(FORM)
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}))
    continuation = powens.kept[-1]
    for _ in range(LOOKS):
        continuation = waits(powens.log_in(continuation=continuation)).continuation
    outcome = refused(powens.log_in(continuation=continuation))
    assert {"": refusals.UNCERTAIN} == outcome.field_messages
    assert powens.wire.names().count(MADE) == 1


def test_a_lost_answer_of_a_reconnect_is_waited_for(powens: Bench) -> None:
    """While the state is the one from before, the bank may not have answered yet."""
    powens.wire.play(f"GET {ONE}", connection("wrongpass"))
    powens.wire.play(AGAIN, TIMED_OUT.error("timeout"))
    with pytest.raises(ProviderError):
        powens.log_in(FORM, secret=ACCESS.secret())
    waiting = waits(powens.log_in(continuation=powens.kept[-1], secret=ACCESS.secret()))
    powens.wire.play(f"GET {ONE}", connection())
    accepted(powens.log_in(continuation=waiting.continuation, secret=ACCESS.secret()))
    assert powens.wire.names().count(AGAIN) == 1


@pytest.mark.parametrize("secret", [None, ACCESS.secret()])
def test_what_powens_says_it_has_not_done_is_told_as_that(
    powens: Bench, secret: Secret | None
) -> None:
    """There is nothing to look for: the owner may try again later."""
    for name in (MADE, AGAIN):
        powens.wire.play(name, error("websiteUnavailable", 503))
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}))
    with pytest.raises(ProviderError):
        powens.log_in(FORM, secret=secret)
    outcome = refused(powens.log_in(continuation=powens.kept[-1], secret=secret))
    assert Reason.BANK_UNAVAILABLE is outcome.reason


def test_what_the_bank_says_is_shown_without_what_was_entered(powens: Bench) -> None:
    """Nor any address, which may hold a token."""
    said = f"Login {FORM['login']} with {FORM['password']}: see https://x.example/?token=abc"
    powens.wire.play(MADE, error("wrongpass", message=said))
    outcome = refused(powens.log_in(FORM))
    assert "Login *** with ***: see …" == outcome.provider_text
    assert {"": refusals.WRONG_DETAILS} == outcome.field_messages
    assert (Reason.CREDENTIALS_REJECTED, "error:wrongpass") == (
        outcome.reason,
        outcome.provider_code,
    )


def test_nothing_secret_is_in_a_representation(powens: Bench) -> None:
    """Of the token, the login's standing, the client and the adapter."""
    stand = Stand(Phase.FORM, 0, ACCESS, {"password": "246813"})
    shown = " ".join(map(repr, (ACCESS, stand, powens.adapter._client, powens.adapter)))
    for secret in (ACCESS.token, "246813", "secret-of-ours"):
        assert secret not in shown


def test_continuations_are_json_of_ours() -> None:
    """What is packed is what comes out again."""
    stand = Stand(Phase.CODE, 7, ACCESS, {"a": "b"}, ("otp",), "x", "unknown", 3)
    assert stand == Stand.of(stand.packed())
    assert isinstance(json.loads(stand.packed()), dict)

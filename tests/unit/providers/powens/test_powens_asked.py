"""What a state asks for next: a code, the app, patience."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relink.failures import ProviderError
from relink.provider import Ask
from relink.providers.powens import codes, refusals
from relink.providers.powens.access import Phase, Stand
from relink.providers.powens.login import PATIENCE
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    ACCESS,
    AGAIN,
    CODE_FIELD,
    CONNECTIONS,
    FORM,
    MADE,
    NOW,
    ONE,
    Bench,
    accepted,
    connection,
    error,
    recorded,
    refused,
    waits,
)


def test_what_waiting_mends_is_waited_for_and_then_given_up(powens: Bench) -> None:
    """A first login's connection is kept while somebody waits for it, and no longer."""
    powens.wire.play(MADE, connection("websiteUnavailable"))
    powens.wire.play(f"GET {ONE}", connection("websiteUnavailable"))
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": [recorded("connection")]}))
    with pytest.raises(ProviderError):
        powens.log_in(FORM)
    assert f"DELETE {ONE}" not in powens.wire.names()
    stand = replace(Stand.of(powens.kept[-1]), phase=Phase.WAIT, access=ACCESS)
    with pytest.raises(ProviderError):
        powens.log_in(continuation=stand.packed(), now=NOW + PATIENCE)
    assert f"DELETE {ONE}" in powens.wire.names()


def test_a_code_is_asked_for_in_the_banks_words(powens: Bench) -> None:
    """It is sent under the name that the bank gave it, and nothing else with it."""
    needs = connection(codes.MORE, fields=[CODE_FIELD], error_message="Code sent to <b>+33…")
    powens.wire.play(MADE, needs)
    asked = powens.log_in(FORM)
    assert isinstance(asked, Ask)
    assert ("otp", "otp", True) == (
        asked.fields[0].name,
        asked.fields[0].kind,
        asked.fields[0].transient,
    )
    accepted(powens.log_in({"otp": "123456", "login": "x"}, asked.continuation))
    assert {"otp": "123456"} == powens.wire.last(AGAIN).content


def test_a_refused_code_is_told_as_that(powens: Bench) -> None:
    """The access details may be right."""
    powens.wire.play(MADE, connection(codes.MORE, fields=[CODE_FIELD]))
    asked = powens.log_in(FORM)
    assert isinstance(asked, Ask)
    powens.wire.play(AGAIN, error("wrongpass"))
    outcome = refused(powens.log_in({"otp": "123456"}, asked.continuation))
    assert {"": refusals.WRONG_CODE} == outcome.field_messages


def test_asking_for_more_without_saying_what_is_no_question(powens: Bench) -> None:
    """There would be nothing to fill in."""
    powens.wire.play(MADE, connection(codes.MORE, fields=[]))
    assert Reason.SCA_REQUIRED is refused(powens.log_in(FORM)).reason


def test_the_app_is_waited_for_in_the_background(powens: Bench) -> None:
    """Powens goes on as soon as the owner has approved; asking is free."""
    powens.wire.play(MADE, connection(codes.DECOUPLED))
    powens.wire.play(f"GET {ONE}", connection(codes.DECOUPLED))
    powens.wire.play(
        AGAIN, error("connectionLocked", 409), connection(codes.DECOUPLED), connection()
    )
    outcome = waits(powens.log_in(FORM))
    for _ in range(2):
        outcome = waits(powens.log_in(continuation=outcome.continuation))
    accepted(powens.log_in(continuation=outcome.continuation))
    sent = powens.wire.last(AGAIN)
    assert ({"resume": True}, "background=true") == (sent.content, sent.query)
    assert powens.wire.names().count(MADE) == 1


def test_an_approval_that_is_refused_ends_the_login(powens: Bench) -> None:
    """By the bank's word."""
    powens.wire.play(MADE, connection(codes.DECOUPLED))
    powens.wire.play(f"GET {ONE}", connection(codes.DECOUPLED))
    powens.wire.play(AGAIN, error("wrongpass"))
    outcome = waits(powens.log_in(FORM))
    refused(powens.log_in(continuation=outcome.continuation))


def test_a_pending_question_is_answered_before_anything_is_sent(powens: Bench) -> None:
    """The connection is waiting for its owner: an empty form goes on from there."""
    powens.wire.play(f"GET {ONE}", connection(codes.MORE, fields=[CODE_FIELD]))
    asked = powens.log_in(secret=ACCESS.secret())
    assert isinstance(asked, Ask)
    assert AGAIN not in powens.wire.names()

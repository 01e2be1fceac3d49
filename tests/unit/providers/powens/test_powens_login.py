"""Signing in: what a bank is sent, and what comes of a yes and of a no."""

from __future__ import annotations

from typing import Any

import pytest

from relink.failures import Misconfigured, ProviderError
from relink.provider import WaitForApp
from relink.providers.powens import refusals
from relink.providers.powens.access import Access
from relink.providers.transport import NOT_REACHED
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    ACCESS,
    ACTIVATED,
    AGAIN,
    CONNECTIONS,
    FORM,
    MADE,
    ONE,
    Bench,
    accepted,
    bench,
    connection,
    error,
    recorded,
    refused,
)


def test_a_first_login_makes_a_user_and_a_connection(powens: Bench) -> None:
    """With the fields at the top, as the bank declares them, and the user's token."""
    outcome = accepted(powens.log_in({**FORM, "unasked": "x"}))
    made = powens.wire.last("POST /auth/init")
    assert {"client_id": "client-of-ours", "client_secret": "secret-of-ours"} == made.content
    assert "Authorization" not in made.headers
    sent = powens.wire.last(MADE)
    named = {"connector_uuid": "f711dd7a-6289-5bda-b3a4-f2febda8c046"}
    assert {**named, **FORM} == sent.content
    assert "source=directaccess" == sent.query
    assert f"Bearer {ACCESS.token}" == sent.headers["Authorization"]
    assert ACCESS == Access.of(outcome.secret)
    assert ["5001", "5002"] == [a.provider_id for a in outcome.accounts]


def test_a_connector_without_a_uuid_is_named_by_its_id(powens: Bench) -> None:
    """One source needs no name, either."""
    told = recorded("connector", uuid=None, sources=recorded("connector")["sources"][1:])
    powens.wire.play("GET /connectors/f711dd7a-6289-5bda-b3a4-f2febda8c046", answer(told))
    accepted(powens.log_in(FORM))
    sent = powens.wire.last(MADE)
    assert (59, "") == (sent.content["id_connector"], sent.query)


def test_a_reconnect_gives_the_same_connection_new_fields(powens: Bench) -> None:
    """It makes no user, deletes nothing, and names no connector."""
    powens.wire.play(f"GET {ONE}", connection("wrongpass"))
    outcome = accepted(powens.log_in(FORM, secret=ACCESS.secret()))
    assert FORM == powens.wire.last(AGAIN).content
    assert ACCESS == Access.of(outcome.secret)
    assert not {MADE, "POST /auth/init", f"DELETE {ONE}"} & set(powens.wire.names())


@pytest.mark.parametrize(
    "settings",
    [
        {"POWENS_URL": ""},
        {"POWENS_URL": "demo.biapi.pro/2.0"},
        {"POWENS_URL": "http://demo.biapi.pro/2.0"},
        {"POWENS_CLIENT_ID": ""},
        {"POWENS_CLIENT_SECRET": ""},
    ],
)
def test_a_setting_that_is_missing_is_ours_to_mend(settings: dict[str, str]) -> None:
    """Nothing is called, nothing is sent in clear."""
    powens = bench(**settings)
    with pytest.raises(Misconfigured) as raised:
        powens.log_in(FORM)
    assert not raised.value.reached
    assert powens.wire.sent == []


def test_a_connector_that_powens_does_not_know_is_ours_to_mend(powens: Bench) -> None:
    """The catalogue is wrong."""
    powens.wire.play("GET /connectors/f711dd7a-6289-5bda-b3a4-f2febda8c046", error("notFound", 404))
    with pytest.raises(Misconfigured):
        powens.log_in(FORM)


def test_a_closed_connector_takes_no_new_connection(powens: Bench) -> None:
    """Those that there are can still be mended."""
    told = answer(recorded("connector", restricted=True))
    powens.wire.play("GET /connectors/f711dd7a-6289-5bda-b3a4-f2febda8c046", told)
    assert {"": refusals.NO_NEW} == refused(powens.log_in(FORM)).field_messages
    powens.wire.play(f"GET {ONE}", connection("wrongpass"))
    accepted(powens.log_in(FORM, secret=ACCESS.secret()))


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (error("websiteUnavailable", 503), "error:websiteUnavailable"),
        (error("bug", 500), "error:bug"),
        (error("tooManySync", 429), "error:tooManySync"),
        (error("connectionLocked", 409), "error:connectionLocked"),
        (answer({}, 502), "502"),
        (NOT_REACHED.error("unreachable", reached=False), "unreachable"),
    ],
)
def test_what_is_no_verdict_is_raised(powens: Bench, raised: Any, code: str) -> None:
    """A login is refused only by the bank."""
    powens.wire.play(MADE, raised)
    with pytest.raises(ProviderError) as found:
        powens.log_in(FORM)
    assert code == found.value.provider_code


@pytest.mark.parametrize(
    ("state", "reason", "message"),
    [
        ("wrongpass", Reason.CREDENTIALS_REJECTED, refusals.WRONG_DETAILS),
        ("passwordExpired", Reason.ACTION_AT_BANK, refusals.CHANGE_FIRST),
        ("actionNeeded", Reason.ACTION_AT_BANK, Reason.ACTION_AT_BANK.explanation.text),
    ],
)
def test_a_first_login_that_is_refused_leaves_nothing(
    powens: Bench, state: str, reason: Reason, message: str
) -> None:
    """Powens would go on holding the credentials; a reconnect's connection stays."""
    powens.wire.play(MADE, connection(state, error_message="Ve a tu banco"))
    outcome = refused(powens.log_in(FORM))
    assert (reason, message, "Ve a tu banco") == (
        outcome.reason,
        outcome.field_messages[""],
        outcome.provider_text,
    )
    assert f"DELETE {ONE}" == powens.wire.names()[-1]
    powens.wire.sent.clear()
    powens.wire.play(AGAIN, connection(state))
    refused(powens.log_in(FORM, secret=ACCESS.secret()))
    assert f"DELETE {ONE}" not in powens.wire.names()


def test_accounts_are_read_once_the_owner_has_connected_them(powens: Bench) -> None:
    """Powens makes new ones disabled; those that he has chosen stay as they are."""
    accepted(powens.log_in(FORM))
    assert ACTIVATED not in powens.wire.names()
    fresh = recorded("accounts")
    for account in fresh["accounts"]:
        account["disabled"] = "2026-11-22 12:00:00"
    powens.wire.play("GET /users/me/accounts", answer(fresh))
    powens.wire.play(ACTIVATED, answer({}))
    outcome = accepted(powens.log_in(FORM))
    assert ({"disabled": False}, "all") == (
        powens.wire.last(ACTIVATED).content,
        powens.wire.last(ACTIVATED).query,
    )
    assert ["5001", "5002", "5003"] == [a.provider_id for a in outcome.accounts]


def test_a_login_without_accounts_is_refused_after_a_while(powens: Bench) -> None:
    """They may come a moment later."""
    powens.wire.play("GET /users/me/accounts", answer({"accounts": []}))
    outcome = powens.log_in(FORM)
    while isinstance(outcome, WaitForApp):
        outcome = powens.log_in(continuation=outcome.continuation)
    assert {"": refusals.NO_ACCOUNTS} == refused(outcome).field_messages
    assert f"DELETE {ONE}" == powens.wire.names()[-1]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_dead_access_makes_a_new_one(powens: Bench, status: int) -> None:
    """The owner who signs in anew need not know of it."""
    powens.wire.play(f"GET {ONE}", error("gone", status), connection())
    powens.wire.play(f"GET {CONNECTIONS}", answer({"connections": []}))
    old = Access("an old one", "1", "301").secret()
    outcome = accepted(powens.log_in(FORM, secret=old))
    assert ACCESS == Access.of(outcome.secret)

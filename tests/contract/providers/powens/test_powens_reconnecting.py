"""Powens over its wire protocol: what mends a connection, in place or anew."""

from __future__ import annotations

import pytest

from relink.accounts import match
from relink.failures import NeedsOwner
from relink.provider import Accepted, Ask, Redirect, Rejected, WaitForApp
from relink.providers.powens.access import Access
from relink.reasons import Reason
from tests.contract.providers.powens.bench import (
    DAY,
    LINDENTAL,
    NOW,
    RIVAGE,
    SOLANA,
    Bench,
    connection,
    known,
)


def test_a_wrong_password_at_a_reconnect_leaves_the_connection(bench: Bench) -> None:
    """What was there goes on working."""
    first = bench.connect("fine.kept")
    assert isinstance(bench.log_in("fine.kept", first.secret, "wrong"), Rejected)
    assert bench.sync(first.secret).trouble is None


def test_a_consent_by_page_ends_and_is_renewed_in_place(bench: Bench) -> None:
    """The date is known from the start; renewing keeps the connection and its accounts."""
    bench.connection = connection(LINDENTAL)
    out = bench.step()
    assert isinstance(out, Redirect)
    first = bench.step(bench.visit(out.url, "fine.renewed"), out.continuation)
    assert isinstance(first, Accepted)
    bench.clock.advance(180 * DAY)
    expired = bench.fails(first.secret)
    assert (Reason.CONSENT_EXPIRED, "webauthRequired") == (expired.reason, expired.provider_code)
    out = bench.step(secret=first.secret)
    assert isinstance(out, Redirect)
    again = bench.step(bench.visit(out.url, "fine.renewed"), out.continuation, first.secret)
    assert isinstance(again, Accepted)
    assert again.secret == first.secret
    assert again.expires_at == NOW + 360 * DAY
    assert [a.provider_id for a in again.accounts] == [a.provider_id for a in first.accounts]


@pytest.mark.parametrize(("bank_id", "login"), [(SOLANA, "fine.sms"), (RIVAGE, "fine.app")])
def test_an_expired_consent_is_renewed_with_the_banks_second_factor(
    bench: Bench, bank_id: str, login: str
) -> None:
    """By form, in place: a code or the app, whichever the bank has."""
    first = bench.connect(login, bank_id)
    assert bench.sync(first.secret).consent_expires_at == NOW + 180 * DAY
    bench.clock.advance(180 * DAY)
    expired = bench.fails(first.secret)
    assert (Reason.CONSENT_EXPIRED, "SCARequired") == (expired.reason, expired.provider_code)
    outcome = bench.log_in(login, first.secret)
    if isinstance(outcome, Ask):
        outcome = bench.step({"sms_code": bench.code(login)}, outcome.continuation, first.secret)
    elif isinstance(outcome, WaitForApp):
        bench.approve(login)
        outcome = bench.step(continuation=outcome.continuation, secret=first.secret)
    assert isinstance(outcome, Accepted)
    assert outcome.expires_at == NOW + 360 * DAY
    assert bench.calls("connections.create") == 1


def test_a_deleted_connection_is_made_anew_and_its_accounts_are_found_again(bench: Bench) -> None:
    """The ids are others; the IBANs and the bank's own numbers are the same."""
    first = bench.connect("fine.dead")
    bench.switch("fine.dead", "connection-deleted")
    gone = bench.fails(first.secret)
    assert (NeedsOwner, Reason.CONNECTION_GONE) == (type(gone), gone.reason)
    again = bench.log_in("fine.dead", first.secret)
    assert isinstance(again, Accepted)
    assert again.secret != first.secret
    found = match("con_1", again.accounts, known(first.accounts))
    assert ["own_0", "own_1", "own_2"] == sorted(found.values())


def test_a_dead_token_is_ours_to_mend_until_the_owner_signs_in_anew(bench: Bench) -> None:
    """Nobody's connection turns red for it."""
    first = bench.connect("fine.token")
    bench.switch("fine.token", "token-revoked")
    refused = bench.fails(first.secret)
    assert (Reason.MISCONFIGURED, "401") == (refused.reason, refused.provider_code)
    assert isinstance(bench.log_in("fine.token", first.secret), Accepted)


def test_account_ids_that_change_are_found_again(bench: Bench) -> None:
    """Powens makes new ones when it cannot tell that an account is the same."""
    first = bench.connect("fine.moved")
    bench.switch("fine.moved", "new-ids")
    again = bench.log_in("fine.moved", first.secret)
    assert isinstance(again, Accepted)
    assert not {a.provider_id for a in again.accounts} & {a.provider_id for a in first.accounts}
    found = match("con_1", again.accounts, known(first.accounts))
    assert ["own_0", "own_1", "own_2"] == sorted(found.values())


def test_another_login_is_seen_by_its_accounts(bench: Bench) -> None:
    """Powens takes it; none of its accounts is taken for ours."""
    first = bench.connect("fine.mine")
    again = bench.log_in("fine.yours", first.secret)
    assert isinstance(again, Accepted)
    found = match("con_1", again.accounts, known(first.accounts))
    assert not {f"own_{n}" for n in range(3)} & set(found.values())


def test_powens_page_is_the_last_resort(bench: Bench) -> None:
    """Where signing in changes nothing, the owner is sent to the webview, and that mends it."""
    first = bench.connect("fine.webview")
    bench.switch("fine.webview", "webauth")
    out = bench.log_in("fine.webview", first.secret)
    assert isinstance(out, Redirect)
    back = bench.visit(out.url, "fine.webview")
    assert back["connection_id"] == Access.of(first.secret).connection
    again = bench.step(back, out.continuation, first.secret)
    assert isinstance(again, Accepted)
    assert again.secret == first.secret

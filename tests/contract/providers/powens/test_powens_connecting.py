"""Powens over its wire protocol: connecting, and reconnecting in place."""

from __future__ import annotations

import pytest

from infra.simulators.powens.connectors import catalogue
from relink.failures import NeedsOwner
from relink.provider import Accepted, Ask, Redirect, Rejected, WaitForApp
from relink.providers.powens import build, refusals
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
    form,
)


def test_the_whole_story(bench: Bench) -> None:
    """Connect, sync, go on, be locked out, reconnect in place, go on without gap or duplicate."""
    first = bench.connect("wrongpass.story")
    result = bench.sync(first.secret)
    assert result.trouble is None
    assert [a.identities for a in result.accounts] == [a.identities for a in first.accounts]
    seen = {(m.account, m.transaction_id) for m in result.added}
    assert len(seen) == len(result.added) > 100
    bench.clock.advance(2 * DAY)
    refused = bench.fails(first.secret, result.next_cursor)
    assert isinstance(refused, NeedsOwner)
    assert refused.reason is Reason.CREDENTIALS_REJECTED
    again = bench.log_in("wrongpass.story", first.secret, "the new one")
    assert isinstance(again, Accepted)
    assert again.secret == first.secret
    assert [a.provider_id for a in again.accounts] == [a.provider_id for a in first.accounts]
    rest = bench.sync(again.secret, result.next_cursor)
    assert rest.added
    assert not seen & {(m.account, m.transaction_id) for m in rest.added}
    assert (rest.incremental, rest.has_more) == (True, False)
    assert (bench.calls("auth/init"), bench.calls("connections.create")) == (1, 1)


@pytest.mark.parametrize("encryption", ["offered", "required", "off"])
def test_credentials_are_sealed_where_powens_offers_a_key(bench: Bench, encryption: str) -> None:
    """They arrive all the same where there is none."""
    bench.settings(encryption=encryption)
    assert bench.connect("fine.sealed").accounts


def test_what_the_bank_declares_is_asked_for_before_it_is_called(bench: Bench) -> None:
    """A bank that the catalogue has no form for; the answers are kept until the form is whole."""
    asked = bench.asked(bench.step())
    assert ["document", "login", "password"] == [f.name for f in asked.fields]
    assert (("nif", "NIF"), ("nie", "NIE"), ("passport", "Pasaporte")) == asked.fields[0].choices
    assert bench.calls("auth/init") == 0
    half = bench.asked(bench.step({"login": "fine.asked", "document": "dni"}, asked.continuation))
    assert ["document", "password"] == [f.name for f in half.fields]
    rest = {"password": "a secret of mine", "document": "nie"}
    assert isinstance(bench.step(rest, half.continuation), Accepted)


def test_an_answer_that_does_not_fit_never_reaches_the_bank(bench: Bench) -> None:
    """Six digits are what this one declares."""
    bench.connection = connection(RIVAGE)
    asked = bench.asked(bench.log_in("fine.digits", password="letters"))
    assert ["password"] == [f.name for f in asked.fields]
    assert bench.calls("connections.create") == 0
    assert isinstance(bench.step({"password": "123456"}, asked.continuation), Accepted)


@pytest.mark.parametrize("bank_id", [SOLANA, RIVAGE, LINDENTAL])
def test_the_catalogues_form_is_what_the_bank_takes(bench: Bench, bank_id: str) -> None:
    """Drawn without asking Powens; none where the owner is sent to the bank's page."""
    bench.connection = connection(bank_id)
    bench.adapter = build({**bench.environ, "POWENS_CATALOGUE": catalogue()})
    fields = bench.adapter.describe_credentials(bench.connection.bank)
    assert bench.calls("connectors") == 0
    asked = bench.step()
    shown = asked.fields if isinstance(asked, Ask) else ()
    assert [f.name for f in fields if f.required] == [f.name for f in shown]


def test_a_wrong_password_is_refused_and_leaves_nothing(bench: Bench) -> None:
    """A first login that was refused has no connection at Powens."""
    outcome = bench.log_in("fine.typo", password="wrong")
    assert isinstance(outcome, Rejected)
    assert {"": refusals.WRONG_DETAILS} == outcome.field_messages
    assert outcome.reason is Reason.CREDENTIALS_REJECTED
    assert bench.shown("fine.typo")["connections"] == []


def test_the_third_wrong_password_locks_the_login(bench: Bench) -> None:
    """From then on the right one is refused, too, until the bank has been asked."""
    for _ in range(3):
        assert isinstance(bench.log_in("fine.locked", password="wrong"), Rejected)
    locked = bench.log_in("fine.locked")
    assert isinstance(locked, Rejected)
    assert locked.reason is Reason.ACTION_AT_BANK
    bench.simulators.control("POST", "/powens/cure", login="fine.locked")
    assert isinstance(bench.log_in("fine.locked"), Accepted)


def test_a_code_is_asked_for_and_checked(bench: Bench) -> None:
    """A wrong one is asked for again, in the bank's own words; the right one is spent."""
    asked = bench.asked(bench.log_in("otp.x"))
    assert [("sms_code", "otp", True)] == [(f.name, f.kind, f.transient) for f in asked.fields]
    again = bench.asked(bench.step({"sms_code": "0000"}, asked.continuation))
    assert again.prompt == "Código incorrecto."
    outcome = bench.step({"sms_code": bench.code("otp.x")}, again.continuation)
    assert isinstance(outcome, Accepted)
    assert len(outcome.accounts) == 3
    assert bench.calls("connections.create") == 1


def test_too_many_wrong_codes_end_the_login(bench: Bench) -> None:
    """The bank has said no; a new attempt begins with the form."""
    outcome = bench.asked(bench.log_in("otp.often"))
    for _ in range(2):
        outcome = bench.asked(bench.step({"sms_code": "0000"}, outcome.continuation))
    ended = bench.step({"sms_code": "0000"}, outcome.continuation)
    assert isinstance(ended, Rejected)
    assert {"": refusals.WRONG_CODE} == ended.field_messages


def test_the_app_is_waited_for(bench: Bench) -> None:
    """We ask again and again, and have Powens go on once the owner has approved."""
    bench.connection = connection(RIVAGE)
    outcome = bench.log_in("decoupled.x", password="123456")
    for _ in range(3):
        assert isinstance(outcome, WaitForApp)
        outcome = bench.step(continuation=outcome.continuation)
    bench.approve("decoupled.x")
    assert isinstance(outcome, WaitForApp)
    assert isinstance(bench.step(continuation=outcome.continuation), Accepted)
    assert bench.calls("connections.create") == 1


def test_a_no_in_the_app_ends_the_login(bench: Bench) -> None:
    """It leaves no connection, which is what we then find."""
    bench.connection = connection(RIVAGE)
    outcome = bench.log_in("decoupled.no", password="123456")
    assert isinstance(outcome, WaitForApp)
    bench.approve("decoupled.no", approve=False)
    ended = bench.step(continuation=outcome.continuation)
    assert isinstance(ended, Rejected)
    assert {"": refusals.ENDED} == ended.field_messages


def test_a_bank_with_its_own_page_is_entered_there(bench: Bench) -> None:
    """The owner comes back with the connection's id; the accounts are then ours to read."""
    bench.connection = connection(LINDENTAL)
    out = bench.step()
    assert isinstance(out, Redirect)
    back = bench.visit(out.url, "fine.page")
    assert back["state"] == "att_1"
    outcome = bench.step(back, out.continuation)
    assert isinstance(outcome, Accepted)
    assert back["id_connection"] == Access.of(outcome.secret).connection
    assert outcome.expires_at == NOW + 180 * DAY
    assert bench.sync(outcome.secret).added


def test_leaving_the_banks_page_changes_nothing(bench: Bench) -> None:
    """We are told so at once."""
    bench.connection = connection(LINDENTAL)
    out = bench.step()
    assert isinstance(out, Redirect)
    outcome = bench.step(bench.visit(out.url), out.continuation)
    assert isinstance(outcome, Rejected)
    assert {"": refusals.LEFT} == outcome.field_messages


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("password-expired", Reason.ACTION_AT_BANK),
        ("action-needed", Reason.ACTION_AT_BANK),
        ("not-supported", Reason.BANK_NOT_SUPPORTED),
    ],
)
def test_what_only_the_owner_mends_is_told_at_the_login(
    bench: Bench, trouble: str, reason: Reason
) -> None:
    """A first login that comes to nothing leaves nothing at Powens."""
    outcome = bench.log_in(f"{trouble}-at-once.x")
    assert isinstance(outcome, Rejected)
    assert reason is outcome.reason
    assert bench.shown(f"{trouble}-at-once.x")["connections"] == []


def test_a_lost_answer_is_looked_for_and_nothing_is_sent_again(bench: Bench) -> None:
    """The password has reached the bank: what came of it is found by looking."""
    bench.step(form("fine.lost"))
    sent = bench.kept[0]
    assert isinstance(bench.step(continuation=sent), Accepted)
    assert bench.calls("connections.create") == 1


def test_a_new_connection_may_take_its_time(bench: Bench) -> None:
    """While Powens is still reading, there is nothing to do but to wait."""
    bench.settings(validating_seconds=30)
    outcome = bench.log_in("fine.slow")
    assert isinstance(outcome, WaitForApp)
    bench.clock.advance(30)
    assert isinstance(bench.step(continuation=outcome.continuation), Accepted)


def test_what_an_owner_leaves_at_the_code_can_be_ended(bench: Bench) -> None:
    """The connection that the login has made lies in its continuation."""
    asked = bench.asked(bench.log_in("otp.leaves"))
    left = bench.adapter.obtained(asked.continuation)
    assert left is not None
    assert 1 == len(bench.shown("otp.leaves")["connections"])
    for _ in range(2):
        bench.adapter.disconnect(bench.connection, left)
    assert [] == bench.shown("otp.leaves")["connections"]


def test_what_a_lost_answer_left_can_be_ended(bench: Bench) -> None:
    """Only the user is known by then: all that he has came of that login."""
    bench.step(form("fine.lost"))
    left = bench.adapter.obtained(bench.kept[0])
    assert left is not None
    for _ in range(2):
        bench.adapter.disconnect(bench.connection, left)
    assert [] == bench.shown("fine.lost")["connections"]

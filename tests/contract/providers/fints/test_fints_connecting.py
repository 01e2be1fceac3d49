"""FinTS over its wire protocol: connecting, and reconnecting in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.simulators.fints.member import CHANGED_PIN, PIN
from relink.bank_accounts import identity
from relink.failures import NeedsOwner
from relink.provider import Accepted, Ask, Rejected, WaitForApp
from relink.providers.fints.access import Access
from relink.providers.fints.asking import NOT_APPROVED, WRONG_CODE, WRONG_PIN
from relink.reasons import Reason
from tests.contract.providers.fints.bench import DAY, HOUR, Bench

if TYPE_CHECKING:
    from relink.provider import SyncResult


def ids(result: SyncResult) -> set[tuple[str, str]]:
    """Return what names the movements."""
    found = {(t.account, t.transaction_id) for t in result.added}
    assert len(found) == len(result.added)
    return found


def test_whole_story(bench: Bench) -> None:
    """Log in with a TAN, sync, be asked 91 days later, reconnect: no gap and no duplicate."""
    first = bench.connect("otp-login")
    numbers = bench.simulators.control("GET", "/logins/fints/otp-login")["accounts"]
    assert [identity("iban", n) for n in numbers] == [a.identities[0] for a in first.accounts]
    before = bench.sync(first.secret)
    assert all(a.balance is not None for a in before.accounts)
    assert len(before.added) > 50
    bench.clock.advance(60 * DAY)
    between = bench.sync(first.secret, before.next_cursor)
    bench.clock.advance(31 * DAY)
    due = bench.fails(first.secret)
    assert isinstance(due, NeedsOwner)
    assert Reason.SCA_REQUIRED is due.reason
    again = bench.connect("otp-login", first.secret)
    assert [a.identities for a in again.accounts] == [a.identities for a in first.accounts]
    rest = bench.sync(again.secret, between.next_cursor)
    bench.simulators.control("POST", "/fints", formats=["camt", "mt940"])
    assert ids(bench.sync(again.secret, between.next_cursor)) == ids(rest)
    whole = ids(before) | ids(between) | ids(rest)
    assert whole >= ids(bench.sync(again.secret))
    assert ids(between) & ids(rest)


def test_balances_are_what_the_movements_add_up_to(bench: Bench) -> None:
    """Signs are right, and nothing is lost between two syncs."""
    secret = bench.connect("fine.sums").secret
    before = bench.sync(secret)
    bench.clock.advance(20 * DAY)
    after = bench.sync(secret, before.next_cursor)
    new = ids(after) - ids(before)
    for old, now in zip(before.accounts, after.accounts, strict=True):
        assert old.balance is not None
        moved = [t for t in after.added if (t.account, t.transaction_id) in new]
        moved = [t for t in moved if t.account == now.provider_id and not t.pending]
        assert old.balance + sum(t.amount for t in moved) == now.balance


def test_installation_is_known_again(bench: Bench) -> None:
    """A reconnect goes by the same system id: the bank asks for no TAN that it has had."""
    first = bench.connect("otp-login")
    bench.clock.advance(DAY)
    again = bench.log_in("otp-login", secret=first.secret)
    assert isinstance(again, Accepted)
    old, new = (Access.opened(each.secret.reveal()) for each in (first, again))
    assert old.system_id == new.system_id
    assert isinstance(bench.log_in("otp-login"), Ask)


def test_reconnect_with_the_changed_pin(bench: Bench) -> None:
    """The old one is sent once, and never again; the new one works, the accounts are the same."""
    first = bench.connect("pin-changed")
    bench.clock.advance(2 * HOUR)
    asked = bench.messages()
    refused = bench.fails(first.secret)
    assert isinstance(refused, NeedsOwner)
    assert (Reason.CREDENTIALS_REJECTED, "9942") == (refused.reason, refused.provider_code)
    assert asked + 1 == bench.messages()
    wrong = bench.log_in("pin-changed", secret=first.secret)
    assert isinstance(wrong, Rejected)
    assert {"pin": WRONG_PIN} == wrong.field_messages
    assert asked + 2 == bench.messages()
    right = bench.log_in("pin-changed", CHANGED_PIN, first.secret)
    assert isinstance(right, Accepted)
    assert [a.identities for a in first.accounts] == [a.identities for a in right.accounts]
    assert bench.sync(right.secret).added


def test_third_wrong_pin_locks(bench: Bench) -> None:
    """Each try is one of the owner's; what he is told changes with the third."""
    for _ in range(3):
        outcome = bench.log_in("fine.locked", "11111")
        assert isinstance(outcome, Rejected)
        assert Reason.CREDENTIALS_REJECTED is outcome.reason
        assert "PIN ungültig. 3 Fehlversuche führen zur Sperrung." == outcome.provider_text
    locked = bench.log_in("fine.locked")
    assert isinstance(locked, Rejected)
    assert (Reason.ACCESS_LOCKED, "9931") == (locked.reason, locked.provider_code)
    bench.at_bank("fine.locked", "unlock")
    assert isinstance(bench.log_in("fine.locked"), Accepted)


def test_wrong_tan_is_no_wrong_pin(bench: Bench) -> None:
    """The TAN is spent; the next login gets another one."""
    asked = bench.log_in("otp-login")
    assert isinstance(asked, Ask)
    assert "Startcode" in asked.prompt
    wrong = bench.go_on(asked.continuation, code="000000")
    assert isinstance(wrong, Rejected)
    assert {"code": WRONG_CODE} == wrong.field_messages
    assert (Reason.SCA_REQUIRED, "9941") == (wrong.reason, wrong.provider_code)
    assert isinstance(bench.confirm("otp-login", bench.log_in("otp-login")), Accepted)


def test_tan_is_handed_in_once(bench: Bench) -> None:
    """After a crash behind it, the login goes on with what was kept, and needs no other."""
    asked = bench.log_in("otp-login")
    assert isinstance(asked, Ask)
    bench.kept.clear()
    assert isinstance(bench.confirm("otp-login", asked), Accepted)
    assert isinstance(bench.go_on(bench.kept[-1]), Accepted)


def test_picture_is_shown(bench: Bench) -> None:
    """A photoTAN is photographed from our page."""
    asked = bench.log_in("photo-login")
    assert isinstance(asked, Ask)
    assert asked.picture.startswith("data:image/png;base64,iVBOR")
    assert isinstance(bench.confirm("photo-login", asked), Accepted)


def test_approval_in_the_app(bench: Bench) -> None:
    """We look as often as it takes, in any process."""
    waiting = bench.log_in("app-login")
    for _ in range(3):
        assert isinstance(waiting, WaitForApp)
        assert 1 <= waiting.poll_after <= 30
        assert "Banking-App" in waiting.prompt
        waiting = bench.go_on(waiting.continuation)
    bench.at_bank("app-login", "approve")
    assert isinstance(waiting, WaitForApp)
    outcome = bench.go_on(waiting.continuation)
    assert isinstance(outcome, Accepted)
    assert bench.sync(outcome.secret).added


def test_refusal_in_the_app(bench: Bench) -> None:
    """It says nothing about the PIN."""
    waiting = bench.log_in("app-login")
    assert isinstance(waiting, WaitForApp)
    bench.at_bank("app-login", "decline")
    outcome = bench.go_on(waiting.continuation)
    assert isinstance(outcome, Rejected)
    assert ({"": NOT_APPROVED}, Reason.SCA_REQUIRED) == (outcome.field_messages, outcome.reason)


def test_nobody_looks_for_ever(bench: Bench) -> None:
    """The bank says how often we may."""
    outcome = bench.log_in("app-login")
    looks = 0
    while isinstance(outcome, WaitForApp):
        looks += 1
        outcome = bench.go_on(outcome.continuation)
    assert isinstance(outcome, Rejected)
    assert 60 == looks


def test_method_and_device_are_chosen(bench: Bench) -> None:
    """And then remembered: a sync names the same ones."""
    method = bench.log_in("choose-login")
    assert isinstance(method, Ask)
    names = dict(method.fields[0].choices)
    assert {"902": "chipTAN manuell", "920": "smsTAN", "922": "App-Freigabe"} == names
    device = bench.go_on(method.continuation, method="920")
    assert isinstance(device, Ask)
    assert [("Handy Büro", "Handy privat")] == [
        tuple(value for value, _ in f.choices) for f in device.fields
    ]
    code = bench.go_on(device.continuation, medium="Handy privat")
    outcome = bench.confirm("choose-login", code)
    assert isinstance(outcome, Accepted)
    access = Access.opened(outcome.secret.reveal())
    assert ("920", "Handy privat") == (access.method, access.medium)
    assert bench.sync(outcome.secret).added


def test_method_that_is_not_offered_is_asked_again(bench: Bench) -> None:
    """Whatever a form may hand in."""
    asked = bench.log_in("choose-login")
    assert isinstance(asked, Ask)
    again = bench.go_on(asked.continuation, method="7777")
    assert isinstance(again, Ask)
    assert asked.fields == again.fields


def test_tan_for_movements_is_taken_at_login(bench: Bench) -> None:
    """While their owner is there; a sync then goes without him until it is due."""
    first = bench.connect("sca")
    assert bench.sync(first.secret).added
    bench.clock.advance(91 * DAY)
    due = bench.fails(first.secret)
    assert isinstance(due, NeedsOwner)
    assert Reason.SCA_REQUIRED is due.reason
    assert bench.sync(bench.connect("sca", first.secret).secret).added


def test_lost_choice_of_method(bench: Bench) -> None:
    """A method that the user no longer has is not tried with another; he chooses again."""
    first = bench.connect("method-gone")
    bench.clock.advance(2 * HOUR)
    found = bench.fails(first.secret)
    assert isinstance(found, NeedsOwner)
    assert Reason.SCA_REQUIRED is found.reason
    asked = bench.log_in("method-gone", secret=first.secret)
    assert isinstance(asked, Ask)
    assert ["medium"] == [f.name for f in asked.fields]


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("locked", Reason.ACCESS_LOCKED),
        ("locked-warning", Reason.ACCESS_LOCKED),
        ("locked-hard", Reason.ACCESS_LOCKED),
        ("online-first", Reason.ACTION_AT_BANK),
        ("must-change-pin", Reason.ACTION_AT_BANK),
        ("sca-due", Reason.CONSENT_EXPIRED),
    ],
)
def test_what_the_owner_must_do_at_his_bank(bench: Bench, user: str, reason: Reason) -> None:
    """A login and a sync say the same; when he has done it, both work."""
    secret = bench.connect(f"fine.{user}").secret
    bench.switch(f"fine.{user}", user)
    outcome = bench.log_in(f"fine.{user}", secret=secret)
    assert isinstance(outcome, Rejected)
    assert reason is outcome.reason
    found = bench.fails(secret)
    assert isinstance(found, NeedsOwner)
    assert reason is found.reason
    bench.switch(f"fine.{user}", "fine")
    assert bench.sync(bench.connect(f"fine.{user}", secret).secret).added


def test_secrets_are_in_nothing_that_is_shown(bench: Bench) -> None:
    """Not even if the bank repeats them."""
    bench.switch("fine.echo", "echo")
    outcome = bench.log_in("fine.echo", "98989898")
    assert isinstance(outcome, Rejected)
    assert "Anmeldung von … mit … fehlgeschlagen." == outcome.provider_text
    accepted = bench.connect("fine.quiet")
    assert PIN not in repr(accepted)
    assert PIN not in repr(Access.opened(accepted.secret.reveal()))

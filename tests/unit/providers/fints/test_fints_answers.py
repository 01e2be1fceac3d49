"""Recorded answers of banks, and what the adapter makes of each."""

from __future__ import annotations

import pytest

from relink.bank_accounts import identity
from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.provider import Accepted, Ask, Rejected, Secret
from relink.providers.fints.access import Access
from relink.reasons import Reason, Scope
from tests.unit.providers.fints.scripted import PIN, USER, Bench, answer

IBAN = "DE15799999020123456789"
REFUSALS = [
    ("wrong_pin", Reason.CREDENTIALS_REJECTED, "9942"),
    ("pin_form", Reason.CREDENTIALS_REJECTED, "9942"),
    ("locked_as_warning", Reason.ACCESS_LOCKED, "3938"),
    ("locked_with_tan", Reason.ACCESS_LOCKED, "3931"),
    ("locked", Reason.ACCESS_LOCKED, "9931"),
    ("strong_login_due", Reason.CONSENT_EXPIRED, "9075"),
    ("alias_only", Reason.CREDENTIALS_REJECTED, "9340"),
    ("online_first", Reason.ACTION_AT_BANK, "9340"),
    ("unknown_user", Reason.CREDENTIALS_REJECTED, "9010"),
    ("method_gone", Reason.SCA_REQUIRED, "9955"),
]
TROUBLES = [
    ("not_registered", (Misconfigured, Reason.MISCONFIGURED, Scope.OPERATOR)),
    ("unknown_bank", (Misconfigured, Reason.MISCONFIGURED, Scope.OPERATOR)),
    ("system_down", (Temporary, Reason.BANK_UNAVAILABLE, Scope.PROVIDER)),
    ("gateway", (Temporary, Reason.BANK_UNAVAILABLE, Scope.PROVIDER)),
    ("malformed", (Temporary, Reason.UNKNOWN, Scope.CONNECTION)),
]


@pytest.mark.parametrize(("name", "reason", "code"), REFUSALS)
def test_refusal_is_told_in_the_banks_words(
    bench: Bench,
    name: str,
    reason: Reason,
    code: str,
) -> None:
    """What only the owner can mend is a rejection of what he entered."""
    bench.play(name)
    outcome = bench.log_in()
    assert isinstance(outcome, Rejected)
    assert (reason, code) == (outcome.reason, outcome.provider_code)
    assert outcome.provider_text
    assert outcome.field_messages


@pytest.mark.parametrize(("name", "reason", "code"), REFUSALS)
def test_refused_sync_needs_its_owner(
    bench: Bench,
    secret: Secret,
    name: str,
    reason: Reason,
    code: str,
) -> None:
    """The same answer to a sync is red, with the same reason."""
    bench.play(name)
    with pytest.raises(NeedsOwner) as raised:
        bench.sync(secret)
    assert (reason, code) == (raised.value.reason, raised.value.provider_code)


@pytest.mark.parametrize(("name", "reason", "code"), REFUSALS)
def test_refused_pin_is_sent_once(bench: Bench, name: str, reason: Reason, code: str) -> None:
    """Not even a goodbye is signed with it: three wrong ones lock the access."""
    del reason, code
    bench.play(name)
    bench.log_in()
    assert 1 == len(bench.script.sent)


@pytest.mark.parametrize(("name", "expected"), TROUBLES)
def test_what_the_owner_cannot_mend_is_not_his(
    bench: Bench,
    secret: Secret,
    name: str,
    expected: tuple[type[ProviderError], Reason, Scope],
) -> None:
    """An outage passes, and what we did wrong concerns us."""
    for use in (bench.log_in, lambda: bench.sync(secret)):
        bench.play(name)
        with pytest.raises(ProviderError) as raised:
            use()
        assert expected == (type(raised.value), raised.value.reason, raised.value.scope)


def test_login_learns_all_that_a_sync_needs(bench: Bench) -> None:
    """Parameters, system id, method; and each account once, depots left out."""
    bench.play("synchronised", "goodbye", "logged_in", "accounts")
    outcome = bench.log_in()
    assert isinstance(outcome, Accepted)
    access = Access.opened(outcome.secret.reveal())
    assert (USER, PIN, "NEWSYSTEM", 1, "900") == (
        access.user,
        access.pin,
        access.system_id,
        access.version,
        access.method,
    )
    assert "HIVISS" not in access.parameters
    assert ["HKIDN HKSYN", "HKEND", "HKIDN HKTAN", "HKSPA", "HKEND"] == bench.said
    assert [identity("iban", IBAN)] == [a.identities[0] for a in outcome.accounts]
    assert ["Geschäftskonto …6789"] == [a.name for a in outcome.accounts]


def test_demand_counts_wherever_it_stands(bench: Bench) -> None:
    """The library looks at HKTAN's codes only, and would take this login for complete."""
    bench.play("synchronised", "goodbye", "tan_at_login")
    asked = bench.log_in()
    assert isinstance(asked, Ask)
    assert ("Bitte TAN eingeben.", ["code"]) == (asked.prompt, [f.name for f in asked.fields])
    assert all(f.transient for f in asked.fields)
    assert "HKEND" not in bench.said[2:]
    bench.play("tan_taken", "accounts")
    outcome = bench.log_in(asked.continuation, code="98765432")
    assert isinstance(outcome, Accepted)
    assert b"000003TASK" in bench.script.sent[3]
    assert f"{PIN}:98765432'".encode() in bench.script.sent[3]
    assert b"+DIALOG1+2'" in bench.script.sent[3]
    assert 1 == len(outcome.accounts)


def test_bank_without_a_second_step_is_read_in_one(bench: Bench) -> None:
    """One big bank asks for none, and describes one that nobody speaks any more."""
    bench.play("synchronised_one_step", "goodbye", "logged_in")
    outcome = bench.log_in()
    assert isinstance(outcome, Accepted)
    assert "999" == Access.opened(outcome.secret.reveal()).method
    assert ["HKIDN HKSYN", "HKEND", "HKIDN", "HKEND"] == bench.said


def test_words_do_not_repeat_the_login(bench: Bench) -> None:
    """What a bank echoes is not shown."""
    bench.play(f"HIRMG:2:2+9942::{USER} mit {PIN} ung\xfcltig'".encode("iso-8859-1"))
    outcome = bench.log_in()
    assert isinstance(outcome, Rejected)
    assert "… mit … ungültig" == outcome.provider_text


def test_html_in_words_is_not_shown(bench: Bench) -> None:
    """A bank's words are one plain line."""
    bench.play(answer(b"HIRMG:2:2+9942::<script>x</script>\x1b[31m PIN falsch'"))
    outcome = bench.log_in()
    assert isinstance(outcome, Rejected)
    assert "script x /script [31m PIN falsch" == outcome.provider_text

"""What FinTS's codes and words mean."""

from __future__ import annotations

import pytest

from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.providers.fints import codes
from relink.providers.fints.codes import Said, judge
from relink.reasons import Reason, Scope
from tests.unit.providers.listed import class_of, triples


def told(*messages: tuple[str, str]) -> codes.Judgement:
    """Return what several codes together mean."""
    found = judge(Said(code, text) for code, text in messages)
    assert found is not None
    return found


REJECTED = ("9340", "Auftrag abgelehnt. (TRE)")
ERRORS = ("9050", "Die Nachricht enthält Fehler.")
ABORTED = ("9800", "Dialog abgebrochen")


@pytest.mark.parametrize(("code", "kind", "scope"), triples("fints"))
def test_each_code_has_its_class_and_scope(code: str, kind: str, scope: str) -> None:
    """The table gives every listed code the verdict of the list."""
    assert kind == class_of(codes.of_code(code))
    verdict = codes.CODES[code]
    if verdict is not None:
        assert scope == verdict.scope.value
    else:
        assert scope in {"connection", "not-applicable"}


@pytest.mark.parametrize(("code", "kind", "scope"), triples("fints"))
def test_each_code_makes_the_error_of_its_class(code: str, kind: str, scope: str) -> None:
    """Red codes need the owner, orange ones pass, an operator's are ours."""
    verdict = codes.of_code(code)
    if verdict is None:
        return
    types = {"red": NeedsOwner, "action": NeedsOwner, "orange": Temporary}
    expected = Misconfigured if scope == "operator" else types[kind]
    assert expected is type(verdict.error(code))


@pytest.mark.parametrize("code", ["0010", "0020", "3040", "3076", "3920", "3955", "0030"])
def test_nothing_is_wrong_with_success_and_demands(code: str) -> None:
    """A demand for a TAN has refused nothing."""
    assert judge([Said(code, "x")]) is None


def test_unknown_error_is_no_fault_of_the_owner() -> None:
    """Law 2: an unknown code is orange, and shown to operators."""
    found = told(("9876", "Etwas ist schiefgegangen."), ERRORS, ABORTED)
    assert ("9876", Reason.UNKNOWN) == (found.code, found.reason)
    assert not found.owners


def test_unknown_warning_is_none() -> None:
    """Warnings that nobody knows do not stop a sync."""
    assert judge([Said("3997", "Der Auftrag wurde nur teilweise ausgeführt.")]) is None


def test_specific_code_wins_over_its_companions() -> None:
    """9050, 9800 and an empty 9340 only accompany what says why."""
    found = told(ERRORS, ("9075", "Starke Kundenauthentifizierung notwendig."), ABORTED, REJECTED)
    assert ("9075", Reason.CONSENT_EXPIRED) == (found.code, found.reason)


def test_our_registration_is_not_the_owners_fault() -> None:
    """9078 stands beside a 9340 at banks that add one to everything."""
    found = told(ERRORS, ABORTED, ("9078", "nicht registriert"), ("9010", "x"), REJECTED)
    assert ("9078", Scope.OPERATOR) == (found.code, found.verdict.scope)


def test_bare_rejection_is_a_wrong_pin() -> None:
    """Where nothing says more, 9340 means what it says."""
    found = told(ERRORS, ABORTED, ("9340", "Auftrag abgelehnt."))
    assert Reason.CREDENTIALS_REJECTED is found.reason
    assert found.owners


def test_bare_rejection_shows_the_words_beside_it() -> None:
    """The owner reads the sentence that tells him something."""
    found = told(("9150", "Anmeldung nur noch mit Alias zulässig"), REJECTED, ERRORS)
    assert ("9340", "Anmeldung nur noch mit Alias zulässig") == (found.code, found.text)


def test_lock_wins_over_a_wrong_pin() -> None:
    """Entering the PIN again would not help."""
    found = told(("9942", "PIN ungültig."), ("9931", "Teilnehmersperre durchgeführt."))
    assert Reason.ACCESS_LOCKED is found.reason


@pytest.mark.parametrize("code", ["3931", "3938"])
def test_success_can_hide_a_lock(code: str) -> None:
    """These warnings stand among codes of success."""
    found = told(("0020", "Auftrag ausgeführt."), (code, "Vorläufige Sperre"), ("3920", "x"))
    assert Reason.ACCESS_LOCKED is found.reason
    assert found.owners


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ungültige Auftragsnachricht: Ungültige Signatur.", Reason.CREDENTIALS_REJECTED),
        ("Bitte melden Sie sich zuerst im Online-Banking an.", Reason.ACTION_AT_BANK),
        ("Bitte im Internet-Banking den neuen Bedingungen zustimmen.", Reason.ACTION_AT_BANK),
        ("Bitte ändern Sie Ihre Start-PIN.", Reason.ACTION_AT_BANK),
        ("Ihre PIN muss geändert werden.", Reason.ACTION_AT_BANK),
        ("Ihr Zugang ist gesperrt.", Reason.ACCESS_LOCKED),
        ("Ihr Zugang ist vorübergehend gesperrt.", Reason.ACCESS_LOCKED),
        ("Das System ist zurzeit nicht verfügbar.", Reason.BANK_UNAVAILABLE),
        ("Wartungsarbeiten bis 6 Uhr.", Reason.BANK_UNAVAILABLE),
        ("Online-Banking derzeit nicht verfügbar, melden Sie sich später an.", "unavailable"),
    ],
)
def test_same_code_means_what_its_words_say(text: str, reason: Reason | str) -> None:
    """9340 is a wrong PIN, an errand at the bank, a lock or an outage."""
    expected = Reason.BANK_UNAVAILABLE if reason == "unavailable" else reason
    assert expected is told(("9340", text), ABORTED, ERRORS).reason


@pytest.mark.parametrize(
    "text",
    [
        "Log-in fehlgeschlagen. 3 Fehlversuche führen zur Sperrung. Entsperren auf Bank.de",
        "PIN falsch. Nach dem dritten Versuch wird Ihr Zugang gesperrt.",
        "PIN ungültig. Bitte versuchen Sie es später noch einmal.",
    ],
)
def test_threat_of_a_lock_is_none(text: str) -> None:
    """A wrong PIN stays one, whatever the bank adds to it."""
    assert Reason.CREDENTIALS_REJECTED is told(("9942", text), ABORTED).reason


def test_words_do_not_change_a_firm_code() -> None:
    """What has a meaning of its own keeps it."""
    found = told(("9391", "Bitte melden Sie sich im Online-Banking an."))
    assert Scope.OPERATOR is found.verdict.scope

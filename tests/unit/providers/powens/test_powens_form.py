"""What a bank declares becomes a form, and answers are held against it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from relink.connection import Bank, Method
from relink.providers.powens import catalogue, form
from relink.providers.powens.banks import declared
from relink.providers.powens.messages import AskedField
from tests.unit.providers.powens.fakes import BANK, Bench, bench, recorded

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = Bank("somewhere-else", "Elsewhere", "ES", "powens", Method.DIRECT)


def asked(**changes: Any) -> AskedField:
    """Return a declared field."""
    content = {"name": "login", "label": "Identifiant", "type": "text", "required": True}
    return AskedField.model_validate({**content, **changes})


def fault(value: str, **changes: Any) -> str:
    """Return what is wrong with a value."""
    return form.faults([asked(**changes)], {"login": value}).get("login", "")


def test_a_form_is_drawn_without_asking_anybody(powens: Bench) -> None:
    """From the committed catalogue; a bank that is not there has no form yet."""
    fields = powens.adapter.describe_credentials(BANK)
    assert [("login", "text"), ("password", "password")] == [(f.name, f.kind) for f in fields]
    assert powens.adapter.describe_credentials(EMPTY) == ()
    assert powens.wire.sent == []


@pytest.mark.parametrize("bank_id", list(catalogue.BANKS))
def test_every_committed_form_is_sound(bank_id: str) -> None:
    """A name, a label, and an expression that is one."""
    known = catalogue.read("")
    for each in form.form(declared(known.fields(bank_id))):
        assert each.name
        assert each.label
        assert not each.transient


def test_the_catalogue_can_be_laid_over(tmp_path: Path) -> None:
    """By JSON or a file of it: an entry adds to the committed one, or is a new bank."""
    laid = {"es-bbva": {"connector": "a-uuid"}, "es-new": {"connector": "7", "fields": []}}
    path = tmp_path / "banks.json"
    path.write_text(json.dumps(laid))
    for setting in (json.dumps(laid), str(path)):
        known = catalogue.read(setting)
        assert known.connector("es-bbva") == "a-uuid"
        assert len(known.fields("es-bbva")) == 2
        assert known.connector("es-new") == "7"
        assert known.connector("nobody-knows") == "nobody-knows"


@pytest.mark.parametrize("setting", ["{", "{}x", '{"es-bbva": 1}'])
def test_a_catalogue_that_is_none_is_refused(setting: str) -> None:
    """At the start, not at the first login."""
    with pytest.raises(ValueError, match=r".+"):
        bench(POWENS_CATALOGUE=setting)


def test_each_type_has_its_own_kind() -> None:
    """A list is a choice, a day has its form, and what nobody knows is a text."""
    fields = form.form(AskedField.model_validate(f) for f in recorded("connector")["fields"][:4])
    assert ["select", "text", "password", "text"] == [f.kind for f in fields]
    assert (("pp", "Particuliers"), ("pro", "Professionnels")) == fields[0].choices
    assert "^[0-9]{5,10}$" == fields[1].pattern
    assert (form.DAY, form.DAY_HELP, False) == (
        fields[3].pattern,
        fields[3].help,
        fields[3].required,
    )
    assert "text" == form.form([asked(type="hologram")])[0].kind


def test_what_is_asked_for_once_is_transient() -> None:
    """A code is typed in as one, and kept by nobody."""
    code = form.form([asked(name="smsCode")], transient=True)[0]
    word = form.form([asked(name="favourite_colour")], transient=True)[0]
    assert (("otp", True), ("text", True)) == (
        (code.kind, code.transient),
        (word.kind, word.transient),
    )


def test_only_the_fields_of_the_chosen_way_are_asked_for() -> None:
    """Those of another source or mechanism are of no use."""
    fields = [AskedField.model_validate(f) for f in recorded("connector")["fields"]]
    direct = form.relevant(fields, "directaccess")
    assert ["website", "login", "password", "birthday"] == [f.name for f in direct]
    assert ["openapi_website"] == [f.name for f in form.relevant(fields, "openapi", "webauth")]


@pytest.mark.parametrize(
    ("value", "changes", "expected"),
    [
        ("12345", {}, ""),
        ("", {}, form.MISSING),
        ("", {"required": False}, ""),
        ("x" * 513, {}, form.WRONG_FORM),
        ("1234", {"regex": "^[0-9]{5,10}$"}, form.WRONG_FORM),
        ("12345\n", {"regex": "^[0-9]{5,10}$"}, form.WRONG_FORM),
        ("anything", {"regex": "(?<never"}, ""),
        ("anything", {"regex": r"^\p{L}+$"}, ""),
        ("b", {"type": "list", "values": [{"label": "A", "value": "a"}]}, form.NOT_A_CHOICE),
        ("a", {"type": "list", "values": [{"label": "A", "value": "a"}]}, ""),
        ("1990-05-31", {"type": "date"}, ""),
        ("31/05/1990", {"type": "date"}, form.WRONG_FORM),
        ("1990-02-31", {"type": "date"}, form.WRONG_FORM),
    ],
)
def test_an_answer_fits_or_does_not(value: str, changes: dict[str, Any], expected: str) -> None:
    """What we cannot hold it against is left to Powens."""
    assert expected == fault(value, **changes)


def test_no_expression_of_a_banks_takes_for_ever() -> None:
    """One that may is not used at all."""
    began = time.monotonic()
    assert fault("a" * 60 + "!", regex="^(a+)+$") == ""
    assert time.monotonic() - began < 1


def test_only_what_was_asked_for_is_given() -> None:
    """Whatever else came with the form stays here."""
    answers = {"login": "12345", "unasked": "x", "empty": ""}
    assert {"login": "12345"} == form.given([asked(), asked(name="empty")], answers)

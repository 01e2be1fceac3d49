"""A form's body is parsed within limits and held against what was asked for."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.links.submission import (
    MISSING,
    NOT_A_CHOICE,
    TOO_LONG,
    UNKNOWN_FIELD,
    WRONG_FORM,
    Faults,
    Submission,
    check,
    field_from,
    parse,
)
from reconnect.visit import Malformed
from relink.entered import Entered
from relink.provider import Field

LOGIN = Field("login", "Login", max_length=10)
PIN = Field("pin", "PIN", "password", pattern=r"\S+( \S+)*")
KIND = Field("kind", "Kind", "select", required=False, choices=(("p", "Private"), ("b", "Firm")))
CODE = Field("code", "Code", "otp", pattern=r"\d+")


@given(st.binary(max_size=200))
@example(b"%")
@example(b"a=%ff")
@example(b"a=1&&b=2")
@example(b"=")
def test_any_body_is_a_form_or_malformed(body: bytes) -> None:
    """Whatever comes, there is no third way."""
    with suppress(Malformed):
        assert isinstance(parse(body), Submission)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=20))
def test_what_a_browser_encodes_is_read_as_it_was_typed(values: dict[str, str]) -> None:
    """Any text of any script arrives as it left."""
    values = {k: v for k, v in values.items() if k not in {"form", "turn"}}

    form = parse(urlencode({**values, "form": "f", "turn": "t"}).encode())

    assert ("f", "t", Entered(values)) == (form.form_id, form.turn, form.values)


def test_an_empty_body_is_an_empty_form() -> None:
    """A button without fields sends nothing."""
    assert Submission("", "", Entered({})) == parse(b"")


@pytest.mark.parametrize(
    ("form_id", "genuine"),
    [
        ("a" * 16, True),
        ("A_-9" * 6, True),
        ("a" * 15, False),
        ("a" * 65, False),
        ("a b" * 8, False),
    ],
)
def test_a_forms_mark_has_a_shape(form_id: str, *, genuine: bool) -> None:
    """What no page of ours carried makes no attempt."""
    assert genuine == Submission(form_id, "", Entered({})).genuine


def test_right_answers_are_taken() -> None:
    """Optional ones that were left empty are not sent on."""
    sent = {"login": " ana ", "pin": "se cret", "kind": ""}

    assert Entered({"login": "ana", "pin": "se cret"}) == check((LOGIN, PIN, KIND), sent)


def test_spaces_around_a_password_are_its_own() -> None:
    """A password is sent as typed, other answers without what the clipboard added."""
    field = Field("pin", "PIN", "password")

    assert Entered({"pin": " x "}) == check((field,), {"pin": " x "})
    assert Entered({"code": "123"}) == check((CODE,), {"code": "123\r\n"})


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        (LOGIN, "", MISSING),
        (LOGIN, "   ", MISSING),
        (LOGIN, "x" * 11, TOO_LONG),
        (LOGIN, "a\x00b", WRONG_FORM),
        (LOGIN, "a\x7fb", WRONG_FORM),
        (PIN, " x", WRONG_FORM),
        (KIND, "z", NOT_A_CHOICE),
        (CODE, "12a", WRONG_FORM),
        (CODE, "12\n34", WRONG_FORM),
    ],
)
def test_a_wrong_answer_has_its_message(field: Field, value: str, fault: str) -> None:
    """Beside the field that it belongs to."""
    checked = check((field,), {field.name: value})

    assert isinstance(checked, Faults)
    assert {field.name: fault} == checked.messages


def test_a_field_that_was_not_asked_for_is_a_fault() -> None:
    """A form is taken as a whole or not at all."""
    checked = check((LOGIN,), {"login": "ana", "amount": "1"})

    assert isinstance(checked, Faults)
    assert {"": UNKNOWN_FIELD} == checked.messages


def test_no_secret_is_shown_again() -> None:
    """The page comes back with the login name, never with password or code."""
    sent = {"login": "x" * 11, "pin": "secret", "code": "123456", "kind": "p"}

    checked = check((LOGIN, PIN, CODE, KIND), sent)

    assert isinstance(checked, Faults)
    assert {"login": "x" * 11, "kind": "p"} == checked.shown


def test_a_stored_field_of_another_version_is_read() -> None:
    """What is not known is left out, what is missing takes its default."""
    stored = {"name": "code", "colour": "red", "choices": [["a", "Mobile"]], "kind": "select"}

    expected = Field("code", "code", "select", choices=(("a", "Mobile"),))
    assert expected == field_from(stored)

"""A submitted form: parse it within limits, hold it against the fields that were asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from reconnect.visit import Malformed
from relink.entered import Entered
from relink.provider import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORM = "form"
TURN = "turn"
MOST_FIELDS = 32
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SECRET: Final = frozenset({"password", "otp"})

MISSING = "Please fill this in."
TOO_LONG = "This is too long."
WRONG_FORM = "This does not look right. Please check it."
NOT_A_CHOICE = "Please choose one of these."
UNKNOWN_FIELD = "The form held something that this page does not ask for. Please fill it in again."
STALE_FORM = "This form was not complete. Please fill it in again."


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent: the mark of the form it came from, and the values of its fields."""

    form_id: str = field(repr=False)
    turn: str
    values: Entered

    @property
    def genuine(self) -> bool:
        """Tell whether the form's mark has the shape of one that a page of ours carried."""
        return genuine(self.form_id)


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong: a message id for each field, and under the empty name one for them all."""

    messages: Mapping[str, str]
    shown: Mapping[str, str] = field(repr=False)
    """The values that may be shown again: no secret ever is."""


def genuine(form_id: str) -> bool:
    """Tell whether a form's mark has the shape of one that a page of ours carried."""
    return bool(_FORM_ID.fullmatch(form_id))


def parse(body: bytes) -> Submission:
    """Return what a form's body says. Raises `Malformed`."""
    pairs = _pairs(body)
    values = dict(pairs or ())
    if pairs is None or len(values) != len(pairs):
        raise Malformed  # out here: the error that was caught quotes the body
    return Submission(values.pop(FORM, ""), values.pop(TURN, ""), Entered(values))


def check(asked: Iterable[Field], sent: Mapping[str, str]) -> Entered | Faults:
    """Return the answers to the fields, or what is wrong with them."""
    asked = tuple(asked)
    values = Entered({f.name: _trimmed(f, sent.get(f.name, "")) for f in asked})
    found = {f.name: _fault(f, values[f.name]) for f in asked}
    messages = {name: fault for name, fault in found.items() if fault}
    if sent.keys() - values.keys():
        messages[""] = UNKNOWN_FIELD
    if messages:
        shown = {f.name: values[f.name] for f in asked if f.kind not in _SECRET}
        return Faults(messages, shown)
    return Entered({name: value for name, value in values.items() if value})


def field_from(stored: Mapping[str, Any]) -> Field:
    """Return a field of a stored challenge; attributes that this version does not know are left."""
    known = {f.name for f in fields(Field)}
    plain = {name: value for name, value in stored.items() if name in known}
    plain.setdefault("label", stored["name"])
    plain["choices"] = tuple((str(v), str(label)) for v, label in stored.get("choices", ()))
    return Field(**plain)


def _pairs(body: bytes) -> list[tuple[str, str]] | None:
    try:
        text = body.decode("ascii")
        return parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return None


def _trimmed(asked: Field, value: str) -> str:
    """Spaces around a password are the owner's; around anything else they are the clipboard's."""
    return value if asked.kind == "password" else value.strip()


def _fault(asked: Field, value: str) -> str:
    if not value:
        return MISSING if asked.required else ""
    if asked.kind == "select":
        return "" if value in {choice for choice, _ in asked.choices} else NOT_A_CHOICE
    if len(value) > asked.max_length:
        return TOO_LONG
    hidden = any((c < " " and c not in "\t\r\n") or c == "\x7f" for c in value)
    if hidden or (asked.pattern and not re.fullmatch(asked.pattern, value)):
        return WRONG_FORM
    return ""

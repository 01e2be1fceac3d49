"""The fields that a bank declares at Powens: as a form for the owner, and held against his answers.

The committed catalogue is only what the form is drawn from before anybody has asked Powens. What
counts is the connector's own declaration, which the worker reads when it signs in.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from relink.provider import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.providers.powens.messages import AskedField

MISSING: Final = "Please fill this in."
WRONG_FORM: Final = "This does not look right. Please check it."
NOT_A_CHOICE: Final = "Please choose one of these."
DAY: Final = r"\d{4}-\d{2}-\d{2}"
DAY_HELP: Final = "Year, month and day, like 1990-05-31."
LONGEST: Final = 512
PATTERN_LIMIT: Final = 200
CREDENTIALS: Final = "credentials"

_CODE_NAME = re.compile(r"otp|code|sms|pin|token|tan\b", re.IGNORECASE)
_NESTED = re.compile(r"[+*}]\)?[+*{]|\)[+*{]")
"""A group that is repeated: matching it may take for ever."""

Kind = Literal["text", "password", "otp", "select"]


def form(asked: Iterable[AskedField], *, transient: bool = False) -> tuple[Field, ...]:
    """Return the fields as a form; `transient` ones are codes and the like, used once."""
    return tuple(_field(f, transient=transient) for f in asked)


def relevant(
    declared: Iterable[AskedField],
    source: str = "",
    mechanism: str = CREDENTIALS,
) -> tuple[AskedField, ...]:
    """Return the fields that signing in this way needs; one that names no way is of every way."""
    return tuple(
        f
        for f in declared
        if (not f.auth_mechanisms or mechanism in f.auth_mechanisms)
        and (not source or not f.connector_sources or source in f.connector_sources)
    )


def faults(asked: Iterable[AskedField], answers: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the answers: a message id by the name of the field."""
    found = {f.name: _fault(f, answers.get(f.name, "")) for f in asked}
    return {name: message for name, message in found.items() if message}


def given(asked: Iterable[AskedField], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to these fields and to no others."""
    return {f.name: answers[f.name] for f in asked if answers.get(f.name)}


def _field(asked: AskedField, *, transient: bool) -> Field:
    is_day = asked.type == "date"
    return Field(
        name=asked.name,
        label=asked.label or asked.name,
        kind=_kind(asked, transient=transient),
        required=asked.required,
        pattern=DAY if is_day else _pattern(asked.regex),
        choices=tuple((v.value, v.label or v.value) for v in asked.values or ()),
        help=asked.description or (DAY_HELP if is_day else ""),
        transient=transient,
        max_length=LONGEST,
    )


def _kind(asked: AskedField, *, transient: bool) -> Kind:
    """Return how it is typed in; Powens wants a text where the type is a new one."""
    if asked.type == "list" and asked.values:
        return "select"
    if transient and asked.type != "date" and _CODE_NAME.search(asked.name):
        return "otp"
    return "password" if asked.type == "password" else "text"


def _pattern(regex: str | None) -> str:
    """Return an expression that is quick and means the same here, or none.

    Powens' are PCRE. One that we cannot hold an answer against is left to Powens.
    """
    if not regex or len(regex) > PATTERN_LIMIT or _NESTED.search(regex):
        return ""
    try:
        re.compile(regex)
    except (re.error, RecursionError, OverflowError):
        return ""
    return regex


def _fault(asked: AskedField, value: str) -> str:
    if not value:
        return MISSING if asked.required else ""
    if len(value) > LONGEST:
        return WRONG_FORM
    if asked.type == "list" and asked.values:
        return "" if value in {v.value for v in asked.values} else NOT_A_CHOICE
    if asked.type == "date":
        return "" if _is_day(value) else WRONG_FORM
    pattern = _pattern(asked.regex)
    return WRONG_FORM if pattern and not re.fullmatch(pattern, value) else ""


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return re.fullmatch(DAY, value) is not None

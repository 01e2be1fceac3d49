"""The bodies that the owner's API takes; imported with the first of them, for Pydantic's sake."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from reconnect.caller import EMAIL
from reconnect.visit import Invalid
from relink.connection import Method
from relink.languages import LANGUAGES
from relink.providers import PROVIDERS
from relink.reader import zone

B = TypeVar("B", bound=BaseModel)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that cannot be shown")
    return value


def _provider(value: str) -> str:
    if value not in PROVIDERS:
        raise ValueError("no such provider")
    return value


def _email(value: str) -> str:
    if value and not EMAIL.fullmatch(value):
        raise ValueError("no e-mail address")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"one of {', '.join(LANGUAGES)}")
    return value


def _zone(value: str) -> str:
    if zone(value) is None:
        raise ValueError("no IANA time zone")
    return value


Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)
]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_printable),
]


class _Body(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, regex_engine="python-re"
    )


class BankBody(_Body):
    """An institution, and how it is to be reached."""

    bank_id: Identifier
    name: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\Z")]
    provider: Annotated[str, AfterValidator(_provider)]
    method: Method


class ConnectBody(_Body):
    """What `POST /connections` takes."""

    bank: BankBody


class ProfileBody(_Body):
    """What `PUT /profile` takes; an empty address means that no mail is sent."""

    email: Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
    language: Annotated[str, AfterValidator(_language)]
    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]


def read(kind: type[B], body: bytes) -> B:
    """Return a JSON body as its model. Raises `Invalid`."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(
            [
                {"pointer": "/".join(("#", *map(str, e["loc"]))), "detail": e["msg"]}
                for e in error.errors(include_url=False, include_input=False, include_context=False)
            ],
        ) from None

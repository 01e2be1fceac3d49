"""Our pages: the templates beside this file, in the reader's language, with safe headers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reconnect import answers
from reconnect.static_files import static_files
from relink.connection import Method
from relink.languages import translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response

    from relink.connection import Connection
    from relink.provider import Field
    from relink.reader import Reader

_SECRET = frozenset({"password", "otp"})


@dataclass(frozen=True, slots=True)
class House:
    """Whose pages they are: the app that the owner knows, its address, where he can ask."""

    app_name: str
    public_url: str
    chat_url: str = ""

    @property
    def base(self) -> str:
        """Return what paths begin with: empty unless the public address has a path of its own."""
        return urlsplit(self.public_url).path.rstrip("/")


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the page shows it. `value` is never a secret."""

    field: Field
    input_type: str
    autocomplete: str
    value: str
    message: str


class Pages:
    """Renders the pages of one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    def render(
        self,
        name: str,
        reader: Reader,
        context: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        """Return the page of that template."""
        base = self.house.base
        html = _templates(reader.language).get_template(f"{name}.html.j2")
        known = {
            "app": self.house.app_name,
            "chat_url": self.house.chat_url,
            "reader": reader,
            "base": base,
            "files": {n: f"{base}/static/{n}?v={f.version}" for n, f in static_files().items()},
        }
        return answers.page(status, html.render({**known, **(context or {})}), headers)


def inputs(
    fields: Iterable[Field],
    connection: Connection,
    messages: Mapping[str, str],
    shown: Mapping[str, str],
) -> list[Input]:
    """Return fields as the page shows them, with what is to be said of each."""
    fields = tuple(fields)
    fills = _autofill(fields) if connection.bank.method is Method.DIRECT else {}
    return [
        Input(
            field=f,
            input_type="password" if f.kind == "password" else "text",
            autocomplete="one-time-code" if f.kind == "otp" else fills.get(f.name, "off"),
            value="" if f.kind in _SECRET else shown.get(f.name, ""),
            message=messages.get(f.name, ""),
        )
        for f in fields
    ]


def new_form_id() -> str:
    """Return the mark of a new form; what it is sent with becomes one attempt."""
    return secrets.token_urlsafe(18)


def _autofill(fields: Sequence[Field]) -> dict[str, str]:
    """Return what a password manager may fill in (HTML, "Autofill detail tokens"), by field.

    Only the owner's own bank login is one that it should know: a password, and the name before it.
    """
    first = next((n for n, f in enumerate(fields) if f.kind == "password"), 0)
    before = [f.name for f in fields[:first] if f.kind == "text"]
    known = {f.name: "current-password" for f in fields if f.kind == "password"}
    return known | dict.fromkeys(before[-1:], "username")


@cache
def _templates(language: str) -> Environment:
    made: Any = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translation(language), newstyle=True)
    environment: Environment = made
    return environment

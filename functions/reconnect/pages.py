"""Our pages: the templates beside this file, in the reader's language, with safe headers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from reconnect import answers
from reconnect.static_files import static_files
from relink.connection import Method
from relink.languages import LANGUAGES, translation
from relink.templating import environment, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response
    from jinja2 import Environment

    from relink.connection import Connection
    from relink.provider import Field
    from relink.reader import Reader

MESSAGE = "{message}"
_FOLDER = Path(__file__).parent
_SECRET = frozenset({"password", "otp"})


@dataclass(frozen=True, slots=True)
class House:
    """Whose pages they are: the app that the owner knows, its address, where he can ask.

    `{message}` in the chat's address stands for what the owner may want to say. `chat_script` is
    the address of a chat provider's script, for the pages that run it.
    """

    app_name: str
    public_url: str
    chat_url: str = ""
    chat_script: str = ""

    @property
    def base(self) -> str:
        """Return what paths begin with: empty unless the public address has a path of its own."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def chat_template(self) -> str:
        """Return the address of the chat, `{message}` being what is said; none if there is none."""
        return self.chat_url or (f"{self.base}/chat#{MESSAGE}" if self.chat_script else "")

    def chat(self, message: str) -> str:
        """Return the address of the chat with this message in it; none if there is none."""
        return self.chat_template.replace(MESSAGE, quote(message, safe=""))


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
        base, about = self.house.base, context or {}
        question = _question(reader, about)
        html = _templates(reader.language).get_template(f"{name}.html.j2")
        known = {
            "app": self.house.app_name,
            "house": self.house,
            "chat_href": self.house.chat(question),
            "question": question,
            "look_again": None,
            "reader": reader,
            "base": base,
            "files": {n: f"{base}/static/{n}?v={f.version}" for n, f in static_files().items()},
        }
        return answers.page(status, html.render({**known, **about}), headers)


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


def _question(reader: Reader, about: Mapping[str, Any]) -> str:
    """Return what somebody may want to ask who looks at such a page: his bank, and its trouble."""
    gettext = translation(reader.language).gettext
    if "bank" not in about:
        return gettext("I have a question about my banks.")
    asked = gettext("I need help with %(bank)s.") % {"bank": about["bank"].name}
    reason = about["connection"].reason if "connection" in about else None
    return f"{asked} {reader.text(reason.explanation.text)}" if reason else asked


def _autofill(fields: Sequence[Field]) -> dict[str, str]:
    """Return what a password manager may fill in (HTML, "Autofill detail tokens"), by field.

    Only the owner's own bank login is one that it should know: a password, and the name before it.
    """
    first = next((n for n, f in enumerate(fields) if f.kind == "password"), 0)
    before = [f.name for f in fields[:first] if f.kind == "text"]
    known = {f.name: "current-password" for f in fields if f.kind == "password"}
    return known | dict.fromkeys(before[-1:], "username")


def load_templates() -> None:
    """Load all pages' templates in all languages, for what is to last longer than a request."""
    for language in LANGUAGES:
        for name in names(_FOLDER):
            _templates(language).get_template(name)


@cache
def _templates(language: str) -> Environment:
    return environment(_FOLDER, language, escaped=True)

"""The letter that tells an owner which of his banks need him: subject, plain text and HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from relink.failures import plain
from relink.languages import translation
from relink.links import LIFE
from relink.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relink.connection import Connection
    from relink.owners import Profile

PRODUCTS_SHOWN = 6
NAME_LIMIT = 60
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class House:
    """Who writes: the app that the owner knows, where its links lead, where he can ask."""

    app_name: str
    public_url: str
    chat_url: str = ""


@dataclass(frozen=True, slots=True)
class RedBank:
    """A connection that needs its owner, the names of its accounts, and the link that mends it."""

    connection: Connection
    products: Sequence[str]
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in its owner's language, in both forms; they state the same facts."""

    subject: str
    text: str
    html: str


def digest(profile: Profile, banks: Sequence[RedBank], house: House, now: int) -> Letter:
    """Write one letter about all banks that need this owner; `now` is when it is sent."""
    reader = Reader.of(profile)
    context: dict[str, Any] = {
        "banks": [_section(bank, reader) for bank in banks],
        "app": _name(house.app_name),
        "origin": urlsplit(house.public_url)._replace(path="/", query="", fragment="").geturl(),
        "chat_url": house.chat_url,
        "language": reader.language,
        "link_until": reader.day(now + LIFE),
    }
    render = _templates(reader.language).get_template
    context["title"] = render("digest.subject.j2").render(context).strip()
    return Letter(
        subject=context["title"],
        text=render("digest.txt.j2").render(context),
        html=render("digest.html.j2").render(context),
    )


def _section(bank: RedBank, reader: Reader) -> Mapping[str, str]:
    connection = bank.connection
    products = [_name(p) for p in bank.products]
    reason = connection.incident_reason
    told = reason.explanation if reason else None
    last = connection.last_success_at
    return {
        "name": _name(connection.bank.name),
        "products": reader.enumerate(products, PRODUCTS_SHOWN) if products else "",
        "reason": reader.text(told.text) if told else "",
        "instruction": reader.text(told.instruction) if told else "",
        "bank_words": _harmless(connection.provider_text),
        "last_success": reader.moment(last) if last else "",
        "link": bank.link,
    }


def _name(text: str) -> str:
    line = _harmless(text)
    return line if len(line) <= NAME_LIMIT else line[: NAME_LIMIT - 1] + "…"


def _harmless(text: str) -> str:
    """Return a bank's words without addresses: only our own links belong in our letter."""
    return _ADDRESS.sub("[…]", plain(text))


@cache
def _templates(language: str) -> Environment:
    found: Any = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["ext.i18n.trimmed"] = True
    found.install_gettext_translations(translation(language), newstyle=True)
    environment: Environment = found
    return environment

"""Letters to an owner: what his banks need, need still, will need, or no longer need.

Each is written in its reader's language, as subject, plain text and HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from relink.clock import DAY
from relink.failures import plain
from relink.links import LIFE
from relink.reader import Reader
from relink.templating import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from relink.connection import Connection
    from relink.owners import Profile

PRODUCTS_SHOWN: Final = 6
NAME_LIMIT: Final = 60
BANKS_IN_FULL: Final = 20
NAMES_SHOWN: Final = 30
# Gmail cuts off a letter beyond about 100 kB; a thick one is also slow on the road.
BYTES_LIMIT: Final = 58_000
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)


class Kind(StrEnum):
    """What a letter is for."""

    RED = "red"
    REMINDER = "reminder"
    LAST_REMINDER = "last_reminder"
    EXPIRING = "expiring"
    RESTORED = "restored"

    @property
    def template(self) -> str:
        """Return the name of the templates that write it: a reminder is the first letter again."""
        return "red" if self in {Kind.REMINDER, Kind.LAST_REMINDER} else self.value


@dataclass(frozen=True, slots=True)
class House:
    """Who writes: the app that the owner knows, where its links lead, where he can ask."""

    app_name: str
    public_url: str
    chat_url: str = ""


@dataclass(frozen=True, slots=True)
class BankNews:
    """A connection to write about, the names of its accounts, and the link that mends it.

    `last` says that no letter about this incident follows; in a last reminder all are. `opens`
    says that the link opens its form without a login; else it leads to where one is needed.
    """

    connection: Connection
    products: Sequence[str]
    link: str
    last: bool = False
    opens: bool = True


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a letter is written to this reader.

    `on_behalf` says that he stands in for an owner whom mail does not reach. `unsubscribe_url`
    is where he stops letters of this kind; empty for those that cannot be stopped.
    """

    kind: Kind
    on_behalf: bool = False
    unsubscribe_url: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in its reader's language, in both forms; they state the same facts."""

    subject: str
    text: str
    html: str


def write(
    occasion: Occasion, profile: Profile, banks: Sequence[BankNews], house: House, now: int
) -> Letter:
    """Write one letter about these banks to the reader whose profile it is, as sent at `now`.

    It takes any number of banks and stays below 60 kB: the first ones, at most twenty, in full,
    the others by name or number. A reminder has the subject of the first letter about the same
    banks, as mail programs keep only letters of one subject together.
    """
    reader = Reader.of(profile)
    known: dict[str, Any] = {
        "kind": occasion.kind.value,
        "on_behalf": occasion.on_behalf,
        "unsubscribe_url": occasion.unsubscribe_url,
        "app": _name(house.app_name),
        "origin": urlsplit(house.public_url)._replace(path="/", query="", fragment="").geturl(),
        "chat_url": house.chat_url,
        "language": reader.language,
        "link_until": reader.day(now + LIFE) if any(bank.opens for bank in banks) else "",
        "all_last": _all_last(occasion, banks),
    }
    sections = [_section(bank, reader, now) for bank in banks]
    in_full = min(len(sections), BANKS_IN_FULL)
    while True:
        written = _letter(occasion.kind, reader, {**known, **_shared(sections, in_full, reader)})
        if in_full == 1 or len(written.html.encode()) < BYTES_LIMIT:
            return written
        in_full = max(1, in_full * 3 // 4)


def _letter(kind: Kind, reader: Reader, context: dict[str, Any]) -> Letter:
    words = _templates(reader.language, escaped=False)
    markup = _templates(reader.language, escaped=True)
    context["title"] = words.get_template(f"{kind.template}.subject.j2").render(context).strip()
    said = quote(context["title"], safe="")
    context["chat_url"] = context["chat_url"].replace("{message}", said)
    return Letter(
        subject=context["title"],
        text=words.get_template(f"{kind.template}.txt.j2").render(context),
        html=markup.get_template(f"{kind.template}.html.j2").render(context),
    )


def _shared(sections: Sequence[Mapping[str, Any]], in_full: int, reader: Reader) -> dict[str, Any]:
    """Return the banks as the letter shows them: some in full, of the others the names."""
    names = [section["name"] for section in sections]
    ends = {section["ends_on"] for section in sections}
    others = names[in_full:]
    return {
        "banks": sections[:in_full],
        "number": len(sections),
        "several": len(sections) > 1,
        "names": list(dict.fromkeys(names)),
        "ends_on": ends.pop() if len(ends) == 1 else "",
        "others": reader.enumerate(others, NAMES_SHOWN) if others else "",
        "others_number": len(others),
    }


def _section(bank: BankNews, reader: Reader, now: int) -> Mapping[str, Any]:
    connection = bank.connection
    products = [_name(p) for p in bank.products]
    reason = connection.incident_reason
    told = reason.explanation if reason else None
    last, since = connection.last_success_at, connection.incident_since
    ends = connection.consent_expires_at
    return {
        "name": _name(connection.bank.name),
        "products": reader.enumerate(products, PRODUCTS_SHOWN) if products else "",
        "reason": reader.text(told.text) if told else "",
        "instruction": reader.text(told.instruction) if told else "",
        "bank_words": _harmless(connection.provider_text),
        "last_success": reader.moment(last) if last else "",
        "since": reader.day(since) if since and now - since >= DAY else "",
        "ends": reader.moment(ends) if ends else "",
        "ends_on": _end(ends, reader, now) if ends else "",
        "last": bank.last,
        "link": bank.link,
    }


def _end(ends: int, reader: Reader, now: int) -> str:
    """Return the day before which to renew; on that day itself only the hour says enough."""
    last_day = reader.day(ends) == reader.day(now)
    return reader.moment(ends) if last_day else reader.short_day(ends, now)


def _all_last(occasion: Occasion, banks: Sequence[BankNews]) -> bool:
    return occasion.kind is Kind.LAST_REMINDER or all(bank.last for bank in banks)


def _name(text: str) -> str:
    line = _harmless(text)
    return line if len(line) <= NAME_LIMIT else line[: NAME_LIMIT - 1] + "…"


def _harmless(text: str) -> str:
    """Return a bank's words without addresses: only our own links belong in our letter."""
    return _ADDRESS.sub("[…]", plain(text))


@cache
def _templates(language: str, *, escaped: bool) -> Environment:
    """Return the templates as one of the two forms needs them: they share sentences."""
    return environment(Path(__file__).parent, language, escaped=escaped)

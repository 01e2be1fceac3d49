"""What a list is asked for: parameters, and which page of it.

A cursor says where the next page begins, in a form that is nobody's business. It names the list
that it belongs to, so that it is none for another; whatever it says is within what the caller may
see anyhow.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from reconnect.visit import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL: Final = 50
MOST: Final = 100
CURSOR_LIMIT: Final = 2_048
NAME_BYTES: Final = 1_024
"""What DynamoDB takes as a sort key."""
FIELDS: Final = 32
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def wrong(parameter: str, detail: str) -> Invalid:
    """Return what is raised for a parameter that is none."""
    return Invalid([{"parameter": parameter, "detail": detail}])


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request; those that are not known are ignored."""

    told: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, text: str) -> Query:
        """Return what a query says. Raises `Invalid`."""
        try:
            return cls(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS))
        except ValueError:
            raise wrong("", "too many parameters") from None

    def one(self, name: str) -> str | None:
        """Return a parameter that may be given once. Raises `Invalid`."""
        values = [value for told, value in self.told if told == name]
        if len(values) > 1:
            raise wrong(name, "more than once")
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        """Return a parameter that is `true` or `false`, which is the default. Raises `Invalid`."""
        value = self.one(name)
        if value not in {None, "true", "false"}:
            raise wrong(name, "true or false")
        return value == "true"

    def day(self, name: str) -> str | None:
        """Return a date in the form `2026-01-31`. Raises `Invalid`."""
        value = self.one(name)
        if value is not None and not _is_day(value):
            raise wrong(name, "a date such as 2026-01-31")
        return value

    def page(self, *place: str) -> Page:
        """Return which page of the list at that place is asked for. Raises `Invalid`."""
        limit = self.one("limit")
        digits = limit if limit and limit.isascii() and limit.isdigit() else ""
        number = int(digits) if 0 < len(digits) <= len(str(MOST)) else 0  # a thousand take long
        if limit is not None and not 1 <= number <= MOST:
            raise wrong("limit", f"a number from 1 to {MOST}")
        cursor, mark = self.one("cursor"), _digest(place)
        return Page(number or USUAL, _opened(cursor, mark) if cursor is not None else "", mark)


@dataclass(frozen=True, slots=True)
class Page:
    """At most so many entries of a list, after the one of that name; empty: from its start."""

    limit: int
    after: str
    mark: str

    def cursor(self, last: str) -> str:
        """Return what brings the page after the entry of that name."""
        text = json.dumps([self.mark, last], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _digest(place: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(place).encode(errors="replace")).hexdigest()[:12]


def _opened(cursor: str, mark: str) -> str:
    told: Any = None
    try:
        if len(cursor) <= CURSOR_LIMIT:
            padded = cursor + "=" * (-len(cursor) % 4)
            told = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        match told:
            case [str(own), str(last)] if own == mark and 0 < len(last.encode()) <= NAME_BYTES:
                return last
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise wrong("cursor", "no cursor of this list")

"""MT940 and MT942 statements as German banks write them (DFÜ-Abkommen, annex 3, chapter 8).

Only statement lines (`:61:` with their `:86:`) and the currency of the balances are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from relink.providers.fints.movements import Movement
from relink.providers.transport import bad_answer
from relink.providers.wire import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD = re.compile(r":(\d{2}[A-Z]?|NS):(.*)")
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?(?P<mark>[RE]?[CD])[A-Z]?\s?"
    r"(?P<amount>\d{1,15}(?:,\d{0,6})?)(?![\d,])",
)
_BALANCE = re.compile(r"[CD]\d{6}(?P<currency>[A-Z]{3})")
_LIMIT = re.compile(r"(?P<currency>[A-Z]{3})")
_TAG = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_DEBITS: Final = {"D", "RC", "ED"}
_HALF_A_YEAR: Final = timedelta(days=183)
_END: Final = "-"


@dataclass(frozen=True, slots=True)
class _Details:
    """What a `:86:` field says."""

    purpose: str
    name: str


def movements(statement: str, currency: str, *, pending: bool) -> Iterator[Movement]:
    """Yield the movements of a statement; `currency` is the account's, if none is told.

    Raises `Temporary` (bad answer) for a line that cannot be read.
    """
    line = ""
    for tag, value in [*_fields(statement), ("", "")]:
        if tag == "86" and line:
            yield _movement(line, _details(value), currency, pending=pending)
            line = ""
            continue
        if line:
            yield _movement(line, _Details("", ""), currency, pending=pending)
        line = value if tag == "61" else ""
        told = {"60": _BALANCE, "34": _LIMIT}.get(tag[:2])
        found = told.match(value) if told else None
        currency = found["currency"] if found else currency


def _fields(statement: str) -> Iterator[tuple[str, str]]:
    """Yield tag and value of each field; a wrapped value is put together again."""
    tag, parts = "", [""]
    for line in re.split(r"\r\n|\n|\r|@@", statement):
        field = _FIELD.match(line)
        if field or line.strip() == _END:
            yield tag, _joined(tag, parts)
        if field:
            tag, parts = field[1], [field[2]]
        elif line.strip() == _END:
            tag, parts = "", [""]
        else:
            parts.append(line)
    yield tag, _joined(tag, parts)


def _joined(tag: str, parts: list[str]) -> str:
    return "\n".join(parts) if tag == "86" else parts[0]


def _movement(line: str, details: _Details, currency: str, *, pending: bool) -> Movement:
    read = _LINE.match(line)
    if read is None:
        raise bad_answer("a statement line")
    valued = _day(read["value"])
    booked = _near(valued, read["entry"]) if (read["entry"] or "").strip() else valued
    sign = "-" if read["mark"] in _DEBITS else ""
    content = {
        "amount": sign + read["amount"].replace(",", "."),
        "currency": currency,
        "booked_on": None if pending else booked,
        "value_on": valued,
        "purpose": details.purpose,
        "name": details.name,
    }
    return checked(Movement, content)


def _details(value: str) -> _Details:
    """Read `:86:`: a code of three digits and numbered subfields, or simply words."""
    if not re.match(r"\d{3}\D\d\d", value):
        return _Details(" ".join(value.split()), "")
    parts = re.split(re.escape(value[3]) + r"(\d\d)", value.replace("\n", ""))
    fields = list(zip(parts[1::2], parts[2::2], strict=True))
    text = "".join(v for k, v in fields if "20" <= k <= "29" or "60" <= k <= "63")
    name = "".join(v for k, v in fields if k in {"32", "33"})
    kind = next((v for k, v in fields if k == "00"), "")
    return _Details(_purpose(text) or kind.strip(), " ".join(name.split()))


def _purpose(text: str) -> str:
    """Return the words for the user: after SVWZ+, or before any other tag."""
    pieces = _TAG.split(text)
    tagged = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return " ".join((tagged.get("SVWZ") or pieces[0]).split())


def _day(digits: str) -> date:
    """Return a day written YYMMDD; February has up to 30 days in the interest year."""
    year, month, day = 2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return _date(year, month, day)


def _near(valued: date, digits: str) -> date:
    """Return a day written MMDD in the year that puts it next to the value date."""
    month, day = int(digits[:2]), int(digits[2:])
    found = _date(valued.year, month, day)
    if found - valued > _HALF_A_YEAR:
        return _date(valued.year - 1, month, day)
    if valued - found > _HALF_A_YEAR:
        return _date(valued.year + 1, month, day)
    return found


def _date(year: int, month: int, day: int) -> date:
    try:
        if month == 2 and day in {29, 30}:  # noqa: PLR2004
            return date(year, 3, 1) - timedelta(days=1)
        return date(year, month, day)
    except ValueError as error:
        raise bad_answer("a date beyond all sense") from error

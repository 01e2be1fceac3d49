"""camt.052 and camt.053 reports, versions 2 to 8 (ISO 20022; DFÜ-Abkommen, annex 3, chapter 7).

Elements are found by their local names: banks differ in namespaces and in where a party's name is.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from relink.providers.fints.movements import Movement
from relink.providers.transport import bad_answer
from relink.providers.wire import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

ELEMENTS = 500_000
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_PENDING = {"PDNG", "FUTR"}
_INFORMATION = "INFO"


def movements(report: bytes, currency: str, *, pending: bool) -> Iterator[Movement]:
    """Yield the movements of a report; `currency` is the account's, if none is told.

    Raises `Temporary` (bad answer) if it cannot be read.
    """
    if b"\0" in report or _DOCTYPE.search(report):
        raise bad_answer("not a report")
    try:
        for count, (_, element) in enumerate(ET.iterparse(io.BytesIO(report))):  # noqa: S314
            if count > ELEMENTS:
                raise bad_answer("too much content")
            if _local(element) == "Ntry":
                status = _text(element, "Sts", "Cd") or _text(element, "Sts")
                if status != _INFORMATION:
                    yield _movement(element, currency, pending=pending or status in _PENDING)
                element.clear()
    except ET.ParseError as error:
        raise bad_answer("not a report") from error


def _movement(entry: Element, currency: str, *, pending: bool) -> Movement:
    amount = _child(entry, "Amt")
    booked = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if amount is None or (booked is None and not pending):
        raise bad_answer("an entry")
    debit = _text(entry, "CdtDbtInd") == "DBIT"
    details = _child(entry, "NtryDtls", "TxDtls")
    content: dict[str, Any] = {
        "amount": ("-" if debit else "") + (amount.text or "").strip(),
        "currency": amount.get("Ccy") or currency,
        "booked_on": None if pending else booked,
        "value_on": _day(entry, "ValDt") or (booked if pending else None),
        "purpose": _purpose(entry, details),
        "name": _name(details, debit=debit),
    }
    return checked(Movement, content)


def _purpose(entry: Element, details: Element | None) -> str:
    information = _child(details, "RmtInf")
    lines = [e.text or "" for e in _children(information, "Ustrd")]
    words = "".join(lines) or _text(details, "AddtlTxInf") or _text(entry, "AddtlNtryInf")
    return " ".join(words.split())


def _name(details: Element | None, *, debit: bool) -> str:
    """Return the other side's name: who got the money, or who sent it."""
    parties = _child(details, "RltdPties")
    party = "Cdtr" if debit else "Dbtr"
    return _text(parties, party, "Pty", "Nm") or _text(parties, party, "Nm")


def _day(entry: Element, name: str) -> str | None:
    day = _text(entry, name, "Dt") or _text(entry, name, "DtTm")
    return day[:10] or None


def _child(element: Element | None, *path: str) -> Element | None:
    for name in path:
        element = next(_children(element, name), None)
    return element


def _children(element: Element | None, name: str) -> Iterator[Element]:
    return (e for e in (element if element is not None else ()) if _local(e) == name)


def _text(element: Element | None, *path: str) -> str:
    found = _child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]

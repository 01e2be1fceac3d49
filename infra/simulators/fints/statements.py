"""Balances and movements, in the formats in which banks send them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from infra.simulators.fints.parameters import BANK_CODE, CAMT, Number
from infra.simulators.history import DAY, Entry, Histories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from infra.simulators.banking import Account
    from infra.simulators.fints.message import Element

LINE = 65
FIELD = 27
_PARTY_IBAN = "DE02120300000000202051"


def balance(account: Account, histories: Histories, now: int, version: int) -> list[Element]:
    """Return the elements of HISAL after its head."""
    booked, pending = histories.balance_cents(account, now), histories.pending_cents(account, now)
    day = _day(now).strftime("%Y%m%d")
    number = Number(account)
    address: Element = number.group() if version < 7 else [number.iban, "SPLTDE71XXX"]  # noqa: PLR2004
    return [
        address,
        "Kontokorrent",
        account.currency,
        [_mark(booked), _amount(booked), account.currency, day],
        [_mark(pending), _amount(pending), account.currency, day],
        None,
        [_amount(max(booked + pending, 0)), account.currency],
    ]


def mt940(account: Account, histories: Histories, now: int, start: int) -> bytes:
    """Return what has been booked from an epoch second on, a statement for each day."""
    found = histories.posted(account, now, start, now + 1)
    days: dict[dt.date, list[Entry]] = {}
    for entry in found:
        days.setdefault(_day(entry.posted), []).append(entry)
    before = histories.balance_cents(account, now) - sum(e.cents for e in found)
    lines: list[str] = []
    for day, entries in days.items():
        after = before + sum(e.cents for e in entries)
        lines += ["", ":20:STARTUMSE", f":25:{BANK_CODE}/{Number(account).plain}", ":28C:00000/001"]
        lines.append(f":60F:{_mark(before)}{day:%y%m%d}{account.currency}{_fraction(before)}")
        lines += [line for e in entries for line in _entry(e, day, e.cents)]
        lines.append(f":62F:{_mark(after)}{day:%y%m%d}{account.currency}{_fraction(after)}")
        lines.append("-")
        before = after
    return "\r\n".join(lines).encode("iso-8859-1", "replace")


def mt942(account: Account, histories: Histories, now: int) -> bytes:
    """Return what is pending."""
    found = histories.pending(account, now, now - 4 * DAY, now + 1)
    lines = ["", ":20:STARTDISP", f":25:{BANK_CODE}/{Number(account).plain}", ":28C:00000/001"]
    lines.append(f":34F:{account.currency}0,")
    lines += [line for e in found for line in _entry(e, _day(e.happened), e.held_cents)]
    return "\r\n".join([*lines, "-"]).encode("iso-8859-1", "replace") if found else b""


def camt(account: Account, histories: Histories, now: int, start: int) -> list[bytes]:
    """Return a camt.052 report of what has been booked from an epoch second on."""
    found = histories.posted(account, now, start, now + 1)
    return [_report(account, found, "BOOK")]


def camt_pending(account: Account, histories: Histories, now: int) -> bytes | None:
    """Return a camt.052 report of what is pending."""
    found = histories.pending(account, now, now - 4 * DAY, now + 1)
    return _report(account, found, "PDNG") if found else None


def _report(account: Account, entries: Iterable[Entry], status: str) -> bytes:
    items = "".join(_item(account, entry, status) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{CAMT}"><BkToCstmrAcctRpt><Rpt>'
        f"<Acct><Id><IBAN>{Number(account).iban}</IBAN></Id></Acct>{items}</Rpt>"
        "</BkToCstmrAcctRpt></Document>"
    ).encode()


def _item(account: Account, entry: Entry, status: str) -> str:
    cents = entry.cents if status == "BOOK" else entry.held_cents
    day = _day(entry.posted if status == "BOOK" else entry.happened)
    party = "Dbtr" if cents > 0 else "Cdtr"
    return (
        f'<Ntry><Amt Ccy="{account.currency}">{abs(cents) / 100:.2f}</Amt>'
        f"<CdtDbtInd>{'CRDT' if cents > 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><NtryDtls><TxDtls>"
        f"<RltdPties><{party}><Pty><Nm>{escape(entry.payee)}</Nm></Pty></{party}></RltdPties>"
        f"<RmtInf><Ustrd>{escape(entry.description)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _entry(entry: Entry, day: dt.date, cents: int) -> list[str]:
    """Return the lines of a movement; the details are wrapped wherever a line is full."""
    kind = "166" if cents > 0 else "177"
    purpose = f"SVWZ+{entry.description}"
    fields = [
        f"?00{'GUTSCHRIFT' if cents > 0 else 'UEBERWEISUNG'}",
        "?109310",
        "?20EREF+NOTPROVIDED",
    ]
    pieces = [purpose[at : at + FIELD] for at in range(0, len(purpose), FIELD)]
    fields += [f"?{21 + at}{piece}" for at, piece in enumerate(pieces)]
    fields += ["?30SPLTDE71XXX", f"?31{_PARTY_IBAN}", f"?32{entry.payee}"]
    details = kind + "".join(fields)
    wrapped = [details[at : at + LINE] for at in range(0, len(details), LINE)]
    line = f":61:{day:%y%m%d}{day:%m%d}{_mark(cents)}R{_fraction(cents)}N{kind}NONREF"
    return [line, ":86:" + wrapped[0], *wrapped[1:]]


def pages(data: bytes, size: int) -> Sequence[bytes]:
    """Cut a statement anywhere, as banks do."""
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


def _mark(cents: int) -> str:
    return "D" if cents < 0 else "C"


def _amount(cents: int) -> str:
    """Return an amount as FinTS writes it: a comma, and no zeros at the end."""
    whole, rest = divmod(abs(cents), 100)
    return f"{whole},{f'{rest:02d}'.rstrip('0')}"


def _fraction(cents: int) -> str:
    """Return an amount as statements write it."""
    return f"{abs(cents) // 100},{abs(cents) % 100:02d}"


def _day(moment: int) -> dt.date:
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()

"""camt.052 and camt.053 reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from relink.failures import Temporary
from relink.providers.fints import camt, mt940
from relink.providers.fints.movements import Movement, transactions


def report(*entries: str, version: str = "08") -> bytes:
    """Return a report with these entries."""
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.052.001.{version}"
    body = "".join(entries)
    text = f'<?xml version="1.0" encoding="ISO-8859-1" ?><Document xmlns="{space}">'
    text += f"<BkToCstmrAcctRpt><Rpt><Id>1</Id>{body}</Rpt></BkToCstmrAcctRpt></Document>"
    return text.encode("iso-8859-1")


def entry(
    amount: str = "10.50",
    mark: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    day: str = "<BookgDt><Dt>2026-01-05</Dt></BookgDt><ValDt><Dt>2026-01-06</Dt></ValDt>",
    details: str = "",
) -> str:
    """Return an entry."""
    head = f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
    return f"{head}{status}{day}<NtryDtls><TxDtls>{details}</TxDtls></NtryDtls></Ntry>"


def read(data: bytes, *, pending: bool = False) -> list[Movement]:
    """Return the movements of a report."""
    return list(camt.movements(data, "EUR", pending=pending))


PARTIES = (
    "<RltdPties><Dbtr><Pty><Nm>Sender</Nm></Pty></Dbtr><Cdtr><Nm>Empfänger</Nm></Cdtr></RltdPties>"
    "<RmtInf><Ustrd>Rechnung 12 </Ustrd><Ustrd>vom 3.</Ustrd></RmtInf>"
)


def test_an_entry_is_read() -> None:
    """Amount, days, purpose, and the other side's name wherever the version puts it."""
    credit, debit = read(report(entry(details=PARTIES), entry(mark="DBIT", details=PARTIES)))
    assert (Decimal("10.50"), date(2026, 1, 5), date(2026, 1, 6)) == (
        credit.amount,
        credit.booked_on,
        credit.value_on,
    )
    assert ("Rechnung 12 vom 3.", "Sender") == (credit.purpose, credit.name)
    assert (Decimal("-10.50"), "Empfänger") == (debit.amount, debit.name)


def test_moments_are_days() -> None:
    """Some banks write the time, too."""
    day = "<BookgDt><DtTm>2026-01-05T08:30:00+01:00</DtTm></BookgDt>"
    assert date(2026, 1, 5) == read(report(entry(day=day)))[0].booked_on


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>"])
def test_pending_entries_are_not_booked(status: str) -> None:
    """They stand among the booked ones, or in a report of their own."""
    assert read(report(entry(status=status)))[0].booked_on is None
    assert read(report(entry()), pending=True)[0].booked_on is None


def test_entries_for_information_are_none() -> None:
    """They have moved nothing."""
    assert [] == read(report(entry(status="<Sts>INFO</Sts>")))


def test_empty_report_has_no_movements() -> None:
    """A document with nothing in it is how some banks say so."""
    assert [] == read(b'<?xml version="1.0" encoding="ISO-8859-1" ?><Document></Document>')


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        report(entry())[:-20],
        b'<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>',
        "<Document/>".encode("utf-16"),
        report(entry(amount="1e400")),
        report(entry(amount="NaN")),
        report(entry(day="<BookgDt><Dt>0001-01-01</Dt></BookgDt>")),
        report(entry(day="")),
        b"<a>" * 600_000,
    ],
)
def test_what_cannot_be_read_is_a_bad_answer(data: bytes) -> None:
    """No entity is expanded, no sum or day beyond sense believed."""
    with pytest.raises(Temporary):
        read(data)


def test_both_formats_give_a_movement_the_same_name() -> None:
    """A bank that gives up MT940 must not double what is known already."""
    swift = (
        ":61:2601060105CR10,50N166NONREF\r\n"
        ":86:166?20EREF+1?21SVWZ+Rechnung 12 ?22vom 3.?32Sender\r\n-"
    )
    old = transactions("a", mt940.movements(swift, "EUR", pending=False))
    new = transactions("a", read(report(entry(details=PARTIES))))
    assert [t.transaction_id for t in old] == [t.transaction_id for t in new]

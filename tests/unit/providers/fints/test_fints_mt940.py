"""MT940 and MT942 as German banks write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from relink.failures import Temporary
from relink.providers.fints import mt940

if TYPE_CHECKING:
    from relink.providers.fints.movements import Movement

STATEMENT = """
:20:STARTUMSE
:25:79999902/0123456789
:28C:00000/001
:60F:C190821EUR1234,56
:61:1909030904DR12,00N033NONREF
:86:177?00ONLINE-UEBERWEISUNG?109310?20KREF+HKCCS12345?21SVWZ+323
01000-P111111-33333?22333?23DATUM 02.09.2019, 22.19 UHR?241.TAN 0
12345?30TESTDEBBXXX?31DE15799999020123456789?32EMPFAENGER ABCDE?3
3LTD
:62F:C190903EUR1222,56
-
:20:STARTUMSE
:60F:C190903EUR1222,56
:61:1909130914CR123,45N060NONREF//BANKREF
SUPPLEMENT
:86:152?00GUTSCHR. UEBERW. DAUERAUFTR?109253?20SVWZ+Irgendein Kä
se?32Absender
:62F:C190913EUR1345,01
-
""".replace("\n", "\r\n")


def read(text: str, *, pending: bool = False, currency: str = "EUR") -> list[Movement]:
    """Return the movements of a statement."""
    return list(mt940.movements(text, currency, pending=pending))


def line(text: str, details: str = "166?20SVWZ+x") -> Movement:
    """Return the movement of one statement line."""
    return read(f":61:{text}\r\n:86:{details}")[0]


def test_amounts_days_and_words_are_read() -> None:
    """A wrapped value is one value; the purpose is what follows SVWZ+."""
    first, second = read(STATEMENT)
    assert (Decimal("-12.00"), "EUR") == (first.amount, first.currency)
    assert (date(2019, 9, 4), date(2019, 9, 3)) == (first.booked_on, first.value_on)
    assert "32301000-P111111-33333333DATUM 02.09.2019, 22.19 UHR1.TAN 012345" == first.purpose
    assert "EMPFAENGER ABCDELTD" == first.name
    assert (Decimal("123.45"), "Irgendein Käse", "Absender") == (
        second.amount,
        second.purpose,
        second.name,
    )


@pytest.mark.parametrize(
    ("mark", "amount"),
    [("C", "5"), ("D", "-5"), ("CR", "5"), ("DR", "-5"), ("RC", "-5"), ("RD", "5")],
)
def test_marks_tell_the_sign(mark: str, amount: str) -> None:
    """The reversal of a credit takes money, that of a debit brings it back."""
    assert Decimal(amount) == line(f"260105{mark}5,00N166NONREF").amount


@pytest.mark.parametrize("digits", ["2,8", "2,80", "2,", "2"])
def test_fractions_are_written_as_banks_like(digits: str) -> None:
    """A comma, with or without anything after it."""
    amount = line(f"260105C{digits}N166NONREF").amount
    assert Decimal(digits.replace(",", ".")) == amount


@pytest.mark.parametrize(
    ("written", "booked"),
    [
        ("260105", date(2026, 1, 5)),
        ("260105    ", date(2026, 1, 5)),
        ("2512310102", date(2026, 1, 2)),
        ("2601021231", date(2025, 12, 31)),
        ("2502300228", date(2025, 2, 28)),
    ],
)
def test_booking_day_is_next_to_the_value_day(written: str, booked: date) -> None:
    """The year of a booking day is not written; February may have 30 days."""
    assert booked == line(f"{written}C1,00N166NONREF").booked_on


def test_pending_movements_are_not_booked() -> None:
    """MT942 has no booking day that counts."""
    text = ":20:STARTDISP\r\n:34F:EUR0,\r\n:61:2601050105C1,00N166NONREF\r\n:86:166?20SVWZ+x"
    found = read(text, pending=True, currency="XXX")[0]
    assert (None, date(2026, 1, 5), "EUR") == (found.booked_on, found.value_on, found.currency)


@pytest.mark.parametrize(
    ("details", "purpose"),
    [
        ("Simply words\r\nover two lines", "Simply words over two lines"),
        ("166?00GUTSCHRIFT?20Rechnung 12?21 von heute", "Rechnung 12 von heute"),
        ("166?00GUTSCHRIFT?20EREF+1?21KREF+2", "GUTSCHRIFT"),
        ("166?20EREF+1?21SVWZ+Miete?22ABWA+Max", "Miete"),
        ("166>00GUTSCHRIFT>20SVWZ+Was?", "Was?"),
        ("", ""),
    ],
)
def test_purpose_is_found_in_any_dialect(details: str, purpose: str) -> None:
    """Structured with any separator, tagged or not, or simply words."""
    assert purpose == line("260105C1,00N166NONREF", details).purpose


def test_movement_without_details_is_one() -> None:
    """`:86:` may be missing."""
    text = ":61:260105C1,00N166NONREF\r\n:61:260105C2,00N166NONREF\r\n:62F:C260105EUR3,00"
    assert [Decimal(1), Decimal(2)] == [m.amount for m in read(text)]


@pytest.mark.parametrize("text", ["", "-", "\r\n-\r\n", ":20:X\r\n:60F:C260105EUR1,00\r\n-"])
def test_empty_statements_have_no_movements(text: str) -> None:
    """Nothing comes of nothing."""
    assert [] == read(text)


@pytest.mark.parametrize(
    "written",
    [
        "garbage",
        "261305C1,00N",
        "260105X1,00N",
        "260105C" + "9" * 30 + "N",
        "260105CN",
        "000000C1,",
    ],
)
def test_unreadable_line_is_a_bad_answer(written: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Temporary):
        line(written)

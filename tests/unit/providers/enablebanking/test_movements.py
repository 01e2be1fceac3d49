from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink.providers.enablebanking.messages import Balance, Movement
from relink.providers.enablebanking.movements import balance, transactions


def movement(**more: Any) -> Movement:
    """Return a booked payment to somebody."""
    content = {
        "entry_reference": "r1",
        "transaction_amount": {"currency": "EUR", "amount": "5.00"},
        "credit_debit_indicator": "DBIT",
        "status": "BOOK",
        "booking_date": "2026-11-17",
        "creditor": {"name": "Metro Taxi"},
        "remittance_information": ["Ride"],
        **more,
    }
    return Movement.model_validate(content)


def ids(*movements: Movement) -> list[str]:
    """Return the ids that movements are stored under."""
    return [t.transaction_id for t in transactions("a", movements)]


def test_the_banks_reference_is_the_id() -> None:
    """It is the one that lasts."""
    assert ["r1"] == ids(movement(transaction_id="changes"))


def test_the_id_for_details_is_none() -> None:
    """It may change with every retrieval, so that it names nothing."""
    bare = movement(entry_reference=None)

    assert ids(bare) == ids(movement(entry_reference=None, transaction_id="changes"))


@pytest.mark.parametrize("reference", ["", "0", "000", "NOTPROVIDED", "2026-11-17.0", "x" * 300])
def test_a_reference_that_names_nothing_is_none(reference: str) -> None:
    """Place holders, and positions that are there one day and not the other."""
    assert ids(movement(entry_reference=None)) == ids(movement(entry_reference=reference))


def test_the_same_payment_twice_is_one_by_its_reference() -> None:
    """A list that overlaps itself makes no doubles."""
    assert 1 == len(ids(movement(), movement()))


def test_equal_payments_without_a_reference_are_two() -> None:
    """Two rides on a day are two rides, under the same ids each time."""
    first = ids(movement(entry_reference=None), movement(entry_reference=None))

    assert 2 == len(set(first))
    assert first == ids(movement(entry_reference=None), movement(entry_reference=None))


def test_a_reference_that_several_share_is_told_apart_by_content() -> None:
    """A fee carries its payment's reference; their order in the list does not matter."""
    paid = movement()
    fee = movement(transaction_amount={"currency": "EUR", "amount": "0.10"})

    assert 2 == len(set(ids(paid, fee)))
    assert set(ids(paid, fee)) == set(ids(fee, paid))


def test_a_payment_pending_and_booked_keeps_its_reference() -> None:
    """The two are stored apart, the pending one until it is no longer told."""
    assert ["r1", "r1"] == ids(movement(status="PDNG", booking_date=None), movement())


def test_what_banks_write_differently_the_next_day_does_not_change_the_id() -> None:
    """Spaces, letter case, decimals, a value date that follows."""
    today = movement(entry_reference=None, remittance_information=["Ride  home"])
    later = movement(
        entry_reference=None,
        remittance_information=["RIDE", "HOME"],
        transaction_amount={"currency": "EUR", "amount": "5.0"},
        value_date="2026-11-18",
    )

    assert ids(today) == ids(later)


@pytest.mark.parametrize(
    ("status", "booked"),
    [("BOOK", True), ("OTHR", True), ("PDNG", False), ("HOLD", False)],
)
def test_booked_is_what_the_bank_has_booked(status: str, booked: bool) -> None:  # noqa: FBT001
    """A day of booking on a pending movement is a promise."""
    (found,) = transactions("a", [movement(status=status)])

    assert booked is not found.pending


@pytest.mark.parametrize("status", ["SCHD", "CNCL", "RJCT"])
def test_what_has_not_happened_is_left_out(status: str) -> None:
    """Scheduled, cancelled and rejected payments move nothing."""
    assert [] == ids(movement(status=status))


def test_a_booked_movement_without_a_day_of_booking_takes_another() -> None:
    """Some banks send one of the three days only."""
    (found,) = transactions(
        "a", [movement(booking_date=None, value_date=None, transaction_date="2026-11-15")]
    )

    assert dt.date(2026, 11, 15) == found.booked_on


@pytest.mark.parametrize(
    ("amount", "indicator", "expected"),
    [("5.00", "DBIT", -5), ("-5.00", "DBIT", -5), ("5.00", "CRDT", 5)],
)
def test_the_indicator_tells_which_way_money_went(
    amount: str, indicator: str, expected: int
) -> None:
    """Some banks write the sign as well."""
    (found,) = transactions(
        "a",
        [
            movement(
                transaction_amount={"currency": "EUR", "amount": amount},
                credit_debit_indicator=indicator,
            )
        ],
    )

    assert Decimal(expected) == found.amount


def test_markup_in_texts_is_no_markup() -> None:
    """What is shown to people is one plain line."""
    odd = "<script>alert(1)</script>\x1b[31m\r\nSet-Cookie: a=b"
    (found,) = transactions(
        "a", [movement(remittance_information=[odd], creditor={"name": odd}, note=None)]
    )

    for text in (found.description, found.counterparty):
        assert text.isprintable()
        assert "<" not in text


@given(st.lists(st.integers(0, 3), max_size=12), st.randoms())
def test_the_order_of_a_list_does_not_change_what_is_stored(rows: list[int], chance: Any) -> None:
    """Banks sort as they like: the set of ids is the same."""
    made = [
        movement(
            entry_reference=[None, "r1", "r1", "0"][n],
            transaction_amount={"currency": "EUR", "amount": str(n + 1)},
        )
        for n in rows
    ]
    shuffled = [*made]
    chance.shuffle(shuffled)

    assert set(ids(*made)) == set(ids(*shuffled))


def test_one_sentence_for_a_list_of_sentences_is_read() -> None:
    """A single text is a list of one."""
    (found,) = transactions("a", [movement(remittance_information="Ride")])

    assert "Ride" == found.description


def shown(kind: str, amount: str, currency: str = "EUR", day: str | None = None) -> Balance:
    """Return a balance."""
    return Balance.model_validate(
        {
            "balance_amount": {"currency": currency, "amount": amount},
            "balance_type": kind,
            "reference_date": day,
        }
    )


def test_the_newest_booked_balance_of_the_accounts_currency_counts() -> None:
    """Of several of a type the newest, and none in another currency."""
    told = (
        shown("CLBD", "1", day="2026-11-16"),
        shown("CLBD", "2", day="2026-11-17"),
        shown("ITBD", "9", "USD"),
        shown("CLAV", "3"),
    )

    assert (Decimal(2), Decimal(3), None, "EUR") == balance(told, "EUR")


def test_an_available_balance_stands_for_a_booked_one_that_is_missing() -> None:
    """Better than none; and none is none."""
    assert (Decimal(3), Decimal(3), None, "EUR") == balance((shown("ITAV", "3"),), "EUR")
    assert (None, None, None, "EUR") == balance((), "EUR")

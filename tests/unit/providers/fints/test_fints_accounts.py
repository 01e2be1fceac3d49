"""Accounts as banks tell of them."""

from __future__ import annotations

import pytest

from relink.failures import Temporary
from relink.providers.fints import accounts, syntax
from relink.reasons import Reason

NUMBERS = (
    "1234567890123456789012345678901",
    "12\x0045",
)


def told(segment: str) -> tuple[accounts.BankAccount, ...]:
    """Return the accounts of an answer."""
    return accounts.merged(syntax.segments(segment.encode("iso-8859-1")))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_no_order_can_carry_is_a_bad_answer(number: str) -> None:
    """We would fail when we ask for its balance."""
    for segment in (
        f"HIUPD:5:6:4+{number}::280:79999902+++++X'",
        f"HISPA:5:1:3+J:::{number}::280:79999902'",
    ):
        with pytest.raises(Temporary) as raised:
            told(segment)
        assert Reason.BAD_ANSWER is raised.value.reason


def test_a_bic_that_is_none_is_left_out() -> None:
    """Banks are found by their code."""
    (account,) = told("HISPA:5:1:3+J:DE02120300000000202051:SPLTDE71XXX904173:123::280:79999902'")
    assert "" == account.bic


def test_names_and_currencies_are_one_short_line() -> None:
    """They are shown on pages and in mails."""
    (account,) = told("HIUPD:5:6:4+<12>::280:79999902+++1+E\x00UR+++<b>Giro'")
    shown = account.in_our_terms(None)
    assert ("b Giro … 12", "E UR") == (shown.name, shown.currency)

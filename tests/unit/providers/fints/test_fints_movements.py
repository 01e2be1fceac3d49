"""The names of movements."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from relink.providers.fints.movements import Movement, transactions

DAY = date(2026, 1, 5)


def movement(amount: str = "1.00", purpose: str = "Coffee", day: date | None = DAY) -> Movement:
    """Return a movement."""
    content = {"amount": amount, "currency": "EUR", "booked_on": day, "value_on": DAY}
    return Movement.model_validate({**content, "purpose": purpose})


def names(*movements: Movement) -> list[str]:
    """Return the names that movements get."""
    return [t.transaction_id for t in transactions("a", movements)]


def test_equal_movements_of_a_day_are_several() -> None:
    """Two equal coffees are two."""
    assert 2 == len(set(names(movement(), movement())))


def test_names_do_not_depend_on_what_else_is_there() -> None:
    """A longer window gives the same names."""
    other = movement("9.00", "Rent")
    assert names(movement(), movement()) == names(other, movement(), movement())[1:]


@given(st.permutations([movement(str(n), f"No {n}") for n in range(5)]))
def test_names_do_not_depend_on_the_order(shuffled: list[Movement]) -> None:
    """Some banks begin with the newest."""
    plain = [movement(str(n), f"No {n}") for n in range(5)]
    assert set(names(*plain)) == set(names(*shuffled))


def test_spelling_does_not_make_another_movement() -> None:
    """Banks wrap and capitalise the same words as they like."""
    assert names(movement(purpose="Rent May/26")) == names(movement("1", "RENT  MAY 26"))


def test_a_pending_movement_has_another_name() -> None:
    """It may be booked with another amount, or never."""
    assert names(movement()) != names(movement(day=None))

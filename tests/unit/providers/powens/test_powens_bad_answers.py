"""What no answer can do to us."""

from __future__ import annotations

import pytest

from relink.failures import Temporary
from relink.providers.powens.messages import moment
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import SIX, TRANSACTIONS, Bench, movement, page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22 06:12:44", SIX),
        ("2026-11-22T06:12:44Z", SIX),
        ("2026-11-22T07:12:44+01:00", SIX),
        ("0001-01-01 00:00:00", None),
        ("9999-12-31 23:59:59", None),
        ("0000-00-00 00:00:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1.5, None),
    ],
)
def test_a_time_is_one_or_says_nothing(text: object, expected: int | None) -> None:
    """A wrong time spoils no answer."""
    assert expected == moment(text)


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        None,
        {"transactions": None},
        {"transactions": [movement(1, value="12,50")]},
        {"transactions": [movement(1, value=True)]},
        {"transactions": [movement(1, value="1e400")]},
        {"transactions": [movement(1, value=float("inf"))]},
        {"transactions": [movement(1, date="0001-01-01")]},
        {"transactions": [movement(1, id="")]},
        {"transactions": [movement(1, id={})]},
        {"transactions": [movement(1)], "_links": []},
    ],
)
def test_an_answer_of_another_shape_is_a_bad_answer(powens: Bench, told: object) -> None:
    """Orange, without its content in the error."""
    powens.wire.play(TRANSACTIONS, answer(told))
    with pytest.raises(Temporary) as raised:
        powens.sync()
    assert (Reason.BAD_ANSWER, "") == (raised.value.reason, raised.value.provider_text)


def test_too_many_movements_are_a_bad_answer(powens: Bench) -> None:
    """No real page has so many."""
    powens.wire.play(TRANSACTIONS, page(*(movement(n) for n in range(5_001))))
    with pytest.raises(Temporary) as raised:
        powens.sync()
    assert Reason.BAD_ANSWER is raised.value.reason

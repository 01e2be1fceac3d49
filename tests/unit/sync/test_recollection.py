"""How many failures of a bank its answers excuse: few, and for half an hour."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.batches.recollection import KEPT, MOST, Credit, Recollection
from tests.fakes import NOON

BANK, PROVIDER = "fake#fakebank", "fake"


def counted(outcomes: list[bool]) -> int:
    """Return how many failures count of calls that follow each other; true is an answer."""
    recollection, found = Recollection(), 0
    for worked in outcomes:
        if worked:
            recollection.answered((BANK, PROVIDER), NOON)
        else:
            found += not recollection.excuses(BANK, NOON)
    return found


def test_a_process_that_has_seen_nothing_excuses_nothing() -> None:
    """Three connections of a small bank that fail are three failures."""
    assert 3 == counted([False] * 3)


def test_an_answer_excuses_one_failure() -> None:
    """The next one counts: a bank that has gone down answers no more."""
    assert 2 == counted([True, False, False, False])


@given(st.integers(MOST, 1000), st.integers(0, 50))
def test_a_bank_that_goes_down_is_soon_noticed_whatever_its_size(well: int, ill: int) -> None:
    """Answers without number excuse no more than a few failures."""
    assert max(0, ill - MOST) == counted([True] * well + [False] * ill)


@given(st.lists(st.booleans(), max_size=200))
def test_failures_count_that_outnumber_answers(outcomes: list[bool]) -> None:
    """Of calls most of which fail, what the answers excuse is never more than the answers."""
    failures = outcomes.count(False)

    assert failures - outcomes.count(True) <= counted(outcomes) <= failures


def test_a_large_bank_on_a_good_day_counts_no_failures() -> None:
    """One call in a hundred fails for a moment, of 200 000."""
    dice = Random(7)  # noqa: S311 - no secret
    outcomes = [dice.random() >= 0.01 for _ in range(200_000)]

    assert outcomes.count(False) > 1500
    assert counted([True, *outcomes]) <= 1


def test_half_an_outage_counts_all_the_same() -> None:
    """Six calls in ten fail: a good part of them count."""
    dice = Random(7)  # noqa: S311 - no secret
    outcomes = [dice.random() >= 0.6 for _ in range(1000)]

    assert counted([True] * 100 + outcomes) > 150


@pytest.mark.parametrize(("later", "left"), [(0, 2), (KEPT - 1, 2), (KEPT, 0), (-1, 0)])
def test_an_answer_is_good_for_half_an_hour(later: int, left: int) -> None:
    """What a bank answered this morning says nothing of now; nor does what lies ahead."""
    credit = Credit().answered(NOON).answered(NOON)

    assert left == credit.left(NOON + later)


def test_failures_do_not_prolong_what_an_answer_is_good_for() -> None:
    """It is counted from the last answer."""
    credit = Credit().answered(NOON).answered(NOON).failed(NOON + KEPT - 1)

    assert (1, 0) == (credit.left(NOON + KEPT - 1), credit.left(NOON + KEPT))


def test_places_are_remembered_apart() -> None:
    """A bank's answers excuse its own failures and its provider's, not another bank's."""
    recollection = Recollection()
    recollection.answered((BANK, PROVIDER), NOON)

    assert not recollection.excuses("fake#other", NOON)
    assert recollection.excuses(PROVIDER, NOON)
    assert recollection.excuses(BANK, NOON)

"""Deciding anew: as often as is of use, and no more."""

from __future__ import annotations

import pytest

from reconnect.deciding import TIMES, decided
from relink.writes import Conflict


class Contested:
    """A decision that others spoil so many times."""

    def __init__(self, spoiled: int) -> None:
        self.spoiled = spoiled
        self.made = 0

    def __call__(self) -> str:
        """Decide."""
        self.made += 1
        if self.made <= self.spoiled:
            raise Conflict
        return "decided"


@pytest.mark.parametrize("spoiled", range(TIMES))
def test_it_is_decided_anew_until_nobody_is_faster(spoiled: int) -> None:
    """And not once more than that."""
    decide = Contested(spoiled)

    assert ("decided", spoiled + 1) == (decided(decide), decide.made)


def test_whoever_always_loses_is_told_so() -> None:
    """The caller may try again; we do not go on for ever."""
    decide = Contested(TIMES)
    with pytest.raises(Conflict):
        decided(decide)

    assert TIMES == decide.made


def test_what_is_no_conflict_is_raised_at_once() -> None:
    """A fault does not go away by being repeated."""
    calls = []

    def decide() -> None:
        calls.append(1)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        decided(decide)

    assert 1 == len(calls)

"""Decide anew when somebody else has written first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from relink.writes import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
TIMES: Final = 3
"""Enough for the worker and a second device: whoever conflicts more often is told to try again."""


def decided(decide: Callable[[], T]) -> T:
    """Return what is decided on what is stored, which `decide` reads afresh each time.

    Raises `Conflict` if others kept writing.
    """
    for _ in range(TIMES - 1):
        try:
            return decide()
        except Conflict:
            continue
    return decide()

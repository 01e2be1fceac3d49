"""An incident is named by the moment when it began: no two of a connection have the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from relink.disconnecting import Data, disconnected
from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason
from relink.transitions import Synced, accepted, failed, mended, renewed, synced
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection

    Event = Callable[[Connection, int], Connection]

SKEW = 2
"""Seconds by which two machines' clocks differ."""
REFUSED = NeedsOwner(Reason.CREDENTIALS_REJECTED)
IN_TROUBLE = Synced("digest", troubles={"acc_1": Reason.ACCESS_NOT_GRANTED.value})


def refused(before: Connection, now: int) -> Connection:
    """Have the bank say that only the owner can help."""
    return failed(before, REFUSED, now, counted=False)


def synced_whole(before: Connection, now: int) -> Connection:
    """Have all accounts synced."""
    return synced(before, Synced("digest"), now)


def beginnings(of: Connection) -> tuple[int | None, int | None]:
    """Return when the present incidents began: of the connection, of its accounts."""
    return of.red_since, of.accounts_red_since


EVENTS: dict[str, Event] = {
    "refused": refused,
    "synced": synced_whole,
    "one account refused": lambda c, now: synced(c, IN_TROUBLE, now),
    "waits": lambda c, now: failed(c, Temporary(Reason.BANK_UNAVAILABLE), now, counted=False),
    "accepted": lambda c, now: accepted(c, None, now),
    "renewed": lambda c, now: renewed(c, None, now),
    "mended": lambda c, now: mended(c, 1, now),
    "given up": lambda c, now: disconnected(c, Data.KEEP, now),
}


def test_red_again_within_a_second_is_another_incident() -> None:
    """Law 9: it has a notice of its own, so that the owner hears of it."""
    red = refused(synced_whole(connection(), NOON - 60), NOON)
    again = refused(accepted(red, None, NOON), NOON)
    third = refused(synced_whole(accepted(again, None, NOON), NOON), NOON)

    assert (NOON, NOON + 1, NOON + 2) == (red.red_since, again.red_since, third.red_since)


def test_an_incident_begins_when_it_is_seen() -> None:
    """Nothing is put off that no other incident stands in the way of."""
    well = synced_whole(connection(), NOON)

    assert NOON + 1 == refused(well, NOON + 1).red_since
    assert NOON + 1 == synced(well, IN_TROUBLE, NOON + 1).accounts_red_since


@given(
    st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(-SKEW, SKEW)), max_size=12),
    st.lists(st.integers(0, 1), min_size=12, max_size=12),
)
def test_no_two_incidents_have_one_name(events: list[tuple[str, int]], pauses: list[int]) -> None:
    """Whatever comes within one second, of the connection or of its accounts, by any clock."""
    at, now, names = connection(), NOON, list[int]()
    for (event, skew), pause in zip(events, pauses, strict=False):
        now += pause
        before, at = beginnings(at), EVENTS[event](at, now + skew)
        if at.incident_since is not None and beginnings(at) != before:
            names.append(at.incident_since)

    assert sorted(set(names)) == names
    assert all(name <= now + SKEW + len(events) for name in names)

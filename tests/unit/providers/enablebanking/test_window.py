from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from relink.providers.enablebanking import cursor, window
from relink.providers.enablebanking.cursor import Cursor, Place
from relink.providers.enablebanking.window import Window
from tests.unit.providers.enablebanking.scripted import NOON

TODAY = dt.date(2026, 11, 18)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2027, 12, 31))


@given(st.none() | DAYS, st.none() | st.integers(0, NOON), st.booleans())
def test_a_window_never_begins_tomorrow(
    newest: dt.date | None,
    since: int | None,
    fresh: bool,  # noqa: FBT001
) -> None:
    """A day in the future is an error to the bank."""
    found = window.first(newest, since, NOON, fresh=fresh)

    assert found.start is None or found.start <= TODAY


@given(DAYS)
def test_without_a_fresh_proof_no_more_than_ninety_days_are_asked_for(newest: dt.date) -> None:
    """Counted with today: a bank refuses the ninety-first."""
    found = window.first(newest, None, NOON, fresh=False)

    assert found.start is not None
    assert (TODAY - found.start).days <= 89


@given(st.none() | DAYS, st.booleans())
def test_the_ladder_ends(start: dt.date | None, longest: bool) -> None:  # noqa: FBT001
    """Each step is shorter than the last, and there are three."""
    steps, asked = 0, window.shorter(Window(start, longest), NOON)
    while asked is not None:
        steps += 1
        assert asked.start is not None
        assert start is None or asked.start > start
        start = asked.start
        asked = window.shorter(asked, NOON)

    assert steps <= 3


def test_a_first_sync_with_a_date_begins_there() -> None:
    """What is wanted is asked for, with the overlap."""
    since = NOON - 10 * 86_400

    assert Window(dt.date(2026, 11, 1), longest=False) == window.first(
        None, since, NOON, fresh=False
    )


@given(st.lists(DAYS, max_size=5), st.none() | DAYS)
def test_the_cursor_goes_forward_and_never_beyond_today(
    booked: list[dt.date], newest: dt.date | None
) -> None:
    """A booking dated ahead does not hide what comes before it."""
    found = window.moved(newest, booked, NOON)

    assert TODAY - dt.timedelta(days=20) <= found <= TODAY
    assert newest is None or newest > TODAY or found >= newest


def test_a_quiet_accounts_cursor_stands_still_for_days() -> None:
    """It need not be written with every sync."""
    days = {window.moved(None, [], NOON + n * 86_400) for n in range(14)}

    assert len(days) <= 3


def test_a_cursor_is_read_as_it_was_written() -> None:
    """With its place, and without."""
    place = Place("a1", "key", Window(TODAY, longest=True), 3, TODAY)
    for written in (Cursor({"a1": TODAY}), Cursor({}, ("a2",), place, "s1", NOON)):
        assert written == cursor.parsed(written.text())


def test_another_session_has_another_place() -> None:
    """A continuation key is good in its own session only."""
    place = Place("a1", "key", Window(None, longest=True), 3, None)
    written = Cursor({}, ("a2",), place, "s1", NOON)

    assert (("a2",), place) == _standing(written.resumed("s1", NOON + 60))
    assert ((), place) == _standing(written.resumed("s1", NOON + 86_400))
    assert ((), None) == _standing(written.resumed("s2", NOON + 60))


def _standing(found: Cursor) -> tuple[tuple[str, ...], Place | None]:
    return found.done, found.place

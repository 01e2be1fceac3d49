"""On which day an owner begins to hear that his consent ends, and when that day is written."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from relink.clock import DAY
from relink.expiry import FOREWARNED, notice_day
from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason
from relink.repository import change
from relink.transitions import Synced, accepted, failed, synced
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

moments = st.integers(NOON, NOON + 400 * DAY)
expiries = st.none() | st.integers(NOON - 30 * DAY, NOON + 800 * DAY)


def day(moment: int) -> str:
    """Return the day of a moment, as an index is asked for it."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%d")


def seen_to(told: Connection) -> Connection:
    """Return a connection whose notice has been made: the sweep takes it out of the index."""
    return replace(told, notice_day=None)


def granted(expires_at: int | None, now: int = NOON) -> Connection:
    """Return a green connection whose consent was granted until then."""
    made = accepted(connection(credentials_version=0), expires_at, now)
    return synced(made, Synced("digest", expires_at), now)


@given(expiries, moments)
def test_the_day_is_two_weeks_before_the_end_and_never_in_the_past(
    expires_at: int | None,
    now: int,
) -> None:
    """A past day would lie in the index unread; an end that has passed is the bank's to tell."""
    found = notice_day(expires_at, now)

    if expires_at is None or expires_at <= now:
        assert None is found
    else:
        assert max(day(expires_at - FOREWARNED), day(now)) == found
        assert found <= day(expires_at)


@given(expiries, moments)
def test_a_grant_sets_its_day(expires_at: int | None, now: int) -> None:
    """Whether the bank told the end with its yes, or with the first sync."""
    told_at_once = accepted(connection(), expires_at, now)
    told_later = synced(accepted(connection(), None, now), Synced("d", expires_at), now)

    for after in (told_at_once, told_later):
        assert (expires_at, notice_day(expires_at, now)) == (
            after.consent_expires_at,
            after.notice_day,
        )


@given(moments, st.lists(st.integers(-DAY + 1, DAY - 1), max_size=20))
def test_a_normal_sync_does_not_write_the_index(expires_at: int, drifts: list[int]) -> None:
    """Law of costs: an end that the bank tells a little differently each time is the same end.

    What has been seen to stays seen to, and the notice's moment stays what it was.
    """
    for start in (granted(expires_at), seen_to(granted(expires_at))):
        states = [start]
        for number, drift in enumerate(drifts):
            now = NOON + (number + 1) * 6 * 3600
            states.append(synced(states[-1], Synced("digest", expires_at + drift), now))

        for before, after in pairwise(states):
            written = change(before, after, expect=())
            assert not {"notice_day", "consent_expires_at"} & {*written.values, *written.removed}


@given(moments, st.integers(DAY, 400 * DAY), moments)
def test_a_renewal_sets_the_day_anew(expires_at: int, gained: int, now: int) -> None:
    """The bank grants another end: the owner is told of that one, also if he was told before."""
    later = expires_at + gained
    before = seen_to(granted(expires_at))
    for after in (accepted(before, later, now), synced(before, Synced("d", later), now)):
        assert (later, notice_day(later, now)) == (after.consent_expires_at, after.notice_day)


def test_a_consent_without_an_end_is_not_told_of() -> None:
    """Credentials that do not run out, after some that did."""
    after = accepted(granted(NOON + 90 * DAY), None, NOON + DAY)

    assert (None, None) == (after.consent_expires_at, after.notice_day)


def test_a_sync_that_says_nothing_of_the_end_leaves_it() -> None:
    """Not every answer of a bank repeats it."""
    before = granted(NOON + 90 * DAY)
    after = synced(before, Synced("another"), NOON + DAY)

    assert (before.consent_expires_at, before.notice_day) == (
        after.consent_expires_at,
        after.notice_day,
    )


def test_trouble_does_not_touch_the_day() -> None:
    """Orange or red, the consent still ends when it does."""
    before = granted(NOON + 90 * DAY)
    for error in (Temporary(Reason.BANK_UNAVAILABLE), NeedsOwner(Reason.CREDENTIALS_REJECTED)):
        after = failed(before, error, NOON + DAY, counted=True)

        assert before.notice_day == after.notice_day

"""Law 3: operators hear once of a connection that has waited for longer than anybody should."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relink.clock import DAY
from relink.connection import STALE_AFTER, Connection
from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.reasons import Reason
from relink.transitions import Synced, accepted, failed, synced
from sync.telling import long_orange
from tests.fakes import NOON, connection

gaps = st.lists(st.integers(60, 20 * 3600), min_size=1, max_size=40)
DOWN = Temporary(Reason.BANK_UNAVAILABLE)


def told(start: Connection, pauses: list[int], error: ProviderError = DOWN) -> list[int]:
    """Let call after call fail; return at which of them operators are told."""
    before, now, last_call, found = start, NOON, NOON, []
    for pause in pauses:
        now += pause
        before = failed(before, error, now, counted=True)
        if long_orange(before, last_call, now):
            found.append(now)
        last_call = now
    return found


@given(gaps)
def test_operators_are_told_once_in_a_time_of_trouble(pauses: list[int]) -> None:
    """At the first call that finds it late, however the calls lie; before that, never."""
    well = synced(connection(), Synced("digest"), NOON)
    late = [
        NOON + sum(pauses[: n + 1])
        for n in range(len(pauses))
        if sum(pauses[: n + 1]) > STALE_AFTER
    ]

    assert late[:1] == told(well, pauses)


@given(gaps)
def test_operators_are_not_told_of_what_the_owner_must_mend(pauses: list[int]) -> None:
    """Red has its own notice, and its owner's time is his."""
    well = synced(connection(), Synced("digest"), NOON)

    assert [] == told(well, pauses, NeedsOwner(Reason.CONSENT_EXPIRED))


@given(gaps)
def test_a_success_begins_the_count_anew(pauses: list[int]) -> None:
    """Two times of trouble are two tickets."""
    ill = failed(connection(created_at=NOON), DOWN, NOON + 3 * DAY, counted=True)
    well = synced(ill, Synced("digest"), NOON)

    assert len(told(well, pauses)) <= 1
    assert 2 == len(told(well, [DAY] * 5)) + len(told(synced(well, Synced("d"), NOON), [DAY] * 5))


def test_a_first_call_that_comes_late_is_told_of() -> None:
    """There was no call before it that could have told."""
    made = accepted(connection(credentials_version=0), None, NOON)
    ill = failed(made, DOWN, NOON + 3 * DAY, counted=True)

    assert long_orange(ill, None, NOON + 3 * DAY)

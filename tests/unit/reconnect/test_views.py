"""Times and dates as people and programs read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.api.caller import EMAIL, NoWorkspace, caller_of
from reconnect.api.connection_views import CYCLE, next_sync_at
from reconnect.explaining import iso, reason_of
from relink.clock import DAY
from relink.connection import HOLD_LIMIT
from relink.owners import Profile
from relink.reader import Reader, zone
from relink.reasons import Reason
from relink.schedule import SLOTS, Due, minute_of
from tests.fakes import NOON, connection

TURN = NOON + 5 * 60
SLOTTED = replace(connection(), slot=Due(minute_of(TURN)).slot)


def profile(**facts: Any) -> Profile:
    """Return an owner's profile."""
    return Profile(owner_id="own_1", workspace_id="ws_1", **facts)


def test_dates_are_written_as_the_reader_writes_them() -> None:
    """In his language and zone, with the zone's name beside the hour."""
    english = Reader.of(profile(time_zone="Europe/Madrid"), "es")
    spanish = Reader.of(profile(language="es", time_zone="America/Bogota"), "en")

    assert "1 January 2026, 13:00 CET" == english.moment(NOON)
    assert spanish.moment(NOON).startswith("1 de enero de 2026, 07:00 ")
    assert ("31 December 2025", "1 January") == (
        english.short_day(NOON - DAY, NOON),
        english.short_day(NOON, NOON),
    )


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../UTC", "/etc/passwd", "x" * 300, "\x00"])
def test_a_zone_that_is_none_is_told_apart(name: str) -> None:
    """Whatever is stored or sent there."""
    assert zone(name) is None
    assert UTC is Reader.of(profile(time_zone=name), "en").zone


def test_without_a_profile_the_browser_decides() -> None:
    """And times are told in UTC, and say so."""
    assert "1 de enero de 2026, 12:00 UTC" == Reader.of(None, "es").moment(NOON)
    assert "es" == Reader.of(profile(language="tlh"), "es").language


def test_a_bank_is_next_called_in_its_slot() -> None:
    """And not at all while it has none."""
    assert TURN == next_sync_at(SLOTTED, NOON)
    assert next_sync_at(connection(), NOON) is None


def test_a_turn_that_may_not_call_is_not_promised() -> None:
    """The first one after a rate limit, and after the rolling day has room again."""
    limited = replace(SLOTTED, rate_limited_until=TURN + 1)
    full = replace(SLOTTED, calls=(NOON, NOON, NOON, TURN + CYCLE - DAY + HOLD_LIMIT + 1))
    held_back = replace(SLOTTED, calls=(NOON, NOON, NOON, TURN - DAY + HOLD_LIMIT))

    assert TURN + CYCLE == next_sync_at(limited, NOON)
    assert TURN + 2 * CYCLE == next_sync_at(full, NOON)
    assert TURN == next_sync_at(held_back, NOON)


@given(st.integers(0, SLOTS - 1), st.integers(0, 3 * DAY), st.integers(0, DAY))
def test_a_promised_turn_is_the_first_that_may_call(slot: int, limit: int, called: int) -> None:
    """Never one that is forbidden, and never one later than need be."""
    tried = replace(
        SLOTTED, slot=slot, rate_limited_until=NOON + limit, calls=(0, 0, 0, NOON - called)
    )

    turn = next_sync_at(tried, NOON)

    free_at = max(NOON + limit, NOON - called + DAY - HOLD_LIMIT)
    assert turn is not None
    assert turn >= free_at
    assert turn > NOON
    assert turn - CYCLE < max(free_at, NOON + 60)


def test_times_are_iso_8601_in_utc() -> None:
    """Absent ones are null."""
    assert ("2026-01-01T12:00:00Z", None) == (iso(NOON), iso(None))


def test_a_reason_of_another_version_is_unknown() -> None:
    """A newer worker's word is no crash of ours."""
    assert (Reason.UNKNOWN, None) == (reason_of("eaten_by_dog"), reason_of(""))


@pytest.mark.parametrize("claims", [{}, {"sub": "o"}, {"workspace": "w"}, {"sub": 7}])
def test_a_caller_has_a_name_and_a_workspace(claims: dict[str, Any]) -> None:
    """Else he sees nothing, not even what is nobody's."""
    with pytest.raises(NoWorkspace):
        caller_of(claims)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("ana@example.com", True),
        ("ana+bank@sub.example.com", True),
        ("añá@exámple.com", True),
        ("ana@example.com\n", False),
        ("ana@example.com,eve@example.com", False),
        ("Ana <ana@example.com>", False),
        ("ana@", False),
        ("@example.com", False),
        ("a@b@c", False),
    ],
)
def test_an_address_is_one_address(address: str, *, fits: bool) -> None:
    """Nothing that a mail header could be made of."""
    assert fits == bool(EMAIL.fullmatch(address))

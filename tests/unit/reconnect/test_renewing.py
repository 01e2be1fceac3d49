"""From when on a consent that ends is told of, and can be renewed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from reconnect.attempts.renewal import days_left, renewable
from relink.clock import DAY
from relink.reader import Reader
from relink.reasons import Status
from tests.fakes import NOON, connection

ZONES = ("UTC", "Europe/Madrid", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns")
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(NOON, NOON + 400 * DAY)


@given(zones, moments, st.integers(-3 * DAY, 30 * DAY))
def test_whoever_is_told_of_the_end_can_renew(zone: ZoneInfo, now: int, ahead: int) -> None:
    """No reader anywhere is sent to a page that says that there is nothing to do."""
    green = connection(status=Status.GREEN, reason=None, consent_expires_at=now + ahead)

    days = days_left(green, Reader("en", zone), now)

    assert days is None or renewable(green, now)
    assert renewable(green, now) == (ahead < 16 * DAY)


@given(zones, moments, st.integers(0, 30 * DAY))
def test_days_are_those_of_the_readers_calendar(zone: ZoneInfo, now: int, ahead: int) -> None:
    """Today is 0, tomorrow 1; beyond the fourteenth nothing is said."""
    ends = now + ahead
    apart = datetime.fromtimestamp(ends, zone).date() - datetime.fromtimestamp(now, zone).date()

    told = days_left(connection(consent_expires_at=ends), Reader("en", zone), now)

    assert (apart.days if apart.days <= 14 else None) == told


def test_red_and_endless_ones_are_not_told_of() -> None:
    """The one has to be mended anyway, the other does not end."""
    reader = Reader("en")
    red = connection(status=Status.RED, red_since=NOON, consent_expires_at=NOON + DAY)

    assert days_left(red, reader, NOON) is None
    assert days_left(connection(), reader, NOON) is None
    assert not renewable(connection(), NOON)


def test_what_has_passed_has_no_day_left() -> None:
    """Until the bank refuses us it can still be renewed."""
    passed = connection(status=Status.GREEN, reason=None, consent_expires_at=NOON - 3 * DAY)

    assert (0, True) == (days_left(passed, Reader("en"), NOON), renewable(passed, NOON))

"""When somebody is left in peace, in his own zone, through nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.hours import Hours
from relink.owners import Profile

DAY = 86_400
ZONES = (
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Africa/Casablanca",
)
TIMES = st.integers(1_293_840_000, 1_893_456_000)  # 2011 (Apia loses a day) to 2030
OF_DAY = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
PROFILES = st.builds(
    Profile,
    owner_id=st.just("own_1"),
    workspace_id=st.just("ws_1"),
    time_zone=st.sampled_from(ZONES),
    quiet_from=OF_DAY,
    quiet_until=OF_DAY,
)


def profile(**facts: Any) -> Profile:
    """Return an owner's profile."""
    return Profile(owner_id="own_1", workspace_id="ws_1", **facts)


def at(text: str, zone: str) -> int:
    """Return the epoch second of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-10 20:59", "2026-01-10 20:59"),
        ("2026-01-10 21:00", "2026-01-11 08:00"),
        ("2026-01-10 23:59", "2026-01-11 08:00"),
        ("2026-01-11 00:00", "2026-01-11 08:00"),
        ("2026-01-11 07:59", "2026-01-11 08:00"),
        ("2026-01-11 08:00", "2026-01-11 08:00"),
        # Clocks are put forward, then back, in this zone: the wall's clock decides.
        ("2026-03-28 22:00", "2026-03-29 08:00"),
        ("2026-10-24 22:00", "2026-10-25 08:00"),
    ],
)
def test_the_usual_night_ends_at_eight_where_he_lives(now: str, expected: str) -> None:
    """From nine in the evening on."""
    hours = Hours.of(profile(time_zone="Europe/Madrid"))

    assert at(expected, "Europe/Madrid") == hours.open_at(at(now, "Europe/Madrid"))


def test_a_pause_at_noon_is_as_good_as_a_night() -> None:
    """Quiet hours need not cross midnight."""
    hours = Hours.of(profile(quiet_from="12:00", quiet_until="15:30"))

    assert at("2026-01-10 15:30", "UTC") == hours.open_at(at("2026-01-10 13:00", "UTC"))
    assert not hours.quiet(at("2026-01-10 23:00", "UTC"))


@pytest.mark.parametrize(("fold", "wait"), [(0, 15), (1, 15)])
def test_an_hour_that_comes_twice_ends_twice(fold: int, wait: int) -> None:
    """Who is quiet until half past one has a short night end in either of the two hours."""
    hours = Hours.of(profile(time_zone="America/New_York", quiet_from="21:00", quiet_until="01:30"))
    zone = ZoneInfo("America/New_York")
    now = int(datetime(2026, 11, 1, 1, 15, tzinfo=zone, fold=fold).timestamp())

    assert now + wait * 60 == hours.open_at(now)


@given(TIMES, OF_DAY)
def test_two_equal_times_mean_no_quiet_hours(now: int, time: str) -> None:
    """Nobody is quiet for a whole day."""
    assert now == Hours.of(profile(quiet_from=time, quiet_until=time)).open_at(now)


@given(PROFILES, TIMES)
def test_it_is_never_quiet_when_it_opens(who: Profile, now: int) -> None:
    """At once if it is not quiet, else within two days, whatever clocks do; each night ends."""
    hours = Hours.of(who)
    opens = hours.open_at(now)

    assert not hours.quiet(opens)
    assert now <= opens <= now + 2 * DAY
    assert hours.quiet(now) == (opens > now)


@given(PROFILES, TIMES)
def test_every_day_has_an_hour_that_is_not_quiet(who: Profile, now: int) -> None:
    """A look every quarter of an hour finds it, even on a day that clocks make shorter."""
    hours = Hours.of(who)
    looks = range(now, now + 2 * DAY, 900)

    assert any(not hours.quiet(look) for look in looks)


@given(PROFILES, TIMES, st.integers(-14, 14))
def test_a_morning_is_at_nine_on_that_day(who: Profile, moment: int, days: int) -> None:
    """Counted in days of the calendar, which are not all of one length; a lost day is the next."""
    zone = ZoneInfo(who.time_zone)
    morning = datetime.fromtimestamp(Hours.of(who).morning(moment, days), zone)
    day = datetime.fromtimestamp(moment, zone).date()

    assert (9, 0) == (morning.hour, morning.minute)
    assert (morning.date() - day).days in {days, days + (who.time_zone == "Pacific/Apia")}


@pytest.mark.parametrize("nonsense", ["", "late", "25:00", "9"])
def test_what_cannot_be_read_is_the_usual_night(nonsense: str) -> None:
    """An owner's nonsense wakes nobody up."""
    hours = Hours.of(profile(quiet_from=nonsense, quiet_until=nonsense, time_zone=nonsense))

    assert UTC is hours.zone
    assert at("2026-01-11 08:00", "UTC") == hours.open_at(at("2026-01-10 23:00", "UTC"))

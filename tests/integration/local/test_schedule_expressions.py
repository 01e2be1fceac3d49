"""Schedules fire when EventBridge Scheduler says."""

from __future__ import annotations

import datetime as dt

import pytest

from infra.local.triggers.schedule_expressions import BadScheduleError, parse


def at(text: str) -> float:
    """Return epoch seconds."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(0/15 * * * ? *)", "2026-11-22T10:14:59", "2026-11-22T10:15:00"),
        ("cron(30 8 * * ? *)", "2026-11-22T08:30:00", "2026-11-23T08:30:00"),
        ("cron(0 9 ? * MON-FRI *)", "2026-11-20T09:00:00", "2026-11-23T09:00:00"),
        ("cron(0 0 1 JAN,JUL ? *)", "2026-11-22T00:00:00", "2027-01-01T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2026-11-22T00:00:00", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2020)", "2026-11-22T00:00:00", None),
        ("at(2026-12-01T10:00:00)", "2026-11-22T00:00:00", "2026-12-01T10:00:00"),
        ("at(2026-12-01T10:00:00)", "2026-12-01T10:00:00", None),
    ],
)
def test_next_firing(expression: str, after: str, expected: str | None) -> None:
    """Fields combine; the moment itself is not after itself."""
    rule = parse(expression, start=0)
    assert (at(expected) if expected else None) == rule.next_after(at(after))


def test_rate_counts_from_its_start() -> None:
    """A rate fires when it is made and then at whole multiples."""
    rule = parse("rate(5 minutes)", start=1000)
    assert [1000, 1300, 1300, 1600] == [rule.next_after(t) for t in (999, 1000, 1299, 1300)]


def test_zone_moves_a_cron_with_summer_time() -> None:
    """Nine o'clock in Madrid is another hour of UTC in summer."""
    rule = parse("cron(0 9 * * ? *)", start=0, zone="Europe/Madrid")
    assert at("2026-01-10T08:00:00") == rule.next_after(at("2026-01-10T00:00:00"))
    assert at("2026-07-10T07:00:00") == rule.next_after(at("2026-07-10T00:00:00"))


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(1 fortnight)",
        "every minute",
        "cron(* * * * *)",
        "cron(0 0 1 * 1 *)",
        "cron(61 0 * * ? *)",
        "at(tomorrow)",
    ],
)
def test_expression_that_aws_refuses_is_refused(expression: str) -> None:
    """The emulators accept any text here, AWS does not."""
    with pytest.raises(BadScheduleError):
        parse(expression, start=0)

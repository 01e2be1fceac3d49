"""Alarms on what AWS itself measures, which no function prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.alarms.evaluation import AlarmState
from tests.alarming import ALARM, LONG_AGO, TEMPLATE, goes_off, of_aws, of_each, state
from tests.fakes import NOON

if TYPE_CHECKING:
    from infra.alarms.metrics import Sample

BORNE_AND_NOT: dict[str, tuple[float | None, float | None]] = {
    "ApiFailsAlarm": (5, 6),
    "AttemptDeadLettersAlarm": (0, 1),
    "AttemptLagAlarm": (300, 301),
    "DispatchFailsAlarm": (2, 3),
    "DispatchSilentAlarm": (1, None),
    "MailBounceRateAlarm": (0.049, 0.05),
    "MailComplaintRateAlarm": (0.0009, 0.001),
    "MailEventDeadLettersAlarm": (0, 1),
    "NoticeDeadLettersAlarm": (0, 1),
    "NoticeLagAlarm": (300_000, 300_001),
    "NotifyFailsAlarm": (4, 5),
    "ReadsThrottledAlarm": (60, 61),
    "ReconnectFailsAlarm": (2, 3),
    "StreamDeadLettersAlarm": (0, 1),
    "SyncDeadLettersAlarm": (0, 1),
    "SyncLagAlarm": (3600, 3601),
    "WebhookDeadLettersAlarm": (0, 1),
    "WorkerFailsAlarm": (2, 3),
    "WritesThrottledAlarm": (60, 61),
}
FIVE_MINUTES = 300


def measured(alarm: str, value: float | None) -> list[Sample]:
    """Return a value for each of the periods that an alarm looks at; none for None."""
    told = TEMPLATE.of_type(ALARM)[alarm]
    period = int(told.get("Period", FIVE_MINUTES))
    past = [NOON - period * ago for ago in range(int(told["EvaluationPeriods"]))]
    return [] if value is None else [of_aws(alarm, value, at) for at in past]


@pytest.mark.parametrize("alarm", BORNE_AND_NOT)
def test_an_alarm_goes_off_at_its_threshold_and_not_before(alarm: str) -> None:
    """The last value that is borne wakes nobody; the next one does."""
    borne, too_much = BORNE_AND_NOT[alarm]

    assert AlarmState.OK is state(alarm, measured=measured(alarm, borne))
    assert goes_off(alarm, measured=measured(alarm, too_much))


def test_a_queue_that_is_slow_for_a_moment_wakes_nobody() -> None:
    """An hour's lag that lasts for one look of three is a bank that was slow."""
    assert AlarmState.OK is state("SyncLagAlarm", measured=measured("SyncLagAlarm", 3601)[:1])
    assert AlarmState.OK is state("AttemptLagAlarm", measured=measured("AttemptLagAlarm", 301)[:2])


@pytest.mark.parametrize("alarm", ["ReadsThrottledAlarm", "WritesThrottledAlarm"])
def test_what_is_refused_anywhere_is_added_up(alarm: str) -> None:
    """A little at the table and at each of its indexes is too much all together."""
    past = [NOON - FIVE_MINUTES * ago for ago in range(3)]
    everywhere = [sample for at in past for sample in of_each(alarm, 11, at)]

    assert 3 * 6 == len(everywhere)
    assert goes_off(alarm, measured=everywhere)


@pytest.mark.parametrize("alarm", ["ReadsThrottledAlarm", "WritesThrottledAlarm"])
def test_what_was_refused_before_the_units_followed_wakes_nobody(alarm: str) -> None:
    """Ten minutes are what the scaling takes."""
    assert AlarmState.OK is state(alarm, measured=measured(alarm, 10_000)[:2])


def test_what_is_over_wakes_nobody() -> None:
    """Only the periods that an alarm looks at count."""
    old = of_aws("SyncDeadLettersAlarm", 1, LONG_AGO)

    assert AlarmState.OK is state("SyncDeadLettersAlarm", measured=[old])


def test_another_queues_letters_are_another_alarms() -> None:
    """The dimensions tell the metrics of one kind apart."""
    other = of_aws("AttemptDeadLettersAlarm", 1)

    assert AlarmState.OK is state("SyncDeadLettersAlarm", measured=[other])


def test_rates_that_ses_does_not_tell_leave_an_alarm_as_it_is() -> None:
    """While nothing is sent there is nothing to judge."""
    assert AlarmState.INSUFFICIENT is state("MailBounceRateAlarm")

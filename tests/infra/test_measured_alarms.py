"""Alarms on what AWS itself measures, which no function prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.alarms.evaluation import AlarmState
from tests.alarming import ALARM, LONG_AGO, TEMPLATE, goes_off, of_aws, state
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
    "ReconnectFailsAlarm": (2, 3),
    "StreamDeadLettersAlarm": (0, 1),
    "SyncDeadLettersAlarm": (0, 1),
    "SyncLagAlarm": (3600, 3601),
    "WebhookDeadLettersAlarm": (0, 1),
    "WorkerFailsAlarm": (2, 3),
}


def measured(alarm: str, value: float | None) -> list[Sample]:
    """Return a value for each of the periods that an alarm looks at; none for None."""
    told = TEMPLATE.of_type(ALARM)[alarm]
    past = [NOON - int(told["Period"]) * ago for ago in range(int(told["EvaluationPeriods"]))]
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

"""What no linter checks about queues, streams and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.triggers.patterns import passes
from infra.local.triggers.schedule_expressions import parse
from relink.schedule import MINUTE, SLOTS

if TYPE_CHECKING:
    from infra.sam.template import Template

FORTNIGHT = 14 * 24 * 3600
LARGEST_BATCH_AT_ONCE = 10


def test_large_queue_batches_have_a_window(template: Template) -> None:
    """Lambda refuses more than ten messages at once without a second to gather them."""
    for function in template.functions().values():
        for source in function.queues:
            assert source.window >= 1 or source.batch_size <= LARGEST_BATCH_AT_ONCE, source


def test_messages_stay_hidden_while_they_are_worked_on(template: Template) -> None:
    """Six times the time-out, as Lambda asks, so that throttling loses nothing.

    Attempts come one at a time and are wanted back soon: a little over one time-out.
    """
    queues = template.queues()
    for function in template.functions().values():
        for source in function.queues:
            hidden = queues[source.queue].visibility_timeout
            if source.queue == "AttemptQueue":
                assert function.timeout < hidden <= function.timeout + 30
            else:
                assert hidden >= 6 * function.timeout


def test_one_bad_record_does_not_take_others_along(template: Template) -> None:
    """Every source reports which messages failed; a stream also splits, gives up and tells."""
    for function in template.functions().values():
        assert all(queue.reports_failures for queue in function.queues)
        for stream in function.streams:
            assert stream.reports_failures
            assert stream.bisects
            assert stream.maximum_retries is not None
            assert stream.on_failure == "StreamDeadLetters"


def test_nothing_is_lost_unseen(template: Template) -> None:
    """Each queue that is read has dead letters; those keep a fortnight and raise an alarm."""
    queues = template.queues()
    read = {s.queue for f in template.functions().values() for s in f.queues}
    dead = {queues[name].dead_letters for name in read} | {"StreamDeadLetters"}
    alarms = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
    }

    assert queues.keys() == read | dead
    assert dead == alarms
    for name in read:
        assert (queues[name].maximum_receives or 0) >= 3
    for letters in dead:
        assert str(FORTNIGHT) == queues[str(letters)].attributes["MessageRetentionPeriod"]


def test_a_sync_is_waited_for_no_longer_than_its_successor(template: Template) -> None:
    """When a message is a cycle old its connection has another one; a backlog never holds two."""
    kept = template.queues()["SyncQueue"].attributes["MessageRetentionPeriod"]
    assert str(SLOTS * MINUTE) == kept


def test_queues_are_encrypted(template: Template) -> None:
    """Webhooks hold what a provider told, other messages ids: neither lies about in clear."""
    for queue in template.queues().values():
        assert queue.attributes["SqsManagedSseEnabled"] == "true"


def image(status: str | None) -> dict[str, Any]:
    """Return a stream image of a connection, or none."""
    return {} if status is None else {"status": {"S": status}, "connection_id": {"S": "c"}}


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ("green", "red", True),
        ("orange", "red", True),
        ("red", "green", True),
        ("red", "orange", True),
        ("green", "green", False),
        ("green", "orange", True),
        ("orange", "green", True),
        ("orange", "orange", False),
        ("red", "red", False),
        (None, "orange", False),
        ("green", None, False),
    ],
)
def test_notify_hears_of_other_colours_only(
    template: Template, before: str | None, after: str | None, *, heard: bool
) -> None:
    """The stream's filter passes what changed its colour; other syncs start nothing."""
    [stream] = template.functions()["NotifyFunction"].streams
    images = {"OldImage": image(before), "NewImage": image(after)}
    record = {"dynamodb": {k: v for k, v in images.items() if v}}

    assert heard == passes(record, stream.filters)


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ({}, {"accounts_red_since": {"N": "5"}}, True),
        ({"accounts_red_since": {"N": "5"}}, {}, True),
        ({"accounts_red_since": {"N": "5"}}, {"accounts_red_since": {"N": "5"}}, False),
        ({"accounts_red_since": {"N": "5"}}, None, True),
        ({}, {"disconnected_at": {"N": "5"}}, True),
        ({"disconnected_at": {"N": "5"}}, {"disconnected_at": {"N": "5"}}, False),
        ({}, {"accepted_at": {"N": "5"}}, True),
        ({"accepted_at": {"N": "5"}}, {}, False),
        (None, {"accepted_at": {"N": "5"}}, False),
        ({"lease": {"S": "run"}}, {}, False),
    ],
)
def test_notify_hears_of_what_matters_at_the_same_colour(
    template: Template, before: Any, after: Any, *, heard: bool
) -> None:
    """Accounts that need their owner, a connection given up, a bank's yes; no other sync."""
    [stream] = template.functions()["NotifyFunction"].streams
    images = {"OldImage": before, "NewImage": after}
    full = {k: {**image("orange"), **v} for k, v in images.items() if v is not None}

    assert heard == passes({"dynamodb": full}, stream.filters)


def test_a_stream_is_filtered_within_what_lambda_allows(template: Template) -> None:
    """Five patterns without a raised quota, and of a table's stream on its one key only."""
    [stream] = template.functions()["NotifyFunction"].streams

    assert len(stream.filters) <= 5
    assert {"dynamodb"} == {key for pattern in stream.filters for key in pattern}


def test_schedules_are_ones_that_aws_accepts(template: Template) -> None:
    """A misspelt rate deploys nowhere, and no linter reads it."""
    schedules = {s.name: s for f in template.functions().values() for s in f.schedules}

    assert {
        "EveryMinute": "rate(1 minute)",
        "BankLists": "rate(15 minutes)",
        "Sweep": "rate(15 minutes)",
    } == {name: schedule.expression for name, schedule in schedules.items()}
    for schedule in schedules.values():
        assert parse(schedule.expression, 0.0) is not None

"""Stream records that nobody could read: they hold up none, and what they told of is made good."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local.functions.warm_function import Outcome
from infra.local.triggers.stream_batches import RetryRules, deliver, failure_record
from infra.sam.template import load
from notify.gate import Gates
from notify.gathering import Gathering
from notify.records import Records
from relink.notices import Notice, Notices, Topic
from relink.queues import Queue
from relink.reasons import Reason, Scope, Status
from tests.fakes import NOON
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.integration.ops.conftest import Room

Record = dict[str, Any]


def redden(room: Room, *names: str) -> list[Record]:
    """Turn connections red; return the stream's records of it."""
    for name in names:
        green = room.bench.add(connection_id=name)
        red = replace(
            green,
            status=Status.RED,
            reason=Reason.CREDENTIALS_REJECTED,
            scope=Scope.CONNECTION,
            since=NOON,
            red_since=NOON,
        )
        room.bench.connections.save(green, red, expect=("status",))
    return [r for r in stream() if r["eventName"] == "MODIFY"]


def stream() -> list[Record]:
    """Return all records of the stream."""
    client = boto3.client("dynamodbstreams")
    arn = boto3.client("dynamodb").describe_table(TableName="ConnectionsTable")["Table"]
    (shard,) = client.describe_stream(StreamArn=arn["LatestStreamArn"])["StreamDescription"][
        "Shards"
    ]
    iterator = client.get_shard_iterator(
        StreamArn=arn["LatestStreamArn"],
        ShardId=shard["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    found: Any = client.get_records(ShardIterator=iterator)["Records"]
    for record in found:
        record["eventSourceARN"] = arn["LatestStreamArn"]
        moment = record["dynamodb"]["ApproximateCreationDateTime"]
        record["dynamodb"]["ApproximateCreationDateTime"] = moment.timestamp()
    return [{**record, "shard": shard["ShardId"]} for record in found]


def set_aside(room: Room, records: Sequence[Record], **facts: str) -> None:
    """Let Lambda give some records up."""
    outcome = Outcome("request-1")
    given_up: Any = type("GivenUp", (), {"records": records, "outcome": outcome, "invocations": 6})
    letter = failure_record(given_up, "arn:aws:lambda:notify", records[0]["shard"])
    letter["DDBStreamBatchInfo"] |= facts
    room.send("StreamDeadLetters", json.dumps(letter))


def notices(room: Room) -> dict[str, Notice]:
    """Return the owner's notices by connection."""
    found = Notices(room.bench.client, room.target.name("OwnersTable")).of("own_1")
    return {notice.connection_id: notice for notice in found}


def digests(room: Room) -> list[str]:
    """Return whose turns are on the queue; none has to come from it before its minute is over."""
    answer = boto3.client("sqs").get_queue_attributes(
        QueueUrl=room.target.name("NoticeQueue"), AttributeNames=["All"]
    )["Attributes"]
    waiting = int(answer["ApproximateNumberOfMessagesDelayed"])
    return ["own_1"] * (waiting + len(room.take("NoticeQueue")))


def test_a_poison_record_does_not_hold_up_its_shard(room: Room) -> None:
    """By the template's rules it is set aside alone; the others' notices are there."""
    records = redden(room, "con_1", "con_2", "con_3")
    del records[1]["dynamodb"]["NewImage"]["red_since"]
    (source,) = load().functions()["NotifyFunction"].streams
    assert source.bisects
    assert source.reports_failures
    assert "StreamDeadLetters" == source.on_failure
    assert source.maximum_retries is not None
    rules = RetryRules(source.maximum_retries, source.bisects, source.reports_failures, pause=0)
    client, owners = room.bench.client, room.target.name("OwnersTable")
    queue = Queue(boto3.client("sqs"), room.target.name("NoticeQueue"))
    gathering = Gathering(
        Notices(client, owners), Records(client, owners), Gates(client, owners), queue, 60
    )

    def invoke(batch: list[Record]) -> Outcome:
        for record in batch:
            try:
                gathering.apply(record, NOON)
            except Exception:  # noqa: BLE001 - as the handler does
                number = record["dynamodb"]["SequenceNumber"]
                return Outcome("r", {"batchItemFailures": [{"itemIdentifier": number}]})
        return Outcome("r", {"batchItemFailures": []})

    given_up = deliver(records, invoke, rules, threading.Event())

    assert [[records[1]]] == [lost.records for lost in given_up]
    assert {"con_1", "con_3"} == notices(room).keys()


def test_what_a_dead_letter_names_gets_its_notice(room: Room) -> None:
    """The record is still in the stream: its connection gets its notice, and its owner a turn."""
    records = redden(room, "con_1", "con_2")
    set_aside(room, records[1:])

    answer = room.ops("rebuild-notices", "--yes")

    assert ["con_2"] == answer["looked_at"]
    assert [f"red.con_2.{NOON}"] == answer["begun"]
    assert {"con_2"} == notices(room).keys()
    assert ["own_1"] == digests(room)
    assert [] == room.take("StreamDeadLetters")


def test_what_the_stream_has_forgotten_is_found_in_the_tables(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a day the record is gone, but the connection is red still."""
    set_aside(room, redden(room, "con_1", "con_2")[:1])
    streams = boto3.client("dynamodbstreams")
    stumble(streams, "get_shard_iterator", refusal("TrimmedDataAccessException"))
    clients = {"dynamodbstreams": streams}
    monkeypatch.setattr(room.target, "client", lambda n: clients.get(n) or boto3.client(n))

    answer = room.ops("rebuild-notices", "--yes")

    assert (1, "everything") == (answer["records_forgotten_by_the_stream"], answer["looked_at"])
    assert {"con_1", "con_2"} == notices(room).keys()


def test_a_notice_whose_incident_is_over_is_ended(room: Room) -> None:
    """The record that was lost may have told that all is well again."""
    room.bench.add()
    gone = Notice(
        owner_id="own_1", connection_id="con_gone", topic=Topic.RED, moment=5, created_at=5
    )
    store = Notices(room.bench.client, room.target.name("OwnersTable"))
    for notice in (gone, replace(gone, connection_id="con_1")):
        assert store.add(notice)

    answer = room.ops("rebuild-notices", "--all", "--yes")

    assert ["red.con_1.5", "red.con_gone.5"] == sorted(answer["ended"])
    assert [NOON, NOON] == [n.cleared_at for n in notices(room).values()]


def test_a_second_time_changes_nothing(room: Room) -> None:
    """It can be done whenever one is in doubt."""
    redden(room, "con_1")
    room.ops("rebuild-notices", "--all", "--yes")
    before = notices(room)

    answer = room.ops("rebuild-notices", "--all", "--yes")

    assert ([], [], before) == (answer["begun"], answer["ended"], notices(room))


def test_unless_told_yes_it_only_looks(room: Room) -> None:
    """The letter stays, in sight, and nobody is told anything."""
    set_aside(room, redden(room, "con_1"))

    answer = room.ops("rebuild-notices")

    assert ([f"red.con_1.{NOON}"], {}) == (answer["begun"], notices(room))
    assert ([], 1) == (digests(room), len(room.take("StreamDeadLetters")))


def test_a_look_may_take_longer_than_letters_are_hidden(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is seen again by itself need not be shown again."""
    monkeypatch.setattr("infra.ops.redrive.READ_FOR", 0)
    set_aside(room, redden(room, "con_1"))

    assert 1 == room.ops("rebuild-notices")["dead_letters"]


@pytest.mark.parametrize("body", ["no JSON", "{}"])
def test_a_letter_that_is_none_of_lambdas_is_no_reason_to_stop(room: Room, body: str) -> None:
    """Whatever lies there, all is looked at."""
    redden(room, "con_1")
    room.send("StreamDeadLetters", body)

    assert "everything" == room.ops("rebuild-notices", "--yes")["looked_at"]
    assert {"con_1"} == notices(room).keys()

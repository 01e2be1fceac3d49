"""Broken messages end among the dead letters with their cause, and come back once it is mended."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.ops import redrive
from infra.sam.template import load
from relink.queues import SyncMessage, to_body
from relink.reasons import Status
from relink.schedule import SLOTS, minute_of
from tests.fakes import NOON
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    import io

    from tests.integration.ops.conftest import Room

BROKEN = '{"kind": "sync", "connection_id": "con_1", "cycle": "nine"}'
CYCLE = minute_of(NOON) // SLOTS
GOOD = to_body(SyncMessage("con_1", CYCLE))


def work(room: Room, queue: str = "SyncQueue") -> None:
    """Let the worker have a queue's messages until it shows none: what fails comes again."""
    sqs = boto3.client("sqs")
    while messages := room.take(queue):
        records = [{"messageId": m["MessageId"], "body": m["Body"]} for m in messages]
        failed = room.bench.worker.handle(records, "run", DEADLINE)
        for message in messages:
            if message["MessageId"] not in failed:
                sqs.delete_message(
                    QueueUrl=room.target.name(queue), ReceiptHandle=message["ReceiptHandle"]
                )


def keep_log(log: io.StringIO) -> None:
    """Put what the worker wrote where CloudWatch keeps it."""
    now = int(time.time())  # where moto's queues live
    keep_lines(*((now, json.loads(line)) for line in log.getvalue().splitlines()))


def keep_lines(*lines: tuple[int, dict[str, Any]]) -> None:
    """Have lines of the worker's log where CloudWatch keeps them; errors, if nothing else is said.

    The client takes them in the order of their times.
    """
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/relink/worker")
    logs.create_log_stream(logGroupName="/relink/worker", logStreamName="one")
    events: Any = [
        {"timestamp": at * 1000, "message": json.dumps({"level": "ERROR"} | line)}
        for at, line in lines
    ]
    logs.put_log_events(logGroupName="/relink/worker", logStreamName="one", logEvents=events)


def test_a_broken_message_is_set_aside_and_shown_with_its_cause(
    room: Room, log: io.StringIO
) -> None:
    """After three times it lies among the dead letters; the log says why, under its id."""
    room.bench.add()
    room.send("SyncQueue", GOOD)
    message_id = room.send("SyncQueue", BROKEN)

    work(room)
    keep_log(log)
    (letter,) = room.ops("dead-letters", "sync")["dead_letters"]

    assert Status.GREEN is room.bench.now().status
    assert (message_id, "sync", "con_1") == tuple(
        letter[name] for name in ("message_id", "kind", "connection_id")
    )
    assert "broken message: cycle is not one of ours" == letter["cause"]


def test_what_is_put_back_is_handled(room: Room) -> None:
    """With the cause mended, the messages do what they were sent for."""
    room.bench.add()
    room.send("SyncDeadLetters", GOOD)

    answer = room.ops("redrive", "sync", "--yes")
    work(room)

    assert ["con_1"] == [told["connection_id"] for told in answer["put_back"]]
    assert 1 == len(room.bench.provider.calls)
    assert ([], []) == (room.take("SyncQueue"), room.take("SyncDeadLetters"))


def test_unless_told_yes_nothing_is_moved(room: Room) -> None:
    """First one looks."""
    room.send("SyncDeadLetters", GOOD)

    answer = room.ops("redrive", "SyncDeadLetters")

    assert ["con_1"] == [told["connection_id"] for told in answer["would_put"]]
    assert ([], [GOOD]) == (room.take("SyncQueue"), room.bodies("SyncDeadLetters"))


def test_more_than_a_batch_is_moved_each_once(room: Room) -> None:
    """Twenty-five letters are three answers of SQS."""
    bodies = sorted(to_body(SyncMessage(f"con_{n}", 9)) for n in range(25))
    for body in bodies:
        room.send("SyncDeadLetters", body)

    answer = room.ops("redrive", "sync", "--yes")

    assert 25 == len(answer["put_back"])
    moved: list[str] = []
    while messages := room.take("SyncQueue", hidden=60):
        moved += [m["Body"] for m in messages]
    assert bodies == sorted(moved)


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        (("--contains", "con_2"), ["con_2"]),
        (("--older-than", "1h"), []),
        (("--newer-than", "1h"), ["con_1", "con_2", "con_3"]),
    ],
)
def test_only_what_is_wanted_is_moved_and_the_rest_stays_in_sight(
    room: Room, words: tuple[str, ...], moved: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is passed over can be received again at once."""
    monkeypatch.setattr(room.target, "now", lambda: int(time.time()))
    names = ["con_1", "con_2", "con_3"]
    for name in names:
        room.send("SyncDeadLetters", to_body(SyncMessage(name, 9)))

    answer = room.ops("redrive", "sync", "--yes", *words)

    assert moved == sorted(told["connection_id"] for told in answer["put_back"])
    left = [json.loads(body)["connection_id"] for body in room.bodies("SyncDeadLetters")]
    assert sorted(set(names) - set(moved)) == left


@pytest.mark.parametrize(("words", "shown"), [((), 20), (("--limit", "3"), 3)])
def test_of_thousands_a_few_are_shown_and_their_causes_found_at_once(
    room: Room, words: tuple[str, ...], shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is not read anew for each letter, nor from before the first was sent."""
    began = int(time.time())
    ids = {room.send("SyncDeadLetters", to_body(SyncMessage(f"con_{n}", 9))) for n in range(30)}
    client = boto3.client("logs")
    asked: list[dict[str, Any]] = []
    pages = client.get_paginator("filter_log_events")

    def nothing(**how: Any) -> list[Any]:
        asked.append(how)
        return []

    monkeypatch.setattr(pages, "paginate", nothing)
    monkeypatch.setattr(client, "get_paginator", lambda _: pages)
    other = room.target.client
    monkeypatch.setattr(room.target, "client", lambda s: client if s == "logs" else other(s))

    told = room.ops("dead-letters", "sync", *words)

    assert (30, shown) == (told["waiting_about"], told["shown"])
    letters = {letter["message_id"] for letter in told["dead_letters"]}
    assert (shown, set()) == (len(letters), letters - ids)
    assert 0 < len(asked) <= 2
    assert {True} == {began - 60 <= how["startTime"] // 1000 <= began for how in asked}
    assert {True} == {len(how["filterPattern"]) <= 1024 for how in asked}
    patterns = " ".join(how["filterPattern"] for how in asked)
    assert set() == {i for i in letters if f'?"{i}"' not in patterns}
    assert 30 == len(room.bodies_of_all("SyncDeadLetters"))


def test_a_cause_is_the_letters_own(room: Room) -> None:
    """What names the message goes first, then what names its connection since it was sent."""
    first, second, third = (
        room.send("SyncDeadLetters", to_body(SyncMessage(name, 9)))
        for name in ("con_1", "con_2", "con_1")
    )
    now = int(time.time())
    keep_lines(
        (now - 3600, {"message": "before it was sent", "connection_id": "con_2"}),
        (now, {"message": "of its connection", "connection_id": "con_1"}),
        (now, {"message": "its own", "message_id": first, "connection_id": "con_1"}),
        (now, {"message": "of another", "connection_id": "con_9"}),
    )

    told = room.ops("dead-letters", "sync")["dead_letters"]

    causes = {letter["message_id"]: letter["cause"] for letter in told}
    assert ("its own", None) == (causes[first], causes[second])
    assert causes[third] in {"of its connection", "its own"}


def test_what_aws_held_up_too_often_is_a_cause_as_well(room: Room) -> None:
    """It is logged as no error, for it usually mends itself."""
    room.send("SyncDeadLetters", to_body(SyncMessage("con_1", 9)))
    told = {"what": "sync not settled", "error": "ClientError", "aws_code": "ThrottlingException"}
    line = {"level": "WARNING", "message": "held up", "connection_id": "con_1", **told}
    other = {"level": "WARNING", "message": "long orange", "connection_id": "con_1"}
    keep_lines((int(time.time()), line), (int(time.time()) + 1, other))

    (letter,) = room.ops("dead-letters", "sync")["dead_letters"]

    assert "held up: sync not settled: ClientError: ThrottlingException" == letter["cause"]


def test_a_stop_between_sending_and_deleting_loses_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is then there twice, which its handler bears."""
    room.send("SyncDeadLetters", GOOD)
    client = boto3.client("sqs")

    def stop(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "delete_message", stop)
    monkeypatch.setattr(room.target, "client", lambda _: client)
    with pytest.raises(KeyboardInterrupt):
        room.ops("redrive", "sync", "--yes")

    assert [GOOD] == room.bodies("SyncQueue")


def test_what_a_letter_says_is_not_shown(room: Room) -> None:
    """It may be a webhook as somebody has sent it."""
    body = {"kind": "webhook", "webhook_id": "w1", "provider": "plaid", "body": "c2VjcmV0"}
    room.send("WebhookDeadLetters", json.dumps(body))

    (letter,) = room.ops("redrive", "webhook")["would_put"]

    assert {"message_id", "age_seconds", "kind", "webhook_id", "provider"} == letter.keys()


def test_an_unknown_queue_is_named_together_with_those_that_there_are(room: Room) -> None:
    """At three in the morning nobody knows the names."""
    assert "there is no queue synk; there are" in room.ops("redrive", "synk", expect=1)


def test_every_queue_with_dead_letters_can_be_redriven_and_none_is_a_fifo() -> None:
    """The order of a FIFO would be lost."""
    template = load()
    read = {source.queue for f in template.functions().values() for source in f.queues}

    assert read == set(redrive.queues())
    assert not [n for n, q in template.queues().items() if "FifoQueue" in q.attributes]

"""The same flow on both engines: HTTP, queue, table, stream, mail, dead letters, time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from infra.local.stack import Stack


def send(stack: Stack, **message: object) -> None:
    """Hand a message to the worker by way of the API."""
    body = json.dumps({"send": json.dumps(message)})
    reply = urllib3.request("POST", f"{stack.api.url}/behave", body=body, retries=False)
    assert 202 == reply.status


def test_request_becomes_a_sealed_item_a_stream_record_and_a_raw_mail(either_stack: Stack) -> None:
    """What a function does with AWS reaches the next function as AWS would bring it there."""
    send(either_stack, id="first", word="hush", colour="red")
    assert either_stack.settle()
    (item,) = [i for i in either_stack.items("Things") if i["id"]["S"] == "first"]
    opened = either_stack.clients("kms").decrypt(
        CiphertextBlob=item["sealed"]["B"], EncryptionContext={"thing": "first"}
    )
    assert b"hush" == opened["Plaintext"]
    assert "40" == item["secret_length"]["N"]
    (mail,) = either_stack.mailbox.mails("owner@example.com")
    assert "Red: first, ¡atención!" == mail.subject
    assert ("plain\n", "<p>rich</p>\n", "yes") == (mail.text, mail.html, mail.message["X-Kept"])
    assert either_stack.attributes["Mails"]["Ref"] == mail.configuration_set


def test_only_failed_messages_come_back_and_end_as_dead_letters(either_stack: Stack) -> None:
    """Good ones are handled once; a bad one is hidden, received again, then put aside."""
    for number in range(5):
        send(either_stack, id=f"batch-{number}", word="w", fail=number == 2)
    assert either_stack.settle()
    assert 1 == either_stack.waiting("Work")
    either_stack.clock.advance(61)
    assert either_stack.settle()
    either_stack.clock.advance(61)
    assert either_stack.settle()
    assert (0, 1) == (either_stack.waiting("Work"), either_stack.waiting("DeadWork"))
    handled = [i["id"]["S"] for i in either_stack.items("Things") if "batch" in i["id"]["S"]]
    assert ["batch-0", "batch-1", "batch-3", "batch-4"] == sorted(handled)


def test_filtered_messages_are_dropped_unseen(either_stack: Stack) -> None:
    """A message that no filter lets pass is deleted without an invocation."""
    before = either_stack.functions["Worker"].invocations
    send(either_stack, id="ignored", word="w", ignore=True)
    assert either_stack.settle()
    assert before == either_stack.functions["Worker"].invocations
    assert 0 == either_stack.waiting("Work")


def test_poisonous_record_is_isolated_and_later_ones_are_delivered(either_stack: Stack) -> None:
    """Bisection finds the bad record; it alone is reported, with Lambda's description."""
    mails = len(either_stack.mailbox.mails())
    for name in "abcde":
        send(either_stack, id=f"red-{name}", word="w", colour="red", poison=name == "c")
    assert either_stack.settle()
    send(either_stack, id="red-later", word="w", colour="red")
    assert either_stack.settle()
    subjects = [mail.subject.split()[1].strip(",") for mail in either_stack.mailbox.mails()[mails:]]
    assert ["red-a", "red-b", "red-d", "red-e", "red-later"] == sorted(subjects)
    queue = either_stack.attributes["DeadRecords"]["Ref"]
    (message,) = either_stack.clients("sqs").receive_message(QueueUrl=queue)["Messages"]
    failure = json.loads(message["Body"])
    numbers = {
        record["dynamodb"]["SequenceNumber"]
        for record in either_stack.stream_records()
        if record["dynamodb"]["NewImage"]["id"]["S"] == "red-c"
    }
    assert numbers == {failure["DDBStreamBatchInfo"]["startSequenceNumber"]}
    assert 1 == failure["DDBStreamBatchInfo"]["batchSize"]
    assert "RetryAttemptsExhausted" == failure["requestContext"]["condition"]
    assert 2 == failure["requestContext"]["approximateInvokeCount"]


def test_stream_is_read_on_after_time_has_jumped_past_its_retention(either_stack: Stack) -> None:
    """An iterator expires after minutes, a record after a day: neither stops the poller."""
    either_stack.clock.advance(3 * 86400)
    mails = len(either_stack.mailbox.mails())
    send(either_stack, id="days-later", word="w", colour="red")
    assert either_stack.settle()
    assert ["days-later"] == [
        mail.subject.split()[1].strip(",") for mail in either_stack.mailbox.mails()[mails:]
    ]


def test_last_records_and_messages_can_be_delivered_again(either_stack: Stack) -> None:
    """A replay invokes the function with what it has seen before."""
    send(either_stack, id="again", word="w", colour="red")
    assert either_stack.settle()
    mails = len(either_stack.mailbox.mails())
    assert not either_stack.replay_stream(n=1).failed
    assert not either_stack.replay_queue("Work").failed
    assert either_stack.settle()
    assert mails + 2 == len(either_stack.mailbox.mails())  # once directly, once by the new record

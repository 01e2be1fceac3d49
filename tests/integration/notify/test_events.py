"""The function as Lambda calls it: whole events in, what Lambda is to repeat out."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from notify import handler
from relink.queues import SyncMessage, to_body
from tests.integration.notify.bench import PUBLIC_URL, mails, queued, record, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.notify.bench import Bench

CONTEXT = SimpleNamespace(aws_request_id="request-1")


@pytest.fixture(autouse=True)
def function(
    bench: Bench,
    tables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    """Set the environment that the template sets, and let the bench's clock be the time."""
    values = {
        "CONNECTIONS_TABLE": tables["ConnectionsTable"],
        "LEDGER_TABLE": tables["LedgerTable"],
        "OWNERS_TABLE": tables["OwnersTable"],
        "NOTICE_QUEUE_URL": boto3.client("sqs").get_queue_url(QueueName="notices")["QueueUrl"],
        "LINK_KEY_SECRET": "link-key",
        "PUBLIC_URL": PUBLIC_URL,
        "HOST_APP_NAME": "Relink",
        "MAIL_FROM": "notices@example.com",
        "MAIL_REPLY_TO": "",
        "MAIL_CONFIGURATION_SET": "",
        "CHAT_URL": "",
        "POWERTOOLS_SERVICE_NAME": request.node.name,  # a logger of its own, for this output
        "POWERTOOLS_METRICS_NAMESPACE": "Relink",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("relink.clock.now", bench.clock)
    yield
    handler.bootstrap.cache_clear()
    handler.bootstrap_digests.cache_clear()


def stream(*records: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a batch, with sequence numbers counted from 1."""
    for number, told in enumerate(records, 1):
        told["dynamodb"]["SequenceNumber"] = str(number)
    return {"Records": list(records)}


def message(body: str) -> dict[str, Any]:
    """Return the event of one queue message."""
    return {"Records": [{"eventSource": "aws:sqs", "messageId": "m-1", "body": body}]}


def digest(owner: str = "own_1") -> dict[str, Any]:
    """Return the event of an owner's gathered mail."""
    return message(json.dumps({"kind": "digest", "owner_id": owner}))


def logged(output: str) -> list[dict[str, Any]]:
    """Return the lines of the log."""
    return [json.loads(line) for line in output.splitlines()]


def test_a_batch_without_trouble_reports_none(bench: Bench) -> None:
    """Lambda then goes on behind it."""
    event = stream(bench.redden(bench.add(1)), bench.redden(bench.add(2)))

    assert {"batchItemFailures": []} == handler.lambda_handler(event, CONTEXT)
    assert 1 == len(queued())


def test_a_bad_record_does_not_hold_up_those_behind_it(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first failed one is where Lambda repeats from; its cause is told, its data are not."""
    bad = [record(bench.add(n), bench.now(f"con_{n}")) for n in (2, 4)]
    for broken in bad:
        broken["dynamodb"]["NewImage"] = {"status": {"S": "red"}, "words": {"S": "private"}}
    good = [bench.redden(bench.add(n)) for n in (1, 3, 5)]
    event = stream(good[0], bad[0], good[1], bad[1], good[2])

    answer = handler.lambda_handler(event, CONTEXT)

    assert {"batchItemFailures": [{"itemIdentifier": "2"}]} == answer
    assert 3 == len(bench.owners.notices("own_1"))
    output = capsys.readouterr().out
    lines = [line for line in logged(output) if line.get("level") == "ERROR"]
    assert [("UnknownShape", "'bank_id'", "2"), ("UnknownShape", "'bank_id'", "4")] == [
        (line["error"], line["cause"], line["sequence_number"]) for line in lines
    ]
    assert "private" not in output


def test_a_record_of_another_kind_altogether_repeats_the_batch(bench: Bench) -> None:
    """Without a sequence number there is nowhere to repeat from but the beginning."""
    event = {"Records": [{"eventSource": "aws:dynamodb"}, bench.redden(bench.add())]}

    assert {"batchItemFailures": [{"itemIdentifier": ""}]} == handler.lambda_handler(event, CONTEXT)
    assert 1 == len(queued())


def test_an_item_of_an_older_shape_still_tells_of_its_end(bench: Bench) -> None:
    """An item written before an upgrade lacks attributes; leaving red is understood even so."""
    bench.tell(bench.redden(bench.add()))
    ended = bench.mend("con_1")
    old = ended["dynamodb"]["OldImage"]
    kept = ("connection_id", "owner_id", "status", "red_since")
    ended["dynamodb"]["OldImage"] = {name: old[name] for name in kept}
    ended["dynamodb"]["NewImage"]["of_a_later_version"] = {"S": "ignored"}

    assert {"batchItemFailures": []} == handler.lambda_handler(stream(ended), CONTEXT)
    assert not bench.notice().pending


def test_two_hundred_records_of_twenty_owners_become_twenty_mails(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad day for many, told twice: each owner reads one mail about all his banks."""
    for owner in range(20):
        bench.profile(f"own_{owner}")
    told = [bench.redden(bench.add(n, f"own_{n % 20}")) for n in range(200)]
    for _ in range(2):
        for start in (0, 100):
            event = stream(*told[start : start + 100])
            assert {"batchItemFailures": []} == handler.lambda_handler(event, CONTEXT)
    assert 20 == len(queued())
    while waiting := take():
        handler.lambda_handler(digest(waiting.owner_id), CONTEXT)
        handler.lambda_handler(digest(waiting.owner_id), CONTEXT)

    assert 20 == len({m["To"] for m in mails()}) == len(mails())
    assert {"and 9 other banks need to be reconnected"} == {
        m["Subject"].split(" ", 2)[2] for m in mails()
    }
    counted = logged(capsys.readouterr().out)
    turned = [line["ConnectionTurnedRed"] for line in counted if "ConnectionTurnedRed" in line]
    assert 200 == sum(sum(values) for values in turned)


def test_a_digest_message_is_mailed_and_measured(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log says what became of it, and no address."""
    bench.tell(bench.redden(bench.add()))

    assert {} == handler.lambda_handler(digest(), CONTEXT)
    assert 1 == len(mails())
    output = capsys.readouterr().out
    assert {"outcome": "sent", "queue_message_id": "m-1"}.items() <= logged(output)[0].items()
    assert [[1.0]] == [line["MailSent"] for line in logged(output) if "MailSent" in line]
    assert "example.com" not in output


def test_a_notice_without_address_is_measured(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operators see that somebody cannot be reached."""
    bench.tell(bench.redden(bench.add(1, "own_unknown")))
    handler.lambda_handler(digest("own_unknown"), CONTEXT)

    assert '"NoticeWithoutAddress":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "{}",
        '{"kind":"digest"}',
        '{"kind":"digest","owner_id":7}',
        '{"kind":"digest","owner_id":"own_1","more":1}',
        to_body(SyncMessage("con_1", 1)),
    ],
)
def test_a_broken_message_goes_back_to_the_queue(
    capsys: pytest.CaptureFixture[str], body: str
) -> None:
    """There it ends as a dead letter; the log has the cause."""
    with pytest.raises(handler.Failed, match="1 of 1 messages"):
        handler.lambda_handler(message(body), CONTEXT)
    [line] = logged(capsys.readouterr().out)
    assert ("BrokenMessage", "m-1") == (line["error"], line["queue_message_id"])
    assert line["cause"]


def test_a_refusal_by_ses_tells_the_log_its_code_only(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """SES's own words name the address."""
    bench.tell(bench.redden(bench.add()))
    boto3.client("sesv2").delete_email_identity(EmailIdentity="notices@example.com")

    with pytest.raises(handler.Failed):
        handler.lambda_handler(digest(), CONTEXT)
    output = capsys.readouterr().out
    assert ("NotSent", "MessageRejected") == (
        logged(output)[0]["error"],
        logged(output)[0]["cause"],
    )
    assert "example.com" not in output
    assert bench.notice().pending


def test_an_event_from_elsewhere_is_refused() -> None:
    """Nothing is done with what nobody sent."""
    with pytest.raises(ValueError, match="neither"):
        handler.lambda_handler({"Records": [{"eventSource": "aws:s3"}]}, CONTEXT)

"""The function as Lambda calls it: whole events in, what Lambda is to repeat out."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from notify import assembly, handler
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Status
from tests.fakes import NOON
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
        "STATE_TABLE": tables["StateTable"],
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
    for made in (assembly.bootstrap, assembly.bootstrap_digests, assembly.bootstrap_sweep):
        made.cache_clear()


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
    assert 3 == len(bench.notices.of("own_1"))
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


@pytest.mark.slow
def test_two_hundred_records_of_37_owners_become_37_mails(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad day for many, partly told twice: each owner reads one mail about all his banks."""
    # moto copies all tables before a transaction, to restore them should it fail; none does here.
    keep = SimpleNamespace(copy=copy.copy, deepcopy=lambda tables: tables)
    monkeypatch.setattr("moto.dynamodb.models.copy", keep)
    for owner in range(37):
        bench.profile(f"own_{owner}")
    facts = {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "red_since": NOON}
    told = [record(None, bench.add(n, f"own_{n % 37}", **facts)) for n in range(200)]
    batches = [told[start : start + 50] for start in range(0, 200, 50)]
    for batch in (*batches, *batches[:2]):
        assert {"batchItemFailures": []} == handler.lambda_handler(stream(*batch), CONTEXT)
    assert 37 == len(queued())
    while waiting := take():
        handler.lambda_handler(digest(waiting.owner_id), CONTEXT)
    handler.lambda_handler(digest("own_36"), CONTEXT)

    assert 37 == len({m["To"] for m in mails()}) == len(mails())
    assert all(1 == n.mailed for owner in range(37) for n in bench.notices.of(f"own_{owner}"))
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
    bench.tell(bench.redden(bench.add(1, "own_unknown", workspace_id="ws_9")))
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


def clock_event(milliseconds: int = 60_000) -> tuple[dict[str, Any], Any]:
    """Return the clock's event, and a context with so much time left."""
    event = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler"}
    context = SimpleNamespace(
        aws_request_id="request-1", get_remaining_time_in_millis=lambda: milliseconds
    )
    return event, context


def test_the_clocks_event_sweeps(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has something due gets his turn; what was done is measured."""
    bench.tell(bench.redden(bench.add()))
    bench.lose_messages()
    bench.clock.advance(900)

    assert {} == handler.lambda_handler(*clock_event())
    assert ["own_1"] == [m.owner_id for m in queued()]
    assert [[1.0]] == [
        line["OwnersDue"] for line in logged(capsys.readouterr().out) if "_aws" in line
    ]


def test_a_sweep_ends_before_its_time_does(bench: Bench) -> None:
    """What it cannot see to any more is the next one's."""
    bench.tell(bench.redden(bench.add()))
    bench.lose_messages()
    bench.clock.advance(900)

    handler.lambda_handler(*clock_event(milliseconds=9_000))
    assert [] == queued()


def test_what_ses_tells_is_heard(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A mail came back: its address is marked, its owner's turn comes, no address is logged."""
    bench.tell(bench.redden(bench.add()))
    bench.deliver()
    told = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "own_1@example.com"}],
        },
        "mail": {"messageId": bench.notice().message_id, "timestamp": "2026-01-01T12:00:00Z"},
    }

    assert {} == handler.lambda_handler(message(json.dumps(told)), CONTEXT)
    assert (0, ["own_1"]) == (bench.notice().mailed, [m.owner_id for m in queued()])
    output = capsys.readouterr().out
    assert [[1.0]] == [line["MailBounced"] for line in logged(output) if "_aws" in line]
    assert "example.com" not in output


def test_a_push_key_lets_the_function_push(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nothing is pushed, and nothing is amiss."""
    del bench
    assert assembly.bootstrap_digests().pusher is None
    for made in (assembly.bootstrap, assembly.bootstrap_digests):
        made.cache_clear()
    monkeypatch.setenv("VAPID_PUBLIC_KEY", "public")
    monkeypatch.setenv("PUSH_KEY_SECRET", "push-key")
    monkeypatch.setenv("PUSH_CONTACT", "mailto:ann@example.com")
    monkeypatch.setenv("PUSH_SERVICES", "https://push.example.com")

    assert assembly.bootstrap_digests().pusher is not None


def test_an_event_from_elsewhere_is_refused() -> None:
    """Nothing is done with what nobody sent."""
    with pytest.raises(ValueError, match="neither"):
        handler.lambda_handler({"Records": [{"eventSource": "aws:s3"}]}, CONTEXT)

"""Alarms on what notify logs and measures, each fired by the function itself; and its one id."""

from __future__ import annotations

import io
import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import boto3
import pytest

from infra.alarms.evaluation import AlarmState
from infra.alarms.metrics import Line
from notify import assembly, handler
from notify.mail import NotSent
from notify.push.key import PushKey
from relink.event_bus import EventBus
from tests.alarming import NAMES, TEMPLATE, goes_off, lines, state
from tests.fakes import NOON
from tests.integration.notify.bench import PUBLIC_URL
from tests.stumbling import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Printed = Callable[[], list[Line]]

    from tests.integration.notify.bench import Bench

LOG = "NotifyLog"
CONTEXT = SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: 60_000)
CLOCK = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler"}


@pytest.fixture
def printed(
    bench: Bench,
    tables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Printed]:
    """Start the function with the template's own environment; return what it prints."""
    told = TEMPLATE.resolve(TEMPLATE.functions()["NotifyFunction"].environment, NAMES)
    own = {name: value for name, value in told.items() if name.endswith("_TABLE")}
    queue_url = boto3.client("sqs").get_queue_url(QueueName="notices")["QueueUrl"]
    given = {
        **told,
        **{name: tables[value] for name, value in own.items()},
        "NOTICE_QUEUE_URL": queue_url,
        "LINK_KEY_SECRET": "link-key",
        "PUBLIC_URL": PUBLIC_URL,
        "MAIL_FROM": "notices@example.com",
        "MAIL_CONFIGURATION_SET": "",
        "EVENT_BUS_NAME": "",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("relink.clock.now", bench.clock)
    for made in (assembly.bootstrap, assembly.bootstrap_digests, assembly.bootstrap_sweep):
        made.cache_clear()
    assembly.bootstrap()
    written = io.StringIO()
    for output in logging.getLogger("notify").handlers:
        monkeypatch.setattr(output, "stream", written)
    yield lambda: lines(LOG, written.getvalue() + capsys.readouterr().out)
    for made in (assembly.bootstrap, assembly.bootstrap_digests, assembly.bootstrap_sweep):
        made.cache_clear()


def invoke(*bodies: dict[str, Any]) -> None:
    """Hand the function messages of a queue."""
    records = [
        {"eventSource": "aws:sqs", "messageId": "m-1", "body": json.dumps(b)} for b in bodies
    ]
    handler.lambda_handler({"Records": records}, CONTEXT)


def ses(kind: str, mail_id: str = "mail-1", **facts: Any) -> dict[str, Any]:
    """Return what SES tells of a mail."""
    return {
        "eventType": kind,
        kind.lower(): facts,
        "mail": {"messageId": mail_id, "timestamp": "2026-01-01T12:00:00Z"},
    }


def bounce(mail_id: str = "mail-1") -> dict[str, Any]:
    """Return what SES tells of a mail that came back."""
    nobody = [{"emailAddress": "own_1@example.com"}]
    return ses(
        "Bounce", mail_id, bounceType="Permanent", bounceSubType="General", bouncedRecipients=nobody
    )


def test_a_mail_that_ses_holds_for_harmful_wakes_the_operator(printed: Printed) -> None:
    """One is enough; nothing else of notify goes off."""
    assert AlarmState.OK is state("MailRejectedAlarm")
    invoke(ses("Reject", reason="Bad content"))

    assert goes_off("MailRejectedAlarm", printed())


def test_bounces_wake_the_operator_once_they_are_many(bench: Bench, printed: Printed) -> None:
    """Of our own count: one of twenty mails is borne, two are not."""
    bench.tell(bench.redden(bench.add()))
    bench.clock.advance(60)
    invoke({"kind": "digest", "owner_id": "own_1"})
    sent = [line for line in printed() if "MailSent" in line.told]
    invoke(bounce())
    bounced = [line for line in printed() if "MailBounced" in line.told]

    assert 1 == len(sent) == len(bounced)
    assert AlarmState.OK is state("MailsBounceAlarm", sent * 20 + bounced)
    assert goes_off("MailsBounceAlarm", sent * 20 + bounced * 2)
    assert AlarmState.OK is state("MailsBounceAlarm", sent * 19 + bounced * 19)


def test_a_bus_that_goes_on_refusing_wakes_the_operator(
    bench: Bench, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For ten minutes: Lambda brings the records again, and a refusal or two mends itself."""
    monkeypatch.setattr("relink.backoff.FIRST", 0)
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "NotAuthorized"}]}
    bus = EventBus(lambda: SimpleNamespace(put_events=lambda **_: answer), "bus")
    object.__setattr__(assembly.bootstrap(), "bus", bus)
    event = {"Records": [bench.redden(bench.add())]}
    handler.lambda_handler(event, CONTEXT)
    refused = [line for line in printed() if line.told.get("message") == "event refused"]

    earlier = [Line(line.at - 300, line.log, line.text) for line in refused]
    assert refused
    assert AlarmState.OK is state("EventRefusedAlarm", refused)
    assert goes_off("EventRefusedAlarm", earlier + refused)


def test_an_hour_without_a_sweep_wakes_the_operator(printed: Printed) -> None:
    """Neither silence nor failing writes the line that says that all was looked at."""
    assert goes_off("SweptAlarm")
    handler.lambda_handler(CLOCK, CONTEXT)

    assert AlarmState.OK is state("SweptAlarm", printed())


def test_a_push_key_that_cannot_be_read_wakes_the_operator(printed: Printed) -> None:
    """No owner is pushed to until somebody has put it right."""
    log = assembly.bootstrap().logger
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="push-key", SecretString="not a key")
    key = PushKey(secrets, "push-key", "public", "mailto:x", log)

    assert key.current(NOON) is None
    assert goes_off("PushRefusedAlarm", printed())


def test_one_id_finds_all_that_notify_tells_of_a_connection(bench: Bench, printed: Printed) -> None:
    """From the stream's record to the mail; and by the mail's id, on to what became of that."""
    handler.lambda_handler({"Records": [bench.redden(bench.add())]}, CONTEXT)
    bench.clock.advance(60)
    invoke({"kind": "digest", "owner_id": "own_1"})
    mail_id = bench.notice().message_id
    invoke(bounce(mail_id))
    told = [line.told for line in printed() if "message" in line.told]

    assert [
        ("red noticed", "con_1", None, None),
        ("notice message handled", None, ["con_1"], [mail_id]),
    ] == [
        (t["message"], t.get("connection_id"), t.get("connection_ids"), t.get("mail_ids"))
        for t in told[:2]
    ]
    assert ("bounced", mail_id) == (told[2]["outcome"], told[2]["mail_id"])


def test_a_record_that_fails_is_found_by_its_connection(bench: Bench, printed: Printed) -> None:
    """Its place in the stream alone would say nothing after a day."""
    told = bench.redden(bench.add())
    del told["dynamodb"]["NewImage"]["owner_id"]
    handler.lambda_handler({"Records": [told]}, CONTEXT)
    failed = [line.told for line in printed() if line.told.get("level") == "ERROR"]

    assert {"con_1"} == {line["connection_id"] for line in failed}


def test_a_version_that_fails_every_record_is_noticed_at_once(
    bench: Bench, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function answers Lambda well, so that nothing else counts it; AWS's trouble passes."""
    event = {"Records": [bench.redden(bench.add())]}
    gathering = type(assembly.bootstrap().gathering)
    for error, expected in (
        (refusal("ThrottlingException"), AlarmState.OK),
        (KeyError("owner_id"), AlarmState.ALARM),
    ):
        monkeypatch.setattr(gathering, "apply", Mock(side_effect=error))
        assert handler.lambda_handler(event, CONTEXT)["batchItemFailures"]
        assert expected is state("NotifyFaultAlarm", printed())
    assert goes_off("NotifyFaultAlarm", printed())


def test_a_mail_that_ses_does_not_take_is_no_fault_of_ours(
    bench: Bench, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes again; what goes on failing is for the alarm on failing to tell."""
    bench.tell(bench.redden(bench.add()))
    bench.clock.advance(60)
    digests = type(assembly.bootstrap_digests())
    for error, expected in (
        (NotSent("SendingPausedException"), AlarmState.OK),
        (KeyError("owner_id"), AlarmState.ALARM),
    ):
        monkeypatch.setattr(digests, "send", Mock(side_effect=error))
        with pytest.raises(handler.Failed):
            invoke({"kind": "digest", "owner_id": "own_1"})
        assert expected is state("NotifyFaultAlarm", printed())

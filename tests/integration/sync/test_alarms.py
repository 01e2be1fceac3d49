"""Alarms on what the worker and the dispatcher log: each is fired by the function itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.alarms.evaluation import AlarmState, Monitor
from infra.alarms.metrics import Line
from relink.attempt import submitted
from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Accepted, Rejected, Secret
from relink.queues import AttemptMessage, Queue, SyncMessage, WebhookMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from relink.schedule import SLOTS, minute_of
from relink.webhooks import Unverified
from sync import dispatch
from sync.dispatch import Dispatch, Environment
from sync.watermark import NAME
from tests.alarming import NAMES, TEMPLATE, goes_off, lines, state
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE, FIRST_CYCLE
from tests.stumbling import refusal

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from tests.integration.sync.conftest import Bench

DAY = 86_400
WORKER = "WorkerLog"


def fail(bench: Bench, *connection_ids: str, error: Exception) -> None:
    """Sync connections whose bank answers with an error."""
    for name in connection_ids:
        bench.add(connection_id=name)
    bench.provider.syncs.clear()
    bench.provider.syncs.extend([error] * len(connection_ids))
    bench.sync(1, *connection_ids)


def refused(bench: Bench) -> None:
    """Let the provider no longer believe our key."""
    fail(bench, "con_1", error=Misconfigured(Reason.MISCONFIGURED, provider_code="INVALID_KEY"))


def unknown(bench: Bench) -> None:
    """Let a bank say what nobody has met yet."""
    fail(bench, "con_1", error=Temporary(Reason.UNKNOWN, provider_code="NEW_IN_2026"))


def broken(bench: Bench) -> None:
    """Let an adapter of ours have a bug."""
    fail(bench, "con_1", error=RuntimeError("a bug"))


def down(bench: Bench) -> None:
    """Let three connections meet the same outage of their bank."""
    error = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    fail(bench, "con_1", "con_2", "con_3", error=error)


def long_orange(bench: Bench) -> None:
    """Let a connection fail again that last worked more than two days ago."""
    bench.add(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE, last_success_at=NOON - 3 * DAY)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    bench.sync(1)


def many_red(bench: Bench) -> None:
    """Let eleven connections of one bank turn red."""
    fail(bench, *(f"con_{n}" for n in range(11)), error=NeedsOwner(Reason.CREDENTIALS_REJECTED))


def try_out(bench: Bench, name: str, outcome: Accepted | Rejected) -> None:
    """Let an owner try new credentials."""
    made = bench.add(
        connection_id=name, status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON - 60
    )
    attempt_id = f"att_{name}"
    sealed = bench.intake.seal({"password": "s3cret"}, made, attempt_id)
    attempt = submitted(made, attempt_id, sealed, {}, bench.clock())
    live = replace(made, live_attempt=attempt_id, live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(made, live, expect=("live_attempt", "live_until")))
    bench.provider.logins.append(outcome)
    record = {"messageId": name, "body": to_body(AttemptMessage(attempt_id))}
    assert [] == bench.worker.handle([record], "run", DEADLINE)


def in_vain(bench: Bench) -> None:
    """Let ten owners try, and seven of them in vain."""
    for number in range(10):
        good = Accepted(Secret(b"new"), (account(),), NOON + DAY)
        bad = Rejected({"password": "The bank does not know it."})
        try_out(bench, f"con_{number}", good if number < 3 else bad)


def forged(bench: Bench) -> None:
    """Send a hundred and one webhooks in the provider's name."""
    bench.provider.news.extend([Unverified("forged")] * 101)
    records = [
        {"messageId": f"w{n}", "body": to_body(WebhookMessage(f"w{n}", "fake", *FORGED))}
        for n in range(101)
    ]
    bench.worker.handle(records, "run", DEADLINE)


FORGED: tuple[Any, ...] = ("/webhooks/fake", {}, "e30=", NOON)
TROUBLES: dict[str, Callable[[Bench], None]] = {
    "AttemptsFailAlarm": in_vain,
    "BankDownAlarm": down,
    "LongOrangeAlarm": long_orange,
    "OperatorNeededAlarm": refused,
    "RedByBankAlarm": many_red,
    "UnknownCodeAlarm": unknown,
    "UnverifiedWebhooksAlarm": forged,
    "WorkerFaultAlarm": broken,
}


@pytest.mark.parametrize("alarm", TROUBLES)
def test_trouble_wakes_the_operator_for_what_it_is(
    bench: Bench, log: io.StringIO, alarm: str
) -> None:
    """The trouble's own alarm goes off, and no other one of the worker's."""
    TROUBLES[alarm](bench)
    told = lines(WORKER, log.getvalue())

    assert goes_off(alarm, told)
    assert [] == [
        other for other in TROUBLES if other != alarm and state(other, told) is not AlarmState.OK
    ]


def test_nobody_is_woken_by_what_owners_and_banks_do_every_day(
    bench: Bench, log: io.StringIO
) -> None:
    """A sync, a red connection, a bank that is away for a while, an owner who mistypes."""
    bench.add()
    bench.sync(1)
    fail(bench, "con_red", error=NeedsOwner(Reason.CONSENT_EXPIRED))
    fail(bench, "con_orange", error=Temporary(Reason.BANK_UNAVAILABLE))
    try_out(bench, "con_typo", Rejected({"password": "The bank does not know it."}))
    told = lines(WORKER, log.getvalue())

    assert told
    assert dict.fromkeys(TROUBLES, AlarmState.OK) == {a: state(a, told) for a in TROUBLES}


def test_consents_that_run_out_are_no_incident_of_their_bank(
    bench: Bench, log: io.StringIO
) -> None:
    """Of a large bank's connections a dozen end each hour: their owners knew the day."""
    names = [f"con_{n}" for n in range(11)]
    fail(bench, *names, error=NeedsOwner(Reason.CONSENT_EXPIRED))
    told = lines(WORKER, log.getvalue())

    assert len(names) == sum("green -> red" in line.text for line in told)
    assert AlarmState.OK is state("RedByBankAlarm", told)


def stumbling(error: Exception) -> Callable[..., Any]:
    """Return what raises instead of doing its work."""

    def stumble(*_: Any, **__: Any) -> Any:
        raise error

    return stumble


@pytest.mark.parametrize(
    "place", ["sync.batches.batch.claim", "sync.visits.fetching.tell_long_orange"]
)
@pytest.mark.parametrize("error", [KeyError("slot"), refusal("AccessDeniedException")])
def test_a_version_that_fails_every_sync_is_noticed_at_once(
    bench: Bench, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception
) -> None:
    """Not after three tries and a dead letter: the trial of a deployment is over by then."""
    bench.add()
    monkeypatch.setattr(place, stumbling(error))
    bench.sync(1)

    assert goes_off("WorkerFaultAlarm", lines(WORKER, log.getvalue()))


def test_a_version_that_fails_every_webhook_is_noticed_at_once(
    bench: Bench, log: io.StringIO
) -> None:
    """A provider that cannot be asked for its keys is none of our faults."""
    told = [Temporary(Reason.PROVIDER_UNAVAILABLE, scope=Scope.PROVIDER), KeyError("item_id")]
    for error, expected in zip(told, (AlarmState.OK, AlarmState.ALARM), strict=True):
        bench.provider.news.clear()
        bench.provider.news.append(error)
        body = to_body(WebhookMessage("w", "fake", *FORGED))
        again = bench.worker.handle([{"messageId": "w", "body": body}], "run", DEADLINE)

        assert ["w"] == again
        assert expected is state("WorkerFaultAlarm", lines(WORKER, log.getvalue()))


def test_what_aws_holds_up_wakes_nobody(
    bench: Bench, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is throttled comes again, and takes no deployment back."""
    throttled = stumbling(refusal("ThrottlingException"))
    try_out(bench, "con_1", Rejected({"password": "The bank does not know it."}))
    monkeypatch.setattr(type(bench.worker.verifier), "go_on", throttled)
    monkeypatch.setattr("sync.batches.batch.claim", throttled)
    bench.add(connection_id="con_2")
    bench.sync(1, "con_2")
    record = {"messageId": "m", "body": to_body(AttemptMessage("att_con_1"))}

    assert ["m"] == bench.worker.handle([record], "run", DEADLINE)
    told = lines(WORKER, log.getvalue())
    assert 2 == sum(line.told["message"] == "held up" for line in told)
    assert dict.fromkeys(TROUBLES, AlarmState.OK) == {a: state(a, told) for a in TROUBLES}


@pytest.mark.parametrize("alarm", ["OperatorNeededAlarm", "UnknownCodeAlarm"])
def test_what_comes_again_each_cycle_pages_once(bench: Bench, log: io.StringIO, alarm: str) -> None:
    """Until its cause is mended the alarm stays on; a cycle later it is over."""
    TROUBLES[alarm](bench)
    [first, *_] = lines(WORKER, log.getvalue())
    cycle = SLOTS * 60
    told = [Line(first.at + turn * cycle, first.log, first.text) for turn in range(3)]
    watch = Monitor(TEMPLATE, NAMES, tuple(told), ())
    end = first.at + 2 * cycle

    assert {AlarmState.ALARM} == {
        watch.state(alarm, at) for at in range(first.at + 60, end + cycle, 300)
    }
    assert AlarmState.OK is watch.state(alarm, end + 2 * cycle)


def test_a_dispatcher_that_falls_behind_wakes_the_operator(
    tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no time left for what has come due in the last hours; half an hour is borne."""
    client, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="syncs")["QueueUrl"]
    told = Environment(tables["ConnectionsTable"], tables["StateTable"], url)
    at_work = Dispatch(client, Queue(sqs, url), told)
    written: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(dispatch.logger, "warning", lambda text, **f: written.append((text, f)))
    for behind in (30, 31):
        minute = minute_of(NOON) - behind
        item = encode({"name": NAME, "minute": minute})
        client.put_item(TableName=tables["StateTable"], Item=item)
        at_work.run(NOON, lambda: True, f"run-{behind}", NOON + 60)

    assert [("dispatch behind", {"minutes": 31})] == written
    assert goes_off("DispatchBehindAlarm", lines("DispatchLog", '{"message": "dispatch behind"}'))


def test_one_id_finds_all_that_the_worker_tells_of_a_connection(
    bench: Bench, log: io.StringIO
) -> None:
    """Its failure, its colour, its owner's try: whoever looks for its id finds every line."""
    fail(bench, "con_red", error=NeedsOwner(Reason.CREDENTIALS_REJECTED))
    unknown(bench)
    try_out(bench, "con_tried", Rejected({"password": "The bank does not know it."}))
    told = [line.told for line in lines(WORKER, log.getvalue())]
    named = {(line["message"], line.get("connection_id")) for line in told}

    assert {
        ("status changed", "con_red"),
        ("operator needed", "con_1"),
        ("attempt", "con_tried"),
    } <= named
    assert {None} == {own for text, own in named if text == "synced"}
    assert not [text for text, own in named if own is None and text != "synced"]


def test_a_line_names_no_connection_of_the_message_before(bench: Bench, log: io.StringIO) -> None:
    """What an attempt's lines carry ends with its message."""
    try_out(bench, "con_tried", Rejected({"password": "The bank does not know it."}))
    bench.worker.handle(
        [{"messageId": "m", "body": to_body(SyncMessage("con_0", FIRST_CYCLE))}], "run", 1
    )
    last = lines(WORKER, log.getvalue())[-1].told

    assert "synced" == last["message"]
    assert "connection_id" not in last

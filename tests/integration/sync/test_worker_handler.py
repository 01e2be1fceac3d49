"""The worker's handler: a batch as SQS brings it, and what comes back of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from relink.connection import DAY
from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.outages import FIRST_PROBE
from relink.provider import Secret, SyncResult
from relink.queues import AttemptMessage, DigestMessage, SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from sync import worker
from sync.progress import Busy
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    import io

    import pytest

    from relink.connection import Connection
    from relink.provider import Call
    from tests.integration.sync.conftest import Bench


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    aws_request_id: str = "request-1"
    function_name: str = "worker"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:worker"

    def get_remaining_time_in_millis(self) -> int:
        """Return the two minutes of the template."""
        return 120_000


def records(*bodies: str) -> list[dict[str, Any]]:
    """Return messages as Lambda gets them from SQS."""
    return [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]


def by_connection(bench: Bench, verdicts: dict[str, SyncResult | Exception]) -> None:
    """Let the bank answer each connection in its own way, the others with what it has."""
    real = bench.provider.sync

    def sync(connection: Connection, call: Call) -> SyncResult:
        verdict = verdicts.get(connection.connection_id)
        if verdict is None:
            return real(connection, call)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    bench.provider.sync = sync  # type: ignore[method-assign]


def test_a_full_batch_of_all_kinds_is_handled_each_by_itself(bench: Bench) -> None:
    """Fifty messages: each outcome is its connection's own."""
    for n in range(44):
        bench.add(connection_id=f"con_{n}", workspace_id=f"ws_{n % 7}")
    bench.add(connection_id="con_red", status=Status.RED, reason=Reason.CONSENT_EXPIRED)
    by_connection(
        bench,
        {
            "con_3": NeedsOwner(Reason.CONSENT_EXPIRED),
            "con_5": Temporary(Reason.BANK_UNAVAILABLE),
            "con_7": RuntimeError("a bug that quotes hunter2"),
        },
    )
    names = [f"con_{n}" for n in range(44)]
    good = [to_body(SyncMessage(name, 1)) for name in (*names, "con_red", "con_gone", "con_0")]
    batch = records(*good, "", "[]", "{}")

    assert len(batch) == 50
    assert bench.worker.handle(batch, "run", DEADLINE) == ["m47", "m48", "m49"]
    colours = {n: bench.now(n).status.value for n in (*names, "con_red")}
    odd = {n: c for n, c in colours.items() if c != "green"}
    assert odd == {"con_3": "red", "con_5": "orange", "con_7": "orange", "con_red": "red"}
    assert len(bench.provider.calls) == 41


def test_broken_messages_come_back_and_harm_no_other(bench: Bench, log: io.StringIO) -> None:
    """They end in the dead-letter queue, each with its cause in the log; the batch goes on."""
    bench.add()
    broken = [
        "",
        "null",
        "[" * 100_000,
        '{"kind": "sync"}',
        '{"kind": "sync", "connection_id": "con_1", "cycle": true}',
        '{"kind": "sync", "connection_id": "' + "x" * 3000 + '", "cycle": 1}',
        '{"kind": "sync", "connection_id": "\\ud800", "cycle": 1}',
        '{"kind": "sync", "connection_id": "con_1", "cycle": ' + "9" * 60 + "}",
        to_body(DigestMessage("own_1")),
    ]
    batch = records(*broken, to_body(SyncMessage("con_1", 1)))

    failed = bench.worker.handle(batch, "run", DEADLINE)
    assert failed == [f"m{n}" for n in range(len(broken))]
    assert bench.now().last_success_at == NOON
    assert log.getvalue().count('"level":"ERROR"') == len(broken)


def test_a_connection_that_cannot_be_read_harms_no_other(bench: Bench) -> None:
    """A batch's common read may fail; each visit then reads for itself."""
    for name in ("con_1", "con_2"):
        bench.add(connection_id=name)
    bench.sync(1, "con_1", "con_2")
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "batch_get_item", refusal("ThrottlingException"))

    assert bench.sync(2, "con_1", "con_2") == []
    assert {bench.now(n).last_success_at for n in ("con_1", "con_2")} == {bench.clock()}
    assert [c.cursor for c in bench.provider.calls] == ["", "", "c1", "c1"]


def test_a_breaker_out_of_reach_stops_no_sync(bench: Bench) -> None:
    """Neither not knowing of outages nor not learning of one is a reason to fail a batch."""
    bench.add()
    stumble(bench.client, "get_item", refusal("ThrottlingException"))
    assert bench.sync(1) == []
    assert bench.now().status is Status.GREEN

    down = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    by_connection(bench, {"con_1": down})
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "update_item", None, None, refusal("ThrottlingException"))
    assert bench.sync(2) == []
    assert bench.now().reason is Reason.BANK_UNAVAILABLE


def test_a_canary_is_one_that_may_be_called(bench: Bench) -> None:
    """A message that no bank would be called for does not take the probe from one that would."""
    down = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER)
    names = add_all(bench, [{}] * 4)
    by_connection(bench, dict.fromkeys(names, down))
    bench.sync(1, *names[:3])
    bench.clock.advance(FIRST_PROBE)

    assert bench.sync(1, *names) == []
    assert bench.now(names[3]).last_attempt_at == bench.clock()


def test_an_unprocessed_part_of_the_common_read_is_asked_for_again(bench: Bench) -> None:
    """DynamoDB may answer a part of a batch: the rest is fetched, not guessed."""
    bench.add()
    bench.sync(1)
    bench.clock.advance(6 * 3600)

    def partly(real: Any, arguments: dict[str, Any]) -> Any:
        table = bench.ledger.table
        rest = {table: arguments["RequestItems"].pop(table)}
        return {**real(**arguments), "UnprocessedKeys": rest}

    stumble(bench.client, "batch_get_item", partly)
    bench.sync(2)

    assert bench.provider.calls[-1].cursor == "c1"


def test_a_call_held_back_by_the_rolling_day_is_sent_again_in_time(bench: Bench) -> None:
    """Up to fifteen minutes early: the message comes back when the day allows the call."""
    bench.add(calls=(NOON - 3, NOON - 2, NOON - 1, NOON - DAY + 600))

    assert bench.sync(1) == []
    assert (bench.queued(), bench.provider.calls) == (1, [])


def add_all(bench: Bench, obstacles: list[dict[str, Any]]) -> list[str]:
    """Store a connection for each set of facts; return their names."""
    names = [f"con_{n}" for n in range(len(obstacles))]
    for name, facts in zip(names, obstacles, strict=True):
        bench.add(connection_id=name, **facts)
    return names


def test_what_is_in_the_way_for_minutes_only_costs_no_cycle(bench: Bench) -> None:
    """An obstacle that ends within fifteen minutes is waited for."""
    names = add_all(
        bench,
        [
            {"lease": "other", "lease_until": NOON + 100},
            {"live_until": NOON + 600},
            {"rate_limited_until": NOON + 900},
            {"calls": (4, 3, 2, NOON - DAY + 900)},
        ],
    )

    assert bench.sync(1, *names) == []
    assert (bench.queued(), bench.provider.calls) == (4, [])


def test_what_is_in_the_way_for_long_is_left_to_the_next_cycle(bench: Bench) -> None:
    """A message that has nothing to wait for is done with."""
    names = add_all(
        bench,
        [
            {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED},
            {"auto_sync": False},
            {"credentials_version": 0},
            {"last_cycle": 1},
            {"rate_limited_until": NOON + 901},
            {"calls": (4, 3, 2, NOON - DAY + 901)},
        ],
    )

    assert bench.sync(1, *names) == []
    assert (bench.queued(), bench.provider.calls) == (0, [])


def test_a_held_message_that_cannot_be_sent_comes_back_by_itself(bench: Bench) -> None:
    """A queue out of reach loses nothing, and the rest of the batch stands."""
    bench.add(connection_id="con_held", live_until=NOON + 60)
    bench.add(connection_id="con_1")
    stumble(bench.worker.batch.queue._client, "send_message", refusal("ServiceUnavailable"))

    assert bench.sync(1, "con_held", "con_1") == ["m0"]
    assert bench.now("con_1").last_success_at == NOON


def test_what_was_not_begun_before_the_deadline_is_sent_anew(bench: Bench) -> None:
    """Lateness is no failure: the message does not wear out towards the dead-letter queue."""
    bench.add()
    message = to_body(SyncMessage("con_1", 1))

    assert bench.worker.handle(records(message), "run", bench.clock()) == []
    assert (bench.queued(), bench.provider.calls, bench.now().calls) == (1, [], (0, 0, 0, 0))


def test_an_item_that_no_rule_explains_is_dead_lettered_not_sent_in_circles(bench: Bench) -> None:
    """A claim refused without an obstacle is a broken item: it needs a person, not a loop."""
    bench.add()
    bench.client.update_item(
        TableName=bench.connections.table,
        Key={"connection_id": {"S": "con_1"}},
        UpdateExpression="REMOVE calls",
    )

    assert bench.sync(1) == ["m0"]
    assert bench.queued() == 0


def test_an_attempt_that_is_busy_is_sent_again(bench: Bench) -> None:
    """A message for an attempt that another run is at comes again later."""

    def busy(*_: object) -> None:
        raise Busy

    object.__setattr__(bench.worker.verifier, "go_on", busy)

    assert bench.worker.handle(records(to_body(AttemptMessage("att_1"))), "r", DEADLINE) == []
    assert bench.queued(bench.attempt_queue_url) == 1


def test_a_fault_of_ours_is_told_without_its_words(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 10: an exception's text may quote a secret, so only its kind and place are logged."""
    bench.add()
    by_connection(bench, {"con_1": RuntimeError("password hunter2 was refused")})
    bench.sync(1)

    told = log.getvalue()
    assert "RuntimeError" in told
    assert "con_1" in told
    assert "hunter2" not in told


def test_what_only_we_can_mend_is_told_to_the_operator_each_time(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 2: orange for the owner, an error in the log for the operator's alarm."""
    add_all(bench, [{"status": Status.ORANGE, "reason": Reason.UNKNOWN}] * 3)
    by_connection(
        bench,
        {
            "con_0": Misconfigured(Reason.MISCONFIGURED, provider_code="key"),
            "con_1": Temporary(Reason.UNKNOWN, provider_code="weird"),
            "con_2": Temporary(Reason.BANK_UNAVAILABLE, provider_code="usual"),
        },
    )
    bench.sync(1, "con_0", "con_1", "con_2")

    errors = [json.loads(x) for x in log.getvalue().splitlines() if '"ERROR"' in x]
    assert [(e["connection_id"], e["provider_code"]) for e in errors] == [
        ("con_0", "key"),
        ("con_1", "weird"),
    ]


def test_a_batch_without_news_is_one_line_in_the_log(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """At scale a line a sync would cost more than the sync."""
    for n in range(5):
        bench.add(connection_id=f"con_{n}")
    bench.sync(1, *[f"con_{n}" for n in range(5)])

    lines = log.getvalue().splitlines()
    assert [json.loads(line)["outcomes"] for line in lines] == [{"green": 5}]


def test_the_handler_builds_itself_from_the_environment(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From an SQS event to the failed items' names, with nothing but environment variables."""
    told = {
        "CONNECTIONS_TABLE": "ConnectionsTable",
        "CREDENTIALS_TABLE": "CredentialsTable",
        "LEDGER_TABLE": "LedgerTable",
        "ATTEMPTS_TABLE": "AttemptsTable",
        "STATE_TABLE": "StateTable",
        "BANKS_TABLE": "BanksTable",
        "SYNC_QUEUE_URL": bench.sync_queue_url,
        "ATTEMPT_QUEUE_URL": bench.attempt_queue_url,
        "WEBHOOK_QUEUE_URL": bench.webhook_queue_url,
        "INTAKE_KEY_ID": bench.intake._key_id,
        "VAULT_KEY_ID": bench.vault._key_id,
        "PROVIDER_SECRETS": "provider-keys",
    }
    boto3.client("secretsmanager").create_secret(Name="provider-keys", SecretString="{}")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "load", lambda *_: bench.provider)
    monkeypatch.setattr("relink.clock.now", bench.clock)
    worker.bootstrap.cache_clear()
    bench.add()
    event = {"Records": records(to_body(SyncMessage("con_1", 1)), "broken")}

    answer = worker.lambda_handler(event, Context())  # type: ignore[arg-type]

    worker.bootstrap.cache_clear()
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert (bench.now().status, bench.now().last_attempt_at) == (Status.GREEN, NOON)
    assert bench.provider.calls[0].deadline == NOON + 110


def test_secrets_of_a_whole_batch_are_in_no_line_of_the_log(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """Law 10, whatever goes wrong on the way."""
    bench.add()

    def sync(connection: Connection, call: Call) -> SyncResult:
        del connection
        call.keep(Secret(b"canary-2"))
        raise RuntimeError("canary-3") from ValueError(call.secret.reveal())

    bench.provider.sync = sync  # type: ignore[method-assign]
    bench.sync(1)

    told = log.getvalue()
    assert not [c for c in ("the old password", "canary-2", "canary-3") if c in told]


def test_the_same_account_twice_in_an_answer_is_one(bench: Bench) -> None:
    """A bank that repeats itself makes no duplicates."""
    by_connection(bench, {"con_1": SyncResult(accounts=(account(), account()))})
    bench.add()
    bench.sync(1)

    assert len(bench.ledger.accounts("con_1")) == 1

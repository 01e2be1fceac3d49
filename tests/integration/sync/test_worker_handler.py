"""The worker's handler: a batch as SQS brings it, and what comes back of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from relink.failures import NeedsOwner, Temporary
from relink.outages import FIRST_PROBE
from relink.provider import SyncResult
from relink.queues import AttemptMessage, DigestMessage, SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from sync import worker
from sync.visits.visit import Busy
from tests.fakes import NOON, account
from tests.integration.sync.batches import Context, add_all, by_connection, records
from tests.integration.sync.conftest import DEADLINE, FIRST_CYCLE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    import io

    import pytest

    from tests.integration.sync.conftest import Bench


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
    good = [
        to_body(SyncMessage(name, FIRST_CYCLE)) for name in (*names, "con_red", "con_gone", "con_0")
    ]
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
    batch = records(*broken, to_body(SyncMessage("con_1", FIRST_CYCLE)))

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


def test_an_attempt_that_is_busy_is_sent_again(bench: Bench) -> None:
    """A message for an attempt that another run is at comes again later."""

    def busy(*_: object) -> None:
        raise Busy

    object.__setattr__(bench.worker.verifier, "go_on", busy)

    assert bench.worker.handle(records(to_body(AttemptMessage("att_1"))), "r", DEADLINE) == []
    assert bench.queued(bench.attempt_queue_url) == 1


def test_the_handler_builds_itself_from_the_environment(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From an SQS event to the failed items' names, with nothing but environment variables."""
    told = bench.environment()
    boto3.client("secretsmanager").create_secret(Name="provider-keys", SecretString="{}")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "load", lambda *_: bench.provider)
    monkeypatch.setattr("relink.clock.now", bench.clock)
    worker.bootstrap.cache_clear()
    bench.add()
    event = {"Records": records(to_body(SyncMessage("con_1", FIRST_CYCLE)), "broken")}

    answer = worker.lambda_handler(event, Context())  # type: ignore[arg-type]

    worker.bootstrap.cache_clear()
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert (bench.now().status, bench.now().last_attempt_at) == (Status.GREEN, NOON)
    assert bench.provider.calls[0].deadline == NOON + 110


def test_the_same_account_twice_in_an_answer_is_one(bench: Bench) -> None:
    """A bank that repeats itself makes no duplicates."""
    by_connection(bench, {"con_1": SyncResult(accounts=(account(), account()))})
    bench.add()
    bench.sync(1)

    assert len(bench.ledger.accounts("con_1")) == 1

"""What a visit means is written only by the run that was given the visit, and then for sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from relink.clock import DAY
from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Rejected, SyncResult
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.sync.attempting import go_on, submit
from tests.integration.sync.bank_answers import RENAMED, play
from tests.stumbling import refusal, stumble, twice

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.provider import Call
    from tests.integration.sync.conftest import Bench


def meanwhile(bench: Bench, deed: Callable[[], object]) -> None:
    """Let something happen while the bank is being called."""
    real = bench.provider.sync

    def sync(connection: Connection, call: Call) -> SyncResult:
        deed()
        return real(connection, call)

    bench.provider.sync = sync  # type: ignore[method-assign]


def write(bench: Bench, **values: Any) -> None:
    """Set attributes of the stored connection, as another process does; None removes one."""
    sets = [f"#{k} = :{k}" for k, v in values.items() if v is not None]
    removes = [f"#{k}" for k, v in values.items() if v is None]
    bench.client.update_item(
        TableName=bench.connections.table,
        Key=encode({"connection_id": "con_1"}),
        UpdateExpression=("SET " + ", ".join(sets) if sets else "")
        + (" REMOVE " + ", ".join(removes) if removes else ""),
        ExpressionAttributeNames={f"#{k}": k for k in values},
        ExpressionAttributeValues=encode({f":{k}": v for k, v in values.items()}),
    )


def test_a_pause_that_comes_meanwhile_is_kept(bench: Bench) -> None:
    """The owner's switch is his: a sync that began before it does not turn it back."""
    bench.add(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    meanwhile(bench, lambda: write(bench, auto_sync=False, slot=None))
    bench.sync(1)

    now = bench.now()
    assert (now.status, now.auto_sync, now.slot) == (Status.GREEN, False, None)


def test_a_red_answer_to_a_sync_that_was_paused_meanwhile_is_red(bench: Bench) -> None:
    """The colour is settled with the switch as it stands now."""
    play(bench, NeedsOwner(Reason.CONSENT_EXPIRED))
    bench.add()
    meanwhile(bench, lambda: write(bench, auto_sync=False, slot=None))
    bench.sync(1)

    now = bench.now()
    assert (now.status, now.auto_sync, now.slot) == (Status.RED, False, None)


def test_a_run_that_lost_its_lease_writes_nothing(bench: Bench) -> None:
    """Who took the lease over settles; the slow run is silent, and its message is done with."""
    play(bench, NeedsOwner(Reason.CREDENTIALS_REJECTED))
    bench.add()
    meanwhile(bench, lambda: write(bench, lease="faster", lease_until=NOON + 600))

    assert bench.sync(1) == []
    now = bench.now()
    assert (now.status, now.lease, now.lease_until) == (Status.GREEN, "faster", NOON + 600)


def test_a_slow_sync_with_old_credentials_cannot_repaint(bench: Bench) -> None:
    """Credentials swapped meanwhile: what the old ones met says nothing about the new ones."""
    play(bench, NeedsOwner(Reason.CREDENTIALS_REJECTED))
    bench.add()
    meanwhile(bench, lambda: write(bench, credentials_version=2))

    assert bench.sync(1) == []
    assert (bench.now().status, bench.now().credentials_version) == (Status.GREEN, 2)


def test_a_connection_deleted_meanwhile_stays_deleted(bench: Bench) -> None:
    """A settle changes connections; it makes none."""
    bench.add()
    key = encode({"connection_id": "con_1"})
    meanwhile(
        bench,
        lambda: bench.client.delete_item(TableName=bench.connections.table, Key=key),
    )

    assert bench.sync(1) == []
    assert bench.connections.get("con_1") is None


def test_what_turned_red_meanwhile_is_not_painted_orange(bench: Bench) -> None:
    """Law 4: the outcome is weighed against the colour that stands now."""
    play(bench, Temporary(Reason.BANK_UNAVAILABLE))
    bench.add()
    red = {"status": "red", "reason": "consent_revoked", "red_since": NOON, "slot": None}
    meanwhile(bench, lambda: write(bench, **red))
    bench.sync(1)

    now = bench.now()
    assert (now.status, now.reason, now.lease) == (Status.RED, Reason.CONSENT_REVOKED, "")


def test_a_settle_whose_answer_was_lost_has_been_made(
    bench: Bench,
    log: io.StringIO,
) -> None:
    """A repeated request finds its own work done: the visit counts as settled."""
    bench.add(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "update_item", None, twice)

    assert bench.sync(2) == []
    assert bench.now().last_success_at == bench.clock()
    assert "superseded" not in log.getvalue()


def test_a_settle_that_meets_a_transaction_is_made_again(bench: Bench) -> None:
    """An owner's form that arrives in the same moment loses no outcome."""
    bench.add(status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    account_upsert = None
    stumble(
        bench.client,
        "update_item",
        None,
        account_upsert,
        refusal("TransactionConflictException"),
    )

    assert bench.sync(1) == []
    assert (bench.now().status, bench.now().lease) == (Status.GREEN, "")


def test_a_claim_whose_answer_was_lost_is_a_claim(bench: Bench) -> None:
    """A repeated claim meets its own lease: the bank is called, once, and it counts once."""
    bench.add()
    stumble(bench.client, "update_item", twice)
    bench.sync(1)

    assert len(bench.provider.calls) == 1
    assert bench.now().calls == (NOON, 0, 0, 0)


def test_two_messages_of_one_connection_in_one_batch_are_two_runs(bench: Bench) -> None:
    """A lease names one message of one run: a duplicate beside it does not share it."""
    bench.add()
    leases = []
    meanwhile(bench, lambda: leases.append(bench.now().lease))
    bench.sync(1, "con_1", "con_1")

    assert len(bench.provider.calls) == len(leases) == 1


def test_a_claim_that_meets_a_transaction_is_tried_again_soon(bench: Bench) -> None:
    """Busy for a moment is no reason to skip six hours."""
    bench.add()
    stumble(bench.client, "update_item", refusal("TransactionConflictException"))

    assert bench.sync(1) == []
    assert bench.provider.calls == []
    assert bench.queued() == 1


def test_an_attempt_does_not_hide_that_a_run_died(bench: Bench) -> None:
    """The owner's rejected try in between makes a half-stored answer no more certain."""
    bench.add()
    well = bench.provider.syncs[0]
    play(bench, well, RENAMED, well)
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    stumble(bench.client, "update_item", None, None, refusal("InternalServerError"))
    bench.sync(2, run="dies")
    bench.clock.advance(3600)
    submit(bench)
    bench.provider.logins.append(Rejected({"": "no"}))
    go_on(bench)
    bench.clock.advance(5 * 3600)
    bench.sync(3)

    assert bench.now().lease == ""
    assert [a.bank_name for a in bench.ledger.accounts("con_1")] == ["Current"]


def test_a_limit_that_has_passed_leaves_no_trace(bench: Bench) -> None:
    """Lease, limit and troubles leave the item with the success that ends them."""
    limited = Temporary(Reason.RATE_LIMITED, provider_code="429", retry_at=NOON + 900)
    play(bench, limited, RENAMED)
    bench.add()
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    bench.sync(2)

    item = boto3.client("dynamodb").get_item(
        TableName=bench.connections.table,
        Key=encode({"connection_id": "con_1"}),
    )["Item"]
    cleared = {"lease", "lease_until", "rate_limited_until", "provider_code", "reason", "scope"}
    assert not cleared & item.keys()
    assert len(item["calls"]["L"]) == 4


def test_a_day_of_syncs_uses_the_budget_and_no_more(bench: Bench) -> None:
    """Law 5 over three days of cycles: never more than four calls in any rolling day."""
    bench.add()
    for cycle in range(1, 13):
        bench.sync(cycle)
        bench.clock.advance(6 * 3600 - 7)

    moments = [call.now for call in bench.provider.calls]
    assert all(len([m for m in moments if t <= m < t + DAY]) <= 4 for t in moments)

"""The worker leaves a trail: with each change of colour and each attempt's end, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from relink.attempt import State
from relink.failures import NeedsOwner, Temporary
from relink.provider import Rejected
from relink.reasons import Reason, Status
from relink.trail import Trail
from tests.integration.sync.attempting import ACCEPTED, go_on, red, submit
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from relink.trail import Event
    from tests.integration.sync.conftest import Bench


def told(bench: Bench) -> list[Event]:
    """Return the trail, oldest first."""
    return Trail(bench.client, bench.ledger.table).page("con_1", 100)[::-1]


def called(bench: Bench) -> list[str]:
    """Return the writes that are made from now on, as they come."""
    made: list[str] = []

    def see(model: object, **_: object) -> None:
        name = getattr(model, "name", "")
        if name in {"UpdateItem", "PutItem", "TransactWriteItems", "BatchWriteItem"}:
            made.append(name)

    bench.client.meta.events.register("before-call.*.*", see)
    return made


def test_a_sync_that_changes_no_colour_costs_what_it_did(bench: Bench) -> None:
    """Two writes, the claim and the settling; no transaction, and nothing in the trail."""
    bench.add()
    bench.sync(0)
    bench.clock.advance(21_600)
    made = called(bench)
    bench.sync(1)

    assert ["UpdateItem", "UpdateItem"] == made
    assert [] == told(bench)


def test_turning_red_is_one_write_with_its_event(bench: Bench) -> None:
    """Whoever sees the colour finds the reason in the history."""
    bench.add()
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CONSENT_EXPIRED, provider_text="expired"))
    made = called(bench)
    bench.sync(0)
    [event] = told(bench)

    assert ["UpdateItem", "TransactWriteItems"] == made
    assert ("red", "failed", "consent_expired", "expired", "green") == (
        event.status,
        event.cause,
        event.reason,
        event.bank_text,
        event.was,
    )
    assert (bench.now().since, Status.RED) == (event.at, bench.now().status)


def test_without_its_event_no_colour_changes(bench: Bench) -> None:
    """A transaction that AWS refuses leaves the connection as it was, too."""
    bench.add()
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    stumble(bench.client, "transact_write_items", refusal("InternalServerError"))
    bench.sync(0)

    assert (Status.GREEN, []) == (bench.now().status, told(bench))


def test_a_reconnect_is_told_from_the_banks_yes_to_its_end(bench: Bench) -> None:
    """Accepted, synced, done; each once, though all happens in one second."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    assert [
        ("status", "orange", "reconnected", ""),
        ("status", "green", "synced", ""),
        ("reconnect", "", "", "done"),
    ] == [(e.kind, e.status, e.cause, e.outcome) for e in told(bench)]
    go_on(bench, run="again")
    assert 3 == len(told(bench))


def test_a_refused_reconnect_is_told_too(bench: Bench) -> None:
    """With why; the colour has not changed."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(Rejected({"password": "Wrong."}, Reason.CREDENTIALS_REJECTED))

    assert State.REJECTED is go_on(bench)
    [event] = told(bench)
    assert ("reconnect", "rejected", "credentials_rejected") == (
        event.kind,
        event.outcome,
        event.reason,
    )


def test_an_end_that_is_not_written_leaves_no_event(bench: Bench) -> None:
    """Delivered again, the attempt ends once and is told once."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(Rejected({"password": "Wrong."}, Reason.CREDENTIALS_REJECTED))
    stumble(bench.client, "transact_write_items", None, refusal("InternalServerError"))
    with pytest.raises(ClientError):
        go_on(bench)
    assert [] == told(bench)

    bench.clock.advance(200)
    assert State.INTERRUPTED is go_on(bench, run="again")
    assert ["interrupted"] == [e.outcome for e in told(bench)]

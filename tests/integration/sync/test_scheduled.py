"""A scheduled sync: claim, call, store, settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason, Status
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_a_success_turns_green_and_stores_the_accounts(bench: Bench) -> None:
    """Green comes from a successful sync, with its data in the Ledger."""
    bench.add(status=Status.ORANGE, reason=Reason.FIRST_SYNC_PENDING)

    assert [] == bench.sync(1)
    assert (Status.GREEN, NOON) == (bench.now().status, bench.now().last_success_at)
    assert ["Current"] == [a.shown_name for a in bench.ledger.accounts("con_1")]


def test_a_message_delivered_twice_calls_the_bank_once(bench: Bench) -> None:
    """The claim lets each connection through once a cycle."""
    bench.add()
    bench.sync(1)
    bench.sync(1)

    assert 1 == len(bench.provider.calls)


def test_four_unattended_calls_a_day_are_the_limit(bench: Bench) -> None:
    """Law 5: the fifth is not made, whatever the schedule says."""
    bench.add()
    for cycle in range(1, 7):
        bench.sync(cycle)
        bench.clock.advance(3600)

    assert 4 == len(bench.provider.calls)


def test_what_only_the_owner_mends_turns_red_and_stops_the_schedule(bench: Bench) -> None:
    """Law 4: red leaves the slot index, and a message still on its way calls no bank."""
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CONSENT_EXPIRED, provider_code="x"))
    bench.add()
    bench.sync(1)
    bench.clock.advance(6 * 3600)
    bench.sync(2)

    now = bench.now()
    assert (Status.RED, Reason.CONSENT_EXPIRED, NOON) == (now.status, now.reason, now.red_since)
    assert None is now.slot
    assert 1 == len(bench.provider.calls)


def test_a_call_that_never_reached_the_bank_is_given_back(bench: Bench) -> None:
    """Law 5: retried once at once, then given back to the day's four."""
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.NOT_REACHED, reached=False))
    bench.add()
    bench.sync(1)

    assert 2 == len(bench.provider.calls)
    assert (0, 0, 0, 0) == bench.now().calls
    assert Status.ORANGE is bench.now().status

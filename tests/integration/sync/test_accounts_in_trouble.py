"""An account's error is that account's: the others go on syncing, the owner is told of the one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.failures import Verdict
from relink.provider import SyncResult
from relink.reasons import Reason, Scope, Status
from tests.fakes import NOON, account

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

CYCLE = 6 * 3600


def answer(bench: Bench, reason: Reason | None = None) -> None:
    """Let the bank answer with two accounts, the first of them in trouble for a reason."""
    errors = {"1": Verdict(reason, Scope.ACCOUNT).error("code")} if reason else {}
    accounts = (account(), account("Savings", "2"))
    bench.provider.syncs.clear()
    bench.provider.syncs.append(SyncResult(accounts, account_errors=errors))


def test_an_account_that_needs_its_owner_leaves_the_connection_green(bench: Bench) -> None:
    """Its incident begins; the schedule goes on for the others."""
    bench.add()
    answer(bench, Reason.ACCESS_NOT_GRANTED)
    bench.sync(1)

    now = bench.now()
    assert (Status.GREEN, NOON, NOON) == (now.status, now.accounts_red_since, now.incident_since)
    assert [Reason.ACCESS_NOT_GRANTED] == list(now.red_accounts.values())
    assert now.home_slot == now.slot


def test_an_incident_of_accounts_keeps_its_beginning_and_ends_with_the_trouble(
    bench: Bench,
) -> None:
    """One incident however long it lasts; over with the first answer that has it no more."""
    bench.add()
    answer(bench, Reason.ACCESS_NOT_GRANTED)
    bench.sync(1)
    bench.clock.advance(CYCLE)
    bench.sync(2)

    assert NOON == bench.now().accounts_red_since
    answer(bench)
    bench.clock.advance(CYCLE)
    bench.sync(3)
    assert (None, {}) == (bench.now().accounts_red_since, dict(bench.now().troubles))


@pytest.mark.parametrize("reason", [Reason.ACCOUNT_UNAVAILABLE, Reason.BANK_UNAVAILABLE])
def test_an_account_that_waiting_mends_begins_no_incident(bench: Bench, reason: Reason) -> None:
    """It is marked, and nobody is told."""
    bench.add()
    answer(bench, reason)
    bench.sync(1)

    assert (None, 1) == (bench.now().incident_since, len(bench.now().troubles))

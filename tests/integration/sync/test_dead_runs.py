"""Runs that die with an owner's password: after two, no machine sends it again (law 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.connection import Method
from relink.failures import NeedsOwner
from relink.provider import SyncResult
from relink.reasons import Reason, Scope, Status
from tests.fakes import BANK, account
from tests.integration.sync.attempting import ACCEPTED, Killed, go_on, submit
from tests.integration.sync.conftest import FIRST_CYCLE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

DIRECT = replace(BANK, method=Method.DIRECT)
SIX_HOURS = 6 * 3600


class Bank:
    """A bank that counts the passwords it is sent; our process dies while it answers."""

    def __init__(self, bench: Bench, deaths: int) -> None:
        self.sent = 0
        self._deaths = deaths
        self._real = bench.provider.sync
        bench.provider.sync = self._sync  # type: ignore[assignment,method-assign]

    def _sync(self, *arguments: Any) -> SyncResult:
        self.sent += 1
        if self.sent <= self._deaths:
            raise Killed
        return self._real(*arguments)


def run(bench: Bench, cycle: int) -> None:
    """Let the schedule come round; the process may die, and the message come again."""
    bench.clock.advance(SIX_HOURS)
    for name in ("first", "again", "and again"):
        try:
            bench.sync(cycle, run=f"{cycle}.{name}")
        except Killed:
            bench.clock.advance(600)


def test_a_refused_password_is_sent_twice_at_most_however_runs_die(bench: Bench, log: Any) -> None:
    """The worst case: each run dies after the bank's refusal, and before it is written down."""
    bench.add(bank=DIRECT)
    bank = Bank(bench, deaths=99)
    for cycle in range(9, 19):
        run(bench, cycle)

    assert 2 == bank.sent
    now = bench.now()
    assert (Status.ORANGE, Reason.INTERNAL, Scope.OPERATOR) == (now.status, now.reason, now.scope)
    assert "operator needed" in log.getvalue()


def test_one_death_is_answered_by_one_more_run(bench: Bench) -> None:
    """Most die of something else: in the next cycle all is well."""
    bench.add(bank=DIRECT)
    bank = Bank(bench, deaths=1)
    for cycle in (9, 10, 11):
        run(bench, cycle)

    assert 3 == bank.sent
    assert (Status.GREEN, 0) == (bench.now().status, bench.now().runs)


def test_a_refusal_that_is_written_down_ends_it(bench: Bench) -> None:
    """Red: the second run lived to tell."""
    bench.add(bank=DIRECT)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CREDENTIALS_REJECTED))
    bank = Bank(bench, deaths=1)
    for cycle in range(9, 14):
        run(bench, cycle)

    assert (2, Status.RED) == (bank.sent, bench.now().status)


def test_new_credentials_let_the_schedule_go_on(bench: Bench) -> None:
    """The owner has typed them, and the bank has taken them."""
    bench.add(bank=DIRECT)
    bench.ledger.store("con_1", SyncResult(accounts=(account(),)), bench.clock())
    bank = Bank(bench, deaths=2)
    for cycle in (9, 10, 11):
        run(bench, cycle)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)
    run(bench, 12)

    assert (4, Status.GREEN, 0) == (bank.sent, bench.now().status, bench.now().runs)


def test_a_token_is_no_password(bench: Bench) -> None:
    """No bank locks an access for it: a run that died comes again in its own cycle."""
    bench.add()
    bank = Bank(bench, deaths=3)
    run(bench, 9)
    run(bench, 10)

    assert (4, Status.GREEN) == (bank.sent, bench.now().status)


def credentials_cannot_be_read(bench: Bench) -> None:
    """Let AWS fail between the claim and the bank."""
    stumble(bench.client, "batch_get_item", refusal("InternalServerError"))
    stumble(bench.client, "get_item", None, refusal("InternalServerError"))


@pytest.mark.parametrize("outages", [1, 5])
def test_trouble_of_aws_before_the_bank_is_asked_counts_for_nothing(
    bench: Bench, outages: int
) -> None:
    """A day without DynamoDB must not leave every password of ours to be typed again."""
    bench.add(bank=DIRECT)
    bank = Bank(bench, deaths=0)
    for cycle in range(9, 9 + outages):
        bench.clock.advance(SIX_HOURS)
        credentials_cannot_be_read(bench)
        assert ["m0"] == bench.sync(cycle, run=f"{cycle}")
        assert (0, "", FIRST_CYCLE + cycle - 1) == (
            bench.now().runs,
            bench.now().lease,
            bench.now().last_cycle,
        )
    bench.sync(8 + outages, run="again")

    assert (1, Status.GREEN) == (bank.sent, bench.now().status)


def test_trouble_of_aws_after_the_banks_yes_does_not_blame_the_password(bench: Bench) -> None:
    """It was taken: whatever is lost, it is not that."""
    bench.add(bank=DIRECT)
    for cycle in (9, 10, 11):
        bench.clock.advance(SIX_HOURS)
        stumble(bench.client, "batch_write_item", refusal("InternalServerError"))
        stumble(bench.client, "put_item", refusal("InternalServerError"))
        assert ["m0"] == bench.sync(cycle, run=f"{cycle}")
        assert 0 == bench.now().runs
    bench.clock.advance(SIX_HOURS)
    bench.sync(12, run="12")

    assert Status.GREEN is bench.now().status

"""The contract of a bank adapter, history: all that there is, and the end of an access."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from relink import clock as relink_clock
from relink.provider import Rejected
from relink.reasons import Reason

if TYPE_CHECKING:
    from relink.provider import SyncResult
    from tests.contract.bench.workbench import Bench


def named(results: list[SyncResult]) -> list[tuple[str, str]]:
    """Return what names the booked movements for good, each as often as it was told."""
    owners = {a.provider_id: a.identities[0] for r in results for a in r.accounts}
    told = [t for r in results for t in r.added if not t.pending]
    return sorted((owners[t.account], t.transaction_id) for t in told)


def test_everything_goes_back_as_far_as_the_provider_does(bench: Bench) -> None:
    """Further than any sync that nobody attends, which brings nothing that is not among it.

    A page that tells of some accounts can tell of the others: a new one is not taken for another's.
    """
    first = bench.connect()
    secret = first.secret
    usual = bench.pages(secret)
    everything = bench.everything(secret)
    today = datetime.fromtimestamp(bench.clock(), UTC).date()
    days = [t.booked_on for page in everything for t in page.added if t.booked_on]

    for page in (*usual, *everything):
        shown = {i for a in (*page.accounts, *page.others()) for i in a.identities}
        assert all(shown.intersection(account.identities) for account in first.accounts)
    assert set(named(usual)) <= set(named(everything))
    assert min(days) <= today - timedelta(days=bench.history_days)
    assert {a.identities for page in usual for a in page.accounts} == {
        a.identities for page in everything for a in page.accounts
    }


def test_everything_twice_is_the_same_movements(bench: Bench) -> None:
    """By the same names, so that storing it again makes nothing twice."""
    secret = bench.connect().secret
    first, again = bench.everything(secret), bench.everything(secret)

    assert len(named(first)) == len(set(named(first)))
    assert named(first) == named(again)


def test_a_sync_goes_on_after_everything_as_if_nothing_had_been(bench: Bench) -> None:
    """The access that we had works as before: until a new one has, it is not ended."""
    secret = bench.connect().secret
    before = bench.pages(secret)[-1]
    bench.everything(secret)
    after = bench.pages(secret, before.next_cursor)[-1]

    assert after.trouble is None
    assert not after.account_errors


def test_accesses_are_told_apart_by_what_ends_with_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To end one that has been replaced leaves the present one alone, or it is the same one."""
    monkeypatch.setattr(relink_clock, "now", bench.clock)
    first = bench.connect().secret
    second = bench.connect(first).secret

    assert bench.adapter.same_access(first, first)
    if not bench.adapter.same_access(first, second):
        bench.adapter.disconnect(bench.connection, first)
        assert bench.pages(second)[-1].trouble is None


def test_everything_of_an_access_that_replaced_another_makes_nothing_twice(bench: Bench) -> None:
    """Where its movements have other ids, it goes back no further than its first sync went."""
    case = bench.case("gone")
    first = bench.connect().secret
    before, last = bench.everything(first), bench.clock()
    bench.connection = replace(bench.connection, last_success_at=last)
    bench.switch(case)
    bench.clock.advance(3 * 86_400)
    second = bench.connect(first).secret
    bench.switch("fine")

    caught_up = [bench.sync(second, since=last)]
    while caught_up[-1].has_more:
        caught_up.append(bench.sync(second, caught_up[-1].next_cursor, since=last))
    everything = bench.everything(second)

    assert set(named(everything)) <= {*named(before), *named(caught_up)}
    assert set(named(caught_up)) <= set(named(everything))


def test_the_owners_no_fetches_nothing_and_breaks_nothing(bench: Bench) -> None:
    """Who does not confirm has what he had."""
    if not bench.adapter.history_by_login:
        pytest.skip("nothing is to be confirmed")
    secret = bench.connect().secret
    bench.handed_over = []
    outcome = bench.declined(secret)

    assert isinstance(outcome, Rejected)
    assert outcome.reason in {Reason.ACCESS_NOT_GRANTED, Reason.SCA_REQUIRED}
    assert [] == bench.handed_over
    bench.handed_over = None
    assert bench.pages(secret)[-1].trouble is None

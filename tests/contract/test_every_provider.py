"""The contract of a bank adapter, colours: every provider tells every trouble as what it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.providers import PROVIDERS
from relink.reasons import Reason, Scope, Status
from tests.contract.bench.situations import FAULTS, NAMES, OWNERS, PASSING, Absent, Case, Place
from tests.contract.bench.workbench import DAY, bench_of, booked, identities
from tests.contract.simulators.client import LONGEST

if TYPE_CHECKING:
    from tests.contract.bench.workbench import Bench


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_bench_answers_for_every_situation(provider: str) -> None:
    """What is not said cannot be forgotten: a situation is there, or the protocol has none."""
    found = bench_of(provider)
    assert provider == found.name
    assert found.situations.keys() == NAMES
    assert found.faults.keys() <= {case.trouble for cases in FAULTS.values() for case in cases}


@pytest.mark.parametrize("situation", OWNERS)
def test_what_only_the_owner_mends_is_red(bench: Bench, situation: str) -> None:
    """With the reason that tells him what to do, and without asking the bank twice."""
    case = bench.case(situation)
    secret = bench.connect().secret
    bench.switch(case)
    before = bench.calls()
    error = bench.told(secret, case)

    assert (case.reason, case.scope) == (error.reason, error.scope)
    assert isinstance(error, NeedsOwner)
    assert Status.RED is error.reason.status
    assert error.reached
    if case.place is Place.RAISED:
        assert bench.calls() - before <= bench.calls_in_vain


@pytest.mark.parametrize("situation", PASSING)
def test_what_passes_by_itself_is_orange(bench: Bench, situation: str) -> None:
    """And the next sync is clean."""
    case = bench.case(situation)
    secret = bench.connect().secret
    bench.switch(case)
    error = bench.told(secret, case)

    assert (case.reason, case.scope) == (error.reason, error.scope)
    assert isinstance(error, Temporary)
    assert Status.ORANGE is error.reason.status
    bench.switch("fine")
    assert bench.pages(secret)[-1].trouble is None


@pytest.mark.parametrize("situation", ["expired", "revoked", "rejected", "confirmation", "gone"])
def test_a_reconnect_mends_what_a_login_can_mend(bench: Bench, situation: str) -> None:
    """In place: the accounts are the same ones, and the sync goes on from where it was."""
    case = bench.case(situation)
    first = bench.connect()
    before = bench.pages(first.secret)
    bench.switch(case)
    bench.told(first.secret, case)
    again = bench.connect(first.secret)
    after = bench.pages(again.secret, before[-1].next_cursor)[-1]

    assert len(first.accounts) == len(again.accounts)
    for old in first.accounts:
        assert any(set(old.identities) & set(new.identities) for new in again.accounts)
    assert after.trouble is None
    assert not after.account_errors


def test_trouble_at_one_account_leaves_the_others_syncing(bench: Bench) -> None:
    """The account is named, and the connection as a whole is well."""
    case = bench.case("account")
    secret = bench.connect().secret
    whole = bench.pages(secret)[-1]
    bench.switch(case)
    result = bench.pages(secret)[-1]

    (ill,) = result.account_errors
    error = result.account_errors[ill]
    assert (case.reason, case.scope) == (error.reason, error.scope)
    assert result.trouble is None
    assert {a.provider_id for a in whole.accounts} == {a.provider_id for a in result.accounts}
    assert {t.account for t in result.added} >= {t.account for t in whole.added} - {ill}


@pytest.mark.parametrize("faults", FAULTS)
def test_trouble_with_the_service_is_never_red(bench: Bench, faults: str) -> None:
    """Body before status; pages, garbage and silence say nothing of the owner's access."""
    secret = bench.connect().secret
    for fault in FAULTS[faults]:
        case = bench.faults.get(fault.trouble, fault)
        if isinstance(case, Absent):
            continue
        bench.switch(case)
        error = bench.fails(secret)
        assert (case.reason, case.scope) == (error.reason, error.scope), fault
        assert (Misconfigured if case.scope is Scope.OPERATOR else Temporary) is type(error)
        assert error.reached
    bench.switch("fine")
    result = bench.pages(secret)[-1]
    assert result.trouble is None
    assert len(result.accounts) == 3


def test_a_limit_says_when_it_lifts(bench: Bench) -> None:
    """By the service's own time, however it is written; without one, in a minute to a day."""
    secret = bench.connect().secret
    now = bench.clock()
    *timed, untimed = FAULTS["limit"]
    for case in timed:
        bench.switch(case, retry_after=600)
        assert now + 600 == bench.fails(secret).retry_at
    for limit in (untimed, bench.situations["limit"]):
        if isinstance(limit, Case):
            bench.switch(limit)
            retry_at = bench.told(secret, limit).retry_at
            assert retry_at is not None
            assert now + 60 <= retry_at <= now + DAY


@pytest.mark.parametrize("fault", ["slow", "trickle"])
def test_an_answer_that_takes_too_long_is_given_up(bench: Bench, fault: str) -> None:
    """The deadline holds for the whole answer, not for each byte of it."""
    secret = bench.connect().secret
    bench.switch(fault, seconds=2 * LONGEST)
    began = time.monotonic()
    error = bench.fails(secret, seconds=1)

    assert time.monotonic() - began < LONGEST
    assert (Reason.BANK_UNAVAILABLE, Scope.PROVIDER) == (error.reason, error.scope)
    assert error.reached


def test_movements_come_once_and_the_cursor_remembers_them(bench: Bench) -> None:
    """A second sync of a quiet bank brings nothing that was not there, and moves nothing."""
    secret = bench.connect().secret
    first = bench.pages(secret)
    again = bench.pages(secret, first[-1].next_cursor)
    third = bench.pages(secret, again[-1].next_cursor)

    assert len(booked(*first)) == len(set(booked(*first))) > 50
    assert set(booked(*again)) <= set(booked(*first))
    assert again[-1].next_cursor == third[-1].next_cursor
    assert identities(first[-1]) == identities(again[-1])

"""All movements at a bank's own server: the stored PIN, a TAN for what is old, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from relink.provider import Accepted, Ask, Login, Rejected, SyncResult, WaitForApp
from relink.providers.fints import history
from relink.reasons import Reason
from tests.contract.bench.fints import ProviderBench

if TYPE_CHECKING:
    from relink.provider import Outcome, Secret
    from tests.contract.simulators.client import Simulators
    from tests.fakes import Clock

QUARTER = timedelta(days=90)


@pytest.fixture
def owner(simulators: Simulators, clock: Clock) -> ProviderBench:
    """Return an owner who confirms by TAN."""
    return ProviderBench(simulators, clock, "sca.acme")


def begin(owner: ProviderBench, secret: Secret) -> Outcome:
    """Begin to fetch everything."""
    owner.handed_over = []
    return owner.step({}, secret=secret)


def test_each_account_takes_a_tan_and_is_handed_over_whole(owner: ProviderBench) -> None:
    """One by one, as each is confirmed: what has been read is stored if the owner stops."""
    secret = owner.connect().secret
    outcome = begin(owner, secret)
    asked = []
    while isinstance(outcome, Ask):
        assert owner.handed_over is not None
        asked.append(len(owner.handed_over))
        waiting = owner.simulators.control("GET", f"/fints/{owner.login}")["waiting"]
        outcome = owner.step({"code": waiting[0]["tan"]}, outcome.continuation, secret)

    assert isinstance(outcome, Accepted)
    assert outcome.complete
    assert [0, 1, 2] == asked
    assert owner.handed_over is not None
    today = datetime.fromtimestamp(owner.clock(), UTC).date()
    for result in owner.handed_over:
        [account] = result.accounts
        days = [t.booked_on for t in result.added if t.booked_on]
        assert {account.provider_id} == {t.account for t in result.added}
        assert min(days) < today - QUARTER


def test_a_pin_that_was_changed_is_told_after_one_try(owner: ProviderBench) -> None:
    """As what it is: the stored one is refused, and nothing else is asked."""
    secret = owner.connect().secret
    owner.switch("pin-changed")
    before = owner.calls()
    outcome = begin(owner, secret)

    assert isinstance(outcome, Rejected)
    assert Reason.CREDENTIALS_REJECTED is outcome.reason
    assert 1 == owner.calls() - before
    assert [] == owner.handed_over


def test_an_account_that_is_refused_does_not_stop_the_others(owner: ProviderBench) -> None:
    """It has no movements for us; theirs are there."""
    secret = owner.connect().secret
    owner.switch("account-refused")
    owner.handed_over = []
    outcome = owner.prove(secret)

    assert isinstance(outcome, Accepted)
    assert outcome.complete
    assert owner.handed_over is not None
    assert 2 == len(owner.handed_over)


def test_statements_that_cannot_be_read_are_not_stored_in_parts(owner: ProviderBench) -> None:
    """The next sync tells of it, if it is still so."""
    secret = owner.connect().secret
    owner.switch("bad-statement")
    owner.handed_over = []
    outcome = owner.prove(secret)

    assert isinstance(outcome, Accepted)
    assert [] == owner.handed_over


def test_a_dialog_without_time_left_goes_on_in_the_next_run(
    owner: ProviderBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked for anything in between; no TAN is asked for twice."""
    secret = owner.connect().secret
    monkeypatch.setattr(history, "SPARE_SECONDS", 1_000)
    paused = begin(owner, secret)

    assert isinstance(paused, WaitForApp)
    assert "" == paused.prompt
    monkeypatch.undo()
    outcome = owner._confirmed(paused, secret)
    assert isinstance(outcome, Accepted)
    assert owner.handed_over is not None
    assert 3 == len(owner.handed_over)


def test_without_a_stored_pin_there_is_nothing_to_log_in_with(owner: ProviderBench) -> None:
    """No bank is called."""
    before = owner.calls()
    told: list[SyncResult] = []
    login = Login({}, owner.kept.append, history=told.append)
    outcome = owner.adapter.authenticate(owner.connection, login, owner.clock())

    assert isinstance(outcome, Rejected)
    assert (before, []) == (owner.calls(), told)

"""An access that the bank has given and that is not kept is ended, and first syncs have an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import PATIENCE, State
from relink.clock import DAY
from relink.failures import Temporary
from relink.provider import Accepted, Secret, SyncResult
from relink.reasons import Reason, Status
from relink.writes import Conflict
from sync.attempts.history import AT_MOST
from sync.visits.claiming import LEASE
from tests.fakes import NOON, account
from tests.integration.sync import histories as history
from tests.integration.sync.attempting import (
    ACCEPTED,
    Killed,
    die_in,
    go_on,
    red,
    stored,
    submit,
)
from tests.integration.sync.in_between import overtake, while_the_bank_thinks

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

OTHER = Accepted(Secret(b"another's"), (account("Current", "2"),))
DOWN = Temporary(Reason.PROVIDER_UNAVAILABLE)


def test_an_access_to_other_accounts_is_ended(bench: Bench) -> None:
    """Nobody would know of it any more."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(OTHER)

    assert State.REJECTED is go_on(bench)
    assert ([b"another's"], 1) == (bench.provider.ended, bench.now().credentials_version)


def test_the_access_that_we_have_is_not_ended_under_another_name(bench: Bench) -> None:
    """It was renewed in place: it is all that the connection has."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(OTHER)

    assert State.REJECTED is go_on(bench)
    assert [] == bench.provider.ended


@pytest.mark.parametrize("error", [DOWN, ValueError("a bug"), ConnectionError("AWS")])
def test_an_access_that_cannot_be_ended_fails_nothing(bench: Bench, error: Exception) -> None:
    """The owner reads the same."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(OTHER)
    bench.provider.ends.append(error)

    assert State.REJECTED is go_on(bench)
    assert "other accounts" in stored(bench).messages[""]


def test_an_access_that_comes_too_late_is_ended(bench: Bench) -> None:
    """Another attempt is the live one: this one's yes replaces nothing."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    while_the_bank_thinks(bench, lambda: overtake(bench), ACCEPTED)
    with pytest.raises(Conflict):
        go_on(bench)

    assert ([b"the new password"], 1) == (bench.provider.ended, bench.now().credentials_version)


def test_a_narrower_access_does_not_replace_a_wider_one(bench: Bench) -> None:
    """Old movements of one account are not worth the sync of another."""
    bench.provider.history_by_login = bench.provider.separate = True
    before = history.well(bench)
    both = SyncResult((account(), account("Savings", "2")))
    bench.ledger.store("con_1", both, NOON - 3600)

    assert State.REJECTED is history.ask(bench, history.NEW)
    history.as_it_was(bench, before)
    assert ("access_not_granted", [b"the new access"]) == (
        stored(bench).reason,
        bench.provider.ended,
    )


def test_an_account_that_was_closed_is_not_missed_in_a_new_access(bench: Bench) -> None:
    """The access that we have does not show it any more either."""
    bench.provider.history_by_login = bench.provider.separate = True
    before = history.well(bench)
    both = SyncResult((account(), account("Savings", "2")))
    bench.ledger.store("con_1", both, NOON - 30 * DAY)
    bench.ledger.store("con_1", SyncResult((account(),)), NOON - DAY)

    assert State.DONE is history.ask(bench, history.NEW)
    assert before.credentials_version + 1 == bench.now().credentials_version


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.ORANGE, "reason": Reason.DATA_PENDING},
        {"troubles": {"2": Reason.ACTION_AT_BANK.value}},
    ],
)
def test_an_account_that_is_only_in_trouble_is_missed(bench: Bench, facts: dict[str, Any]) -> None:
    """What the last sync could not read may well be there: it is not given up for old movements."""
    bench.provider.history_by_login = bench.provider.separate = True
    both = SyncResult((account(), account("Savings", "2")))
    ids = bench.ledger.store("con_1", both, NOON - 30 * DAY)
    if "troubles" in facts:
        facts = {"troubles": {ids["2"]: facts["troubles"]["2"]}}
    history.well(bench, **facts)

    assert State.REJECTED is history.ask(bench, history.NEW)


def test_a_history_has_an_end_also_if_its_runs_die(bench: Bench) -> None:
    """An hour after it was asked for, the bank is not called for it any more."""
    history.well(bench)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        history.ask(bench)
    bench.clock.advance(AT_MOST)

    assert State.INTERRUPTED is history.look(bench, "next")
    assert ([], "", 0) == (bench.provider.calls, bench.now().lease, bench.now().live_until)


@pytest.mark.parametrize(("waited", "calls"), [(LEASE, 1), (PATIENCE, 0)])
def test_a_first_sync_is_left_to_the_schedule_once_its_owner_has_left(
    bench: Bench, waited: int, calls: int
) -> None:
    """Nobody is there any more in whose name the bank could be called uncounted (law 5)."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        go_on(bench, run="killed")
    bench.clock.advance(waited)

    assert State.DONE is go_on(bench)
    assert calls == len(bench.provider.calls)
    bench.sync(9)
    now = bench.now()
    assert (Status.GREEN, now.home_slot, NOON + waited) == (now.status, now.slot, now.calls[0])


def test_every_call_for_old_movements_is_a_call(bench: Bench) -> None:
    """The pause between two calls is kept after it, too."""
    before: Any = history.well(bench)
    history.ask(bench)

    assert (NOON - 3600, NOON) == (before.last_attempt_at, bench.now().last_attempt_at)
    assert before.tries == bench.now().tries


def test_a_first_sync_is_made_also_where_the_owner_has_paused_the_schedule(bench: Bench) -> None:
    """The colour says that it follows; after it the schedule leaves his bank alone again."""
    red(bench, auto_sync=False)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    down = Temporary(Reason.BANK_UNAVAILABLE)
    bench.provider.syncs.appendleft(down)
    go_on(bench)
    assert (Status.ORANGE, bench.now().home_slot) == (bench.now().status, bench.now().slot)

    bench.clock.advance(6 * 3600)
    bench.sync(9)
    now = bench.now()
    assert (Status.GREEN, False, None, None) == (
        now.status,
        now.auto_sync,
        now.slot,
        now.accepted_at,
    )
    bench.clock.advance(6 * 3600)
    bench.sync(10)
    assert 2 == len(bench.provider.calls)

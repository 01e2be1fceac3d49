"""All that a bank has: an attempt that leaves the connection as it was unless it learns a fact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.attempt import Kind, State
from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.sync.attempting import stored
from tests.integration.sync.histories import (
    as_it_was,
    ask,
    movement,
    page,
    play,
    stored_movements,
    well,
)

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_everything_is_fetched_from_the_beginning(bench: Bench) -> None:
    """No cursor, no day to begin with; what was there is there once; the cursor stays."""
    well(bench, status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    play(bench, page(movement(400, "old"), cursor="h1", more=True), page(movement(1, "new")))

    assert State.DONE is ask(bench)
    first, second = bench.provider.calls
    assert ("", None, True) == (first.cursor, first.since, first.history)
    assert "h1" == second.cursor
    assert ["new", "old"] == stored_movements(bench)
    assert "delta" == bench.ledger.cursor("con_1")
    now = bench.now()
    assert (Status.GREEN, NOON, "", 1) == (
        now.status,
        now.last_success_at,
        now.digest,
        now.credentials_version,
    )
    assert (1, Kind.HISTORICAL) == (stored(bench).accounts, stored(bench).kind)
    assert "" == bench.ledger.cursor("con_1", "history#att_1")


def test_trouble_that_passes_leaves_all_as_it_was(bench: Bench) -> None:
    """Old movements that could not be fetched are no reason to call a connection unwell."""
    before = well(bench)
    play(bench, Temporary(Reason.BANK_UNAVAILABLE, provider_text="Closed"))

    assert State.UNAVAILABLE is ask(bench)
    as_it_was(bench, before)
    assert ("bank_unavailable", "Closed") == (stored(bench).reason, stored(bench).provider_text)


def test_a_limit_is_kept_to_by_whoever_comes_next(bench: Bench) -> None:
    """It is the bank's word, not a colour."""
    well(bench)
    play(bench, Temporary(Reason.RATE_LIMITED, retry_at=NOON + 600))
    ask(bench)

    assert (Status.GREEN, NOON + 600) == (bench.now().status, bench.now().rate_limited_until)


def test_an_access_that_the_bank_has_ended_is_red_now(bench: Bench) -> None:
    """A fact that any sync would have met; it would meet it tonight."""
    well(bench)
    play(bench, NeedsOwner(Reason.CONSENT_REVOKED))

    assert State.REJECTED is ask(bench)
    assert (Status.RED, Reason.CONSENT_REVOKED) == (bench.now().status, bench.now().reason)


def test_a_proof_that_old_movements_take_is_no_fact_of_the_connection(bench: Bench) -> None:
    """The bank wants its owner for what is old alone: what is new goes on without him."""
    before = well(bench)
    play(bench, NeedsOwner(Reason.SCA_REQUIRED))

    assert State.REJECTED is ask(bench)
    as_it_was(bench, before)


def test_an_account_refused_for_its_old_movements_is_not_in_trouble(bench: Bench) -> None:
    """What single accounts lack is as it was."""
    well(bench)
    error = NeedsOwner(Reason.ACCESS_NOT_GRANTED)
    play(bench, replace(page(movement(400, "old")), account_errors={"1": error}))

    assert State.DONE is ask(bench)
    assert ({}, None) == (bench.now().troubles, bench.now().accounts_red_since)

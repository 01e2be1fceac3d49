"""The login that old movements take: what it changes, and what not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.clock import DAY
from relink.failures import NeedsOwner, Temporary
from relink.provider import Ask, Field, Rejected, Secret
from relink.reasons import Reason, Status
from tests.fakes import BANK, NOON
from tests.integration.sync.histories import (
    DIRECT,
    NEW,
    as_it_was,
    ask,
    look,
    movement,
    page,
    play,
    stored_movements,
    told_within,
    well,
)

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

CODE = Ask((Field("code", "Code", "otp", transient=True),), "Enter the code", b"dialog")


def test_a_new_access_takes_the_old_ones_place_without_a_flicker(bench: Bench) -> None:
    """Where the bank wants its owner: green before, green after, and the old access ended last."""
    bench.provider.history_by_login = bench.provider.separate = True
    well(bench)
    play(bench, page(movement(400, "old")))

    assert State.DONE is ask(bench, NEW)
    now = bench.now()
    assert (Status.GREEN, 2, NOON + 90 * DAY, True) == (
        now.status,
        now.credentials_version,
        now.consent_expires_at,
        now.retired,
    )
    [login], [call] = bench.provider.seen, bench.provider.calls
    assert ({}, Secret(b"the old password")) == (login.answers, login.secret)
    assert (Secret(b"the new access"), True) == (call.secret, call.history)
    assert ([], 1) == (bench.provider.ended, bench.queued(bench.attempt_queue_url))


def test_a_new_access_that_fetches_nothing_yet_leaves_the_colour(bench: Bench) -> None:
    """It is as good as the old one, which is not ended before it has worked."""
    bench.provider.history_by_login = bench.provider.separate = True
    well(bench)
    play(bench, Temporary(Reason.BANK_UNAVAILABLE))

    assert State.UNAVAILABLE is ask(bench, NEW)
    now = bench.now()
    assert (Status.GREEN, 2, NOON) == (now.status, now.credentials_version, now.accepted_at)
    assert ([], 0) == (bench.provider.ended, bench.queued(bench.attempt_queue_url))


def test_what_is_told_within_the_login_is_stored_and_nothing_is_asked_again(bench: Bench) -> None:
    """The credentials are those that we have; there is nothing to swap and nothing to sync."""
    before = well(bench, digest="d" * 24)
    told_within(bench, page(movement(400, "old")), page(movement(300, "older")))

    assert State.DONE is ask(bench)
    as_it_was(bench, before)
    assert ("", []) == (bench.now().digest, bench.provider.calls)
    assert ["new", "old", "older"] == stored_movements(bench)


def test_a_challenge_changes_nothing(bench: Bench) -> None:
    """Its owner may take his time, or never answer."""
    bench.provider.history_by_login = True
    before = well(bench, bank=DIRECT)

    assert State.ASKING is ask(bench, CODE)
    assert before.status is bench.now().status
    assert 0 == bench.now().runs
    bench.clock.advance(700)
    assert State.EXPIRED is look(bench)
    as_it_was(bench, before)


@pytest.mark.parametrize(
    "no",
    [
        Rejected({"code": "Wrong"}, Reason.SCA_REQUIRED),
        Rejected({"": "No"}, Reason.ACCESS_NOT_GRANTED),
        NeedsOwner(Reason.ACTION_AT_BANK),
        Temporary(Reason.BANK_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("bank", [BANK, DIRECT])
def test_a_no_to_old_movements_changes_nothing(bench: Bench, no: Any, bank: Any) -> None:
    """It says nothing of the access by which the schedule syncs."""
    bench.provider.history_by_login = True
    before = well(bench, bank=bank)

    assert ask(bench, no) in {State.REJECTED, State.UNAVAILABLE}
    as_it_was(bench, before)


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS_REJECTED, Reason.ACCESS_LOCKED])
def test_a_stored_password_that_the_bank_refuses_is_red_at_once(
    bench: Bench, reason: Reason
) -> None:
    """Law 4: left green, the schedule would send it again, and the third time locks the access."""
    bench.provider.history_by_login = True
    well(bench, bank=DIRECT)

    assert State.REJECTED is ask(bench, Rejected({"pin": "No"}, reason))
    now = bench.now()
    assert (Status.RED, reason, NOON, None) == (now.status, now.reason, now.red_since, now.slot)
    assert (0, "", 0) == (now.runs, now.lease, now.live_until)


def test_words_that_were_typed_are_not_the_stored_password(bench: Bench) -> None:
    """A bank that does not know a customer number has not refused the consent that we have."""
    bench.provider.history_by_login = True
    before = well(bench)

    assert State.REJECTED is ask(bench, Rejected({"": "No"}, Reason.CREDENTIALS_REJECTED))
    as_it_was(bench, before)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "red_since": NOON - 60},
        {"credentials_version": 0},
        {"bank": DIRECT, "runs": 2},
    ],
)
def test_without_an_access_that_works_nothing_begins(bench: Bench, facts: dict[str, Any]) -> None:
    """The page says why; the bank is not called."""
    well(bench, **facts)

    assert State.UNAVAILABLE is ask(bench, NEW)
    assert ([], []) == (bench.provider.seen, bench.provider.calls)

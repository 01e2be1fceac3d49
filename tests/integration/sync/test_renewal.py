"""An owner renews a connection that is well: whatever comes of it, it is no worse off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State, submitted
from relink.clock import DAY
from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.provider import Accepted, Ask, Field, Redirect, Rejected, Secret, SyncResult
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from relink.schedule import SLOTS
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Outcome
    from tests.integration.sync.conftest import Bench

ENDS = NOON + 7 * DAY
OWNERS_OWN: dict[str, Any] = {"live_attempt": "", "live_until": 0, "tries": (0, 0, 0)}
"""What an attempt may leave behind: that there was one."""
CODE = Field("code", "Code", "otp", transient=True)


def well(bench: Bench) -> Connection:
    """Store a green connection whose consent ends in a week, and whose account is known."""
    made = bench.add(
        consent_expires_at=ENDS,
        notice_day="2026-01-01",
        last_success_at=NOON - 3600,
        last_attempt_at=NOON - 3600,
        digest="d" * 32,
    )
    bench.ledger.store("con_1", SyncResult(accounts=(account(),)), NOON - 3600)
    return made


def renew(bench: Bench, *outcomes: Outcome | Exception) -> State | None:
    """Let the owner submit the renewal's form, and the bank answer; return how it stands."""
    before = bench.now()
    sealed = bench.intake.seal({"password": "s3cret"}, before, "att_1")
    attempt = submitted(before, "att_1", sealed, {}, bench.clock())
    after = replace(before, live_attempt="att_1", live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))
    bench.provider.logins += outcomes
    return look(bench)


def look(bench: Bench, run: str = "run") -> State | None:
    """Deliver the attempt's message."""
    return bench.worker.verifier.go_on("att_1", run, DEADLINE)


def as_it_was(bench: Bench, before: Connection) -> None:
    """Assert that colour, reason, schedule, expiry and credentials are what they were."""
    now = bench.now()
    kept = bench.vault.read(now)

    assert replace(before, **OWNERS_OWN) == replace(now, **OWNERS_OWN)
    assert now.live_until <= bench.clock()
    assert kept is not None
    assert Secret(b"the old password") == bench.vault.open(now, kept.box)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Rejected({"password": "Wrong password."}), State.REJECTED),
        (NeedsOwner(Reason.ACCESS_LOCKED, provider_text="Locked"), State.REJECTED),
        (NeedsOwner(Reason.CONSENT_EXPIRED), State.REJECTED),
        (Accepted(Secret(b"new"), (account("Current", "2"),), ENDS + 90 * DAY), State.REJECTED),
        (Temporary(Reason.NOT_REACHED, reached=False), State.UNAVAILABLE),
        (Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER), State.UNAVAILABLE),
        (Misconfigured(Reason.MISCONFIGURED), State.UNAVAILABLE),
        (RuntimeError("a fault of ours"), State.UNAVAILABLE),
    ],
)
def test_a_renewal_that_fails_changes_nothing(
    bench: Bench,
    outcome: Outcome | Exception,
    state: State,
) -> None:
    """Law 1 and 7: the old consent lasts; what the owner tried to give is not what we use."""
    before = well(bench)

    assert state is renew(bench, outcome)
    as_it_was(bench, before)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Redirect("https://bank.example/consent", b"dialog"), State.REDIRECTING),
        (Ask((CODE,), "Enter the code", b"dialog"), State.ASKING),
    ],
)
def test_a_renewal_that_is_abandoned_changes_nothing(
    bench: Bench,
    outcome: Outcome,
    state: State,
) -> None:
    """The owner closes the page at his bank's door: his attempt runs out, his bank goes on."""
    before = well(bench)

    assert state is renew(bench, outcome)
    bench.clock.advance(3600)
    assert State.EXPIRED is look(bench, "later")
    as_it_was(bench, before)


def test_a_renewal_that_nobody_looked_at_again_does_not_stop_the_schedule(bench: Bench) -> None:
    """Its time is over by itself, without a message that says so."""
    well(bench)
    renew(bench, Redirect("https://bank.example/consent", b"dialog"))
    bench.clock.advance(3600)

    assert [] == bench.sync(bench.clock() // 60 // SLOTS)
    assert (Status.GREEN, NOON + 3600) == (bench.now().status, bench.now().last_success_at)
    assert [Secret(b"the old password")] == [call.secret for call in bench.provider.calls]


def test_a_renewal_that_the_bank_grants_moves_the_end(bench: Bench) -> None:
    """Green before and after; the next warning belongs to the new end."""
    before = well(bench)
    later = ENDS + 90 * DAY

    assert State.DONE is renew(bench, Accepted(Secret(b"new"), (account(),), later))
    now = bench.now()
    assert (Status.GREEN, 2, later, "2026-03-25") == (
        now.status,
        now.credentials_version,
        now.consent_expires_at,
        now.notice_day,
    )
    assert (before.slot, before.calls) == (now.slot, now.calls)

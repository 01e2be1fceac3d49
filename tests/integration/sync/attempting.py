"""An owner's attempt, begun as the HTTP side does, and its messages delivered one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.attempt import Attempt, State, submitted
from relink.provider import Accepted, Secret, SyncResult
from relink.reasons import Reason, Status
from relink.repository import change
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.sync.conftest import Bench

DAY = 86_400
ACCEPTED = Accepted(Secret(b"the new password"), (account(),), NOON + 90 * DAY)


class Killed(BaseException):
    """The process ends here, as if its power were cut."""


def die_in(bench: Bench, method: str) -> None:
    """Let the process end inside the bank's next call of that name, once."""
    real = getattr(bench.provider, method)

    def die(*_: object) -> None:
        setattr(bench.provider, method, real)
        raise Killed

    setattr(bench.provider, method, die)


def red(bench: Bench, **facts: Any) -> Connection:
    """Store a red connection whose account is known."""
    made = bench.add(
        status=Status.RED,
        reason=Reason.CONSENT_EXPIRED,
        red_since=NOON - 3600,
        last_success_at=NOON - DAY,
        **facts,
    )
    bench.ledger.store("con_1", SyncResult(accounts=(account(),)), NOON - DAY)
    return made


def submit(bench: Bench, attempt_id: str = "att_1") -> Attempt:
    """Store an attempt as the HTTP side does."""
    before = bench.now()
    sealed = bench.intake.seal({"password": "s3cret"}, before, attempt_id)
    attempt = submitted(before, attempt_id, sealed, {}, bench.clock())
    after = replace(before, live_attempt=attempt_id, live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))
    return attempt


def go_on(bench: Bench, attempt_id: str = "att_1", run: str = "run") -> State | None:
    """Deliver the attempt's message once."""
    return bench.worker.verifier.go_on(attempt_id, run, DEADLINE)


def stored(bench: Bench, attempt_id: str = "att_1") -> Attempt:
    """Return the attempt as it is stored now."""
    found = bench.attempts.get(attempt_id)
    assert found is not None
    return found

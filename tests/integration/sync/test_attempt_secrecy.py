"""What an owner enters, and what his bank gives for it: shown by nothing that the worker holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.attempt import State, submitted
from relink.entered import Entered
from relink.provider import Accepted, Ask, Field, Rejected, Secret
from relink.reasons import Reason, Status
from relink.repository import change
from tests.fakes import NOON, account
from tests.watching import watched

if TYPE_CHECKING:
    import io

    from relink.attempt import Attempt
    from tests.integration.sync.conftest import Bench

PASSWORD, CODE, ACCESS, STANDING = "canary-word", "canary-code", "canary-access", "canary-standing"
DEADLINE = 10**10
TAN = Field("code", "TAN", "otp")


@pytest.mark.parametrize(
    "ending",
    [
        Accepted(Secret(ACCESS.encode()), (account(),)),
        Rejected({"code": "Wrong."}),
        RuntimeError(f"{PASSWORD} {CODE} {ACCESS}"),
    ],
    ids=lambda ending: type(ending).__name__,
)
def test_nothing_that_the_worker_holds_shows_what_was_entered(
    bench: Bench, log: io.StringIO, ending: Accepted | Rejected | Exception
) -> None:
    """From the seal to the bank and from the bank into the vault, whatever comes of it."""
    bench.add(status=Status.RED, reason=Reason.CONSENT_EXPIRED, red_since=NOON - 3600)
    bench.provider.logins.extend([Ask((TAN,), "TAN?", STANDING.encode()), ending])
    with watched() as watch:
        submit(bench)
        assert State.ASKING is go_on(bench)
        answer(bench)
        go_on(bench)
    entered = [dict(login.answers) for login in bench.provider.seen]

    assert [{"password": PASSWORD}, {"code": CODE}] == entered
    assert {"Login", "Entered", "Secret", "Attempt", "Ask"} <= watch.kinds
    secrets = (PASSWORD, CODE, ACCESS, STANDING)
    assert [] == watch.shows(*secrets)
    assert [] == watch.keeps(PASSWORD, CODE, ACCESS)
    assert not [each for each in secrets if each in log.getvalue()]


def test_what_was_entered_is_neither_shown_nor_pickled() -> None:
    """It is a mapping in every other way."""
    entered = Entered({"pin": PASSWORD})

    assert PASSWORD == entered["pin"]
    assert {"pin": PASSWORD} == dict(entered)
    assert Entered({"pin": "other"}) != entered
    for shown in (repr(entered), str(entered), f"{entered}", repr([entered]), repr({1: entered})):
        assert PASSWORD not in shown
        assert "pin" not in shown
    with pytest.raises(TypeError) as raised:
        entered.__reduce__()
    assert PASSWORD not in repr(raised.value)
    with pytest.raises(KeyError, match="password"):
        entered["password"]


def submit(bench: Bench) -> None:
    """Store an attempt as the HTTP side does."""
    before = bench.now()
    sealed = bench.intake.seal(Entered({"password": PASSWORD}), before, "att_1")
    attempt = submitted(before, "att_1", sealed, {}, bench.clock())
    after = replace(before, live_attempt="att_1", live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))


def answer(bench: Bench) -> None:
    """Answer the challenge as the HTTP side does."""
    before = stored(bench)
    sealed = bench.intake.seal(Entered({"code": CODE}), bench.now(), "att_1")
    bench.attempts.advance(before, replace(before, state=State.ANSWERED, answers=sealed))


def go_on(bench: Bench) -> State | None:
    """Deliver the attempt's message once."""
    return bench.worker.verifier.go_on("att_1", "run", DEADLINE)


def stored(bench: Bench) -> Attempt:
    """Return the attempt as it is stored now."""
    found = bench.attempts.get("att_1")
    assert found is not None
    return found

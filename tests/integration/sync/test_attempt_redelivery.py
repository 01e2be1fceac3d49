"""What an attempt's message does when it comes again after a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.attempt import State
from relink.failures import Temporary
from relink.provider import Ask, Field
from relink.reasons import Reason, Status
from sync.visits.visit import Busy
from tests.integration.sync.attempting import ACCEPTED, Killed, die_in, go_on, red, stored, submit

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench


def test_a_redelivered_password_is_never_sent_again(bench: Bench) -> None:
    """Law 12: a crash during the call ends the attempt as interrupted; the try counts."""
    red(bench)
    submit(bench)

    die_in(bench, "authenticate")
    with pytest.raises(Killed):
        go_on(bench)
    assert None is stored(bench).answers
    with pytest.raises(Busy):
        go_on(bench, run="again")
    bench.clock.advance(200)

    assert State.INTERRUPTED is go_on(bench, run="again")
    assert 2 == bench.now().tries_left(bench.clock())
    assert "" == bench.now().lease


def test_a_spent_token_is_gone_on_with_from_what_was_kept(bench: Bench) -> None:
    """Law 12: a one-time exchange that was kept is not made again, and not lost either."""
    red(bench)
    submit(bench)
    answers = []

    def authenticate(_: Connection, login: Login, __: int) -> Outcome:
        answers.append((dict(login.answers), login.continuation))
        if login.continuation is None:
            login.keep(b"the exchanged token")
            raise Temporary(Reason.BANK_UNAVAILABLE)
        return ACCEPTED

    bench.provider.authenticate = authenticate  # type: ignore[method-assign,assignment]

    assert State.WAITING is go_on(bench)
    bench.clock.advance(15)
    assert State.DONE is go_on(bench)
    assert [({"password": "s3cret"}, None), ({}, b"the exchanged token")] == answers


def test_a_crash_with_a_code_in_flight_does_not_send_it_again(bench: Bench) -> None:
    """A code is spent even if its answer was lost."""
    red(bench)
    submit(bench)
    bench.provider.logins += [Ask((Field("code", "Code", "otp"),), "", b"dialog")]
    go_on(bench)
    asking = stored(bench)
    sealed = bench.intake.seal({"code": "123456"}, bench.now(), "att_1")
    answered = replace(asking, state=State.ANSWERED, answers=sealed)
    bench.attempts.advance(asking, answered)
    die_in(bench, "authenticate")
    with pytest.raises(Killed):
        go_on(bench, run="killed")
    bench.clock.advance(200)

    assert State.INTERRUPTED is go_on(bench)
    assert 1 == len(bench.provider.seen)


def test_a_crash_after_the_swap_goes_on_with_the_first_sync(bench: Bench) -> None:
    """The new credentials are in place: only the sync is made again."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        go_on(bench, run="killed")
    bench.clock.advance(200)

    assert State.DONE is go_on(bench)
    assert (Status.GREEN, 2) == (bench.now().status, bench.now().credentials_version)
    assert 1 == len(bench.provider.seen)

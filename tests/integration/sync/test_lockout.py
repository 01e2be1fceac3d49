"""What the lock-out guard counts, whoever asks for the password and whenever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.attempt import Kind, State, submitted
from relink.connection import Method
from relink.failures import NeedsOwner, Temporary
from relink.provider import Accepted, Ask, Field, Rejected, Secret
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from tests.fakes import BANK, NOON, account
from tests.integration.sync.attempting import ACCEPTED, go_on, red, stored, submit

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

PASSWORD = Ask((Field("password", "Password", "password"),), "Your password", b"dialog")
CODE = Ask((Field("pin", "Code", "password", transient=True),), "Enter the code", b"dialog")
CHOICE = Ask((Field("way", "Way", "select", choices=(("1", "SMS"),)),), "Which?", b"dialog")
NO = Rejected({"password": "Wrong password."})


def begin(bench: Bench, attempt_id: str = "att_1", kind: Kind = Kind.RECONNECT) -> None:
    """Store an attempt whose form is empty, as that of a bank that is not in the catalogue."""
    before = bench.now()
    sealed = bench.intake.seal({}, before, attempt_id)
    attempt = submitted(before, attempt_id, sealed, {}, bench.clock(), kind=kind)
    after = replace(before, live_attempt=attempt_id, live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))


def answer(bench: Bench, attempt_id: str = "att_1") -> None:
    """Store the answer to the challenge that stands."""
    asking = stored(bench, attempt_id)
    sealed = bench.intake.seal({str(asking.fields[0]["name"]): "s3cret"}, bench.now(), attempt_id)
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))


def left(bench: Bench) -> int:
    """Return how many tries the guard leaves."""
    return bench.now().tries_left(bench.clock())


def test_a_password_that_is_asked_for_later_is_a_try(bench: Bench) -> None:
    """The bank counts it all the same."""
    red(bench)
    begin(bench)
    bench.provider.logins += [PASSWORD, NO]

    assert State.ASKING is go_on(bench)
    assert 3 == left(bench)
    answer(bench)
    assert State.REJECTED is go_on(bench)
    assert (2, 2) == (left(bench), stored(bench).tries_left)


def test_the_fourth_password_that_is_asked_for_later_is_refused(bench: Bench) -> None:
    """It does not leave for the bank."""
    red(bench)
    bench.provider.logins += [PASSWORD, NO] * 3
    for number in range(3):
        begin(bench, f"att_{number}")
        go_on(bench, f"att_{number}")
        answer(bench, f"att_{number}")
        go_on(bench, f"att_{number}")
        bench.clock.advance(60)
    begin(bench, "att_3")

    assert State.REFUSED is go_on(bench, "att_3")
    assert 6 == len(bench.provider.seen)


def test_the_guard_is_asked_again_when_the_password_comes(bench: Bench) -> None:
    """Others may have used up the day's tries while this attempt waited for its owner."""
    red(bench)
    begin(bench)
    bench.provider.logins.append(PASSWORD)
    go_on(bench)
    answer(bench)
    before = bench.now()
    spent = replace(before, tries=(NOON - 10, NOON - 20, NOON - 30))
    bench.connections.save(before, spent, expect=("lease",))

    assert State.REFUSED is go_on(bench)
    assert 1 == len(bench.provider.seen)


def test_each_password_of_an_attempt_is_a_try(bench: Bench) -> None:
    """A bank that wants it again may have been told a wrong one; the fourth does not leave."""
    red(bench)
    begin(bench)
    bench.provider.logins += [PASSWORD] * 4
    states = []
    for _ in range(5):
        states.append(go_on(bench))
        if states[-1] is State.ASKING:
            bench.clock.advance(5)
            answer(bench)

    assert [State.ASKING] * 4 == states[:4]
    assert (State.REFUSED, 0, 4) == (states[4], left(bench), len(bench.provider.seen))


def test_a_password_of_the_form_is_one_of_them(bench: Bench) -> None:
    """The next one that it is asked for is another; one that did not reach the bank is none."""
    red(bench)
    submit(bench)
    unreached = Temporary(Reason.NOT_REACHED, reached=False)
    bench.provider.logins += [PASSWORD, PASSWORD, unreached]
    lefts = []
    for _ in range(2):
        go_on(bench)
        lefts.append(left(bench))
        bench.clock.advance(5)
        answer(bench)

    assert (State.UNAVAILABLE, [2, 1]) == (go_on(bench), lefts)
    assert 1 == left(bench)


@pytest.mark.parametrize("asked", [CODE, CHOICE])
def test_a_code_or_a_choice_is_no_try(bench: Bench, asked: Ask) -> None:
    """Three wrong ones are another matter of the bank's."""
    red(bench)
    begin(bench)
    bench.provider.logins += [asked, Rejected({"": "No"}, Reason.SCA_REQUIRED)]
    go_on(bench)
    answer(bench)

    assert State.REJECTED is go_on(bench)
    assert 3 == left(bench)


def test_a_password_that_did_not_reach_the_bank_is_no_try(bench: Bench) -> None:
    """The try is given back."""
    red(bench)
    begin(bench)
    bench.provider.logins += [PASSWORD, Temporary(Reason.NOT_REACHED, reached=False)]
    go_on(bench)
    answer(bench)

    assert State.UNAVAILABLE is go_on(bench)
    assert 3 == left(bench)


def direct(bench: Bench) -> None:
    """Store a green connection whose stored password old movements take."""
    bench.provider.history_by_login = True
    bench.add(bank=replace(BANK, method=Method.DIRECT), last_attempt_at=NOON - 3600)


@pytest.mark.parametrize(
    "no", [Rejected({"": "No"}, Reason.SCA_REQUIRED), NeedsOwner(Reason.ACTION_AT_BANK)]
)
def test_a_login_for_old_movements_is_a_try_and_a_call(bench: Bench, no: Rejected) -> None:
    """The stored password goes to the bank, which may count what follows against it."""
    direct(bench)
    begin(bench, kind=Kind.HISTORICAL)
    bench.provider.logins.append(no)

    assert State.REJECTED is go_on(bench)
    assert (2, NOON) == (left(bench), bench.now().last_attempt_at)


def test_a_login_for_old_movements_that_succeeds_gives_its_try_back(bench: Bench) -> None:
    """Also after a challenge; an older try stays."""
    direct(bench)
    before = bench.now()
    bench.connections.save(before, replace(before, tries=(NOON - 60, 0, 0)), expect=("lease",))
    begin(bench, kind=Kind.HISTORICAL)
    done = Accepted(Secret(b"the old password"), (account(),), complete=True)
    bench.provider.logins += [CODE, done]

    assert State.ASKING is go_on(bench)
    assert 1 == left(bench)
    answer(bench)
    assert State.DONE is go_on(bench)
    assert (NOON - 60, 0, 0) == bench.now().tries


def test_a_login_for_old_movements_waits_for_the_guard(bench: Bench) -> None:
    """As any other try."""
    direct(bench)
    before = bench.now()
    bench.connections.save(before, replace(before, tries=(NOON - 60,) * 3), expect=("lease",))
    begin(bench, kind=Kind.HISTORICAL)
    bench.provider.logins.append(ACCEPTED)

    assert State.REFUSED is go_on(bench)
    assert [] == bench.provider.seen


@pytest.mark.parametrize(
    ("method", "reason", "expected"),
    [
        (Method.DIRECT, Reason.CREDENTIALS_REJECTED, 2),
        (Method.DIRECT, Reason.SCA_REQUIRED, 3),
        (Method.CONSENT, Reason.CREDENTIALS_REJECTED, 3),
    ],
)
def test_a_stored_password_that_the_bank_refuses_is_a_try(
    bench: Bench, method: Method, reason: Reason, expected: int
) -> None:
    """The schedule has told the bank a wrong one: two are left for its owner until it locks."""
    bench.add(bank=replace(BANK, method=method))
    bench.provider.syncs[0] = NeedsOwner(reason, scope=Scope.CONNECTION)
    bench.sync(1)

    assert (Status.RED, expected) == (bench.now().status, left(bench))

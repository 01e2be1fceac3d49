"""An owner's attempt: verify, then swap, then sync."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.attempt import State, ended
from relink.failures import NeedsOwner, Temporary
from relink.provider import Accepted, Ask, Field, Rejected, Secret, WaitForApp
from relink.queues import AttemptMessage, to_body
from relink.reasons import Reason, Status
from tests.fakes import NOON, account
from tests.integration.sync.attempting import ACCEPTED, DAY, go_on, red, stored, submit
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_accepted_credentials_are_swapped_and_synced_to_green(bench: Bench) -> None:
    """Law 6 and 7: the bank's yes, the swap, the sync, then green."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    now = bench.now()
    assert (Status.GREEN, 2, None, 0) == (
        now.status,
        now.credentials_version,
        now.red_since,
        now.live_until,
    )
    assert {"password": "s3cret"} == bench.provider.seen[0].answers
    assert Secret(b"the new password") == bench.provider.calls[0].secret
    assert (1, NOON - DAY) == (stored(bench).accounts, stored(bench).back_filled_from)
    assert now.slot == now.home_slot


def test_the_first_sync_after_a_reconnect_is_not_taken_from_the_days_four(bench: Bench) -> None:
    """Law 5: the owner is present; his sync is not counted."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)

    assert (0, 0, 0, 0) == bench.now().calls


def test_rejected_credentials_leave_the_old_ones_untouched(bench: Bench) -> None:
    """Law 7: the old ones stay until the bank has accepted new ones; the try counts."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(Rejected({"password": "Wrong password."}))

    assert State.REJECTED is go_on(bench)
    now, attempt = bench.now(), stored(bench)
    assert (Status.RED, 1, "", 0) == (
        now.status,
        now.credentials_version,
        now.lease,
        now.live_until,
    )
    assert ({"password": "Wrong password."}, 2) == (attempt.messages, attempt.tries_left)
    kept = bench.vault.read(now)
    assert kept is not None
    assert Secret(b"the old password") == bench.vault.open(now, kept.box)


def test_a_login_that_shows_other_accounts_is_refused(bench: Bench) -> None:
    """Law 7: nothing is attached by position or likeness of name."""
    red(bench)
    submit(bench)
    other = (account("Current", "2"),)
    bench.provider.logins.append(Accepted(Secret(b"another's"), other))

    assert State.REJECTED is go_on(bench)
    assert (Status.RED, 1) == (bench.now().status, bench.now().credentials_version)


def test_a_bank_that_does_not_answer_ends_the_attempt_without_a_verdict(bench: Bench) -> None:
    """An unreachable bank judges nothing: the try is given back, red stays red."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(Temporary(Reason.NOT_REACHED, reached=False))

    assert State.UNAVAILABLE is go_on(bench)
    assert (Status.RED, 3) == (bench.now().status, bench.now().tries_left(NOON))


def test_a_locked_access_is_told_as_the_bank_told_it(bench: Bench) -> None:
    """What only the owner can mend at the bank ends the attempt with its reason."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(NeedsOwner(Reason.ACCESS_LOCKED, provider_text="Gesperrt"))

    assert State.REJECTED is go_on(bench)
    assert ("access_locked", "Gesperrt") == (stored(bench).reason, stored(bench).provider_text)


def test_the_fourth_try_within_a_day_is_refused(bench: Bench) -> None:
    """Three wrong tries lock an account: the guard stops before the bank does."""
    red(bench)
    for number in range(4):
        submit(bench, f"att_{number}")
        bench.provider.logins.append(Rejected({"": "no"}))
        go_on(bench, f"att_{number}")

    assert State.REFUSED is stored(bench, "att_3").state
    assert 3 == len(bench.provider.seen)


def test_a_challenge_is_asked_and_its_answer_used_once(bench: Bench) -> None:
    """Submitted → asking → answered → done, the continuation carried along encrypted."""
    red(bench)
    submit(bench)
    code = Field("code", "Code", "otp", transient=True)
    bench.provider.logins += [Ask((code,), "Enter the code", b"dialog"), ACCEPTED]

    assert State.ASKING is go_on(bench)
    asking = stored(bench)
    assert ("Enter the code", "code") == (asking.prompt, asking.fields[0]["name"])
    assert b"dialog" not in (asking.continuation or b"")
    sealed = bench.intake.seal({"code": "123456"}, bench.now(), "att_1")
    bench.attempts.advance(asking, replace(asking, state=State.ANSWERED, answers=sealed))

    assert State.DONE is go_on(bench)
    assert ({"code": "123456"}, b"dialog") == (
        bench.provider.seen[1].answers,
        bench.provider.seen[1].continuation,
    )
    assert 3 == bench.now().tries_left(bench.clock())


def test_an_approval_in_the_banks_app_is_polled(bench: Bench) -> None:
    """Asking the bank whether the owner has approved can be repeated."""
    red(bench)
    submit(bench)
    wait = WaitForApp("Open your app", 5, b"dialog")
    bench.provider.logins += [wait, wait, ACCEPTED]

    states = []
    for _ in range(3):
        states.append(go_on(bench))
        bench.clock.advance(5)

    assert states == [State.WAITING, State.WAITING, State.DONE]


def test_a_bank_that_fails_after_its_yes_leaves_orange_not_red(bench: Bench) -> None:
    """Accepted but not yet synced is orange, and the schedule takes over."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))

    assert State.DONE is go_on(bench)
    assert "bank_unavailable" == stored(bench).reason
    assert (Status.ORANGE, bench.now().home_slot) == (bench.now().status, bench.now().slot)


def test_an_attempt_that_has_ended_is_left_alone(bench: Bench) -> None:
    """A message that comes late changes nothing."""
    red(bench)
    attempt = submit(bench)
    bench.attempts.advance(attempt, ended(attempt, State.EXPIRED))

    assert State.EXPIRED is go_on(bench)
    assert [] == bench.provider.seen


def test_a_scheduled_sync_stays_away_from_a_live_attempt(bench: Bench) -> None:
    """A live attempt holds the connection: a sync cannot break the bank's dialog."""
    bench.add()
    submit(bench)
    bench.sync(1)

    assert [] == bench.provider.calls


def test_a_message_of_the_attempt_queue_reaches_the_verifier(bench: Bench) -> None:
    """The worker serves both queues; a broken message comes back to be dead-lettered."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    records = [
        {"messageId": "m1", "body": to_body(AttemptMessage("att_1"))},
        {"messageId": "m2", "body": '{"kind": "sync"}'},
        {"messageId": "m3", "body": "not json"},
    ]

    assert ["m2", "m3"] == bench.worker.handle(records, "run", DEADLINE)
    assert State.DONE is stored(bench).state


def test_a_first_connect_is_the_same_flow(bench: Bench) -> None:
    """Nothing is known yet, so any accounts are the right ones, and the schedule begins."""
    bench.add(credentials_version=0, status=Status.ORANGE, reason=Reason.AWAITING_CREDENTIALS)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    assert (Status.GREEN, 1, bench.now().home_slot) == (
        bench.now().status,
        bench.now().credentials_version,
        bench.now().slot,
    )

"""All that a bank has: an attempt that leaves the connection as it was unless it learns a fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempts import Kind, State, submitted
from relink.bank_accounts import Transaction
from relink.connection import DAY, Method
from relink.failures import NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Accepted, Ask, Field, Rejected, Secret, SyncResult
from relink.reasons import Reason, Status
from relink.repository import change
from sync.claiming import LEASE
from tests.fakes import BANK, NOON, account
from tests.integration.sync.conftest import DEADLINE
from tests.integration.sync.test_attempts import Killed, die_in, stored

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench

DIRECT = replace(BANK, method=Method.DIRECT)
CODE = Ask((Field("code", "Code", "otp", transient=True),), "Enter the code", b"dialog")
NEW = Accepted(Secret(b"the new access"), (account(),), NOON + 90 * DAY)
OWN: dict[str, Any] = {
    "live_attempt": "",
    "live_until": 0,
    "digest": "",
    "last_attempt_at": 0,
    "tries": (),
}
"""What an attempt may leave behind: that there was one, a call, a try, no mark of the answer."""


def movement(day: int, name: str) -> Transaction:
    """Return a movement of so many days ago."""
    booked = date.fromordinal(date(2026, 1, 1).toordinal() - day)
    return Transaction("1", name, Decimal(1), "EUR", "Coffee", booked_on=booked)


def page(*movements: Transaction, cursor: str = "", more: bool = False) -> SyncResult:
    """Return a page of the account's movements."""
    return SyncResult((account(),), movements, next_cursor=cursor, has_more=more)


def well(bench: Bench, **facts: Any) -> Connection:
    """Store a green connection that has synced up to a cursor."""
    made = bench.add(last_success_at=NOON - 3600, last_attempt_at=NOON - 3600, **facts)
    bench.ledger.store("con_1", page(movement(1, "new"), cursor="delta"), NOON - 3600)
    return made


def ask(bench: Bench, *outcomes: Outcome | Exception, deadline: int = DEADLINE) -> State | None:
    """Store an attempt as the HTTP side does, and deliver its message."""
    before = bench.now()
    sealed = bench.intake.seal({}, before, "att_1")
    attempt = submitted(before, "att_1", sealed, {}, bench.clock(), kind=Kind.HISTORICAL)
    after = replace(before, live_attempt="att_1", live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))
    bench.provider.logins += outcomes
    return look(bench, deadline=deadline)


def look(bench: Bench, run: str = "run", deadline: int = DEADLINE) -> State | None:
    """Deliver the attempt's message once."""
    return bench.worker.verifier.go_on("att_1", run, deadline)


def play(bench: Bench, *answers: SyncResult | Exception) -> None:
    """Tell the bank what to answer to syncs."""
    bench.provider.syncs.clear()
    bench.provider.syncs += answers


def as_it_was(bench: Bench, before: Connection) -> None:
    """Fail unless colour, credentials and schedule are what they were."""
    now = bench.now()
    assert "att_1" == now.live_attempt
    assert replace(before, **OWN) == replace(now, **OWN)
    box = bench.vault.read(now)
    assert box is not None
    assert Secret(b"the old password") == bench.vault.open(now, box.box)


def stored_movements(bench: Bench) -> list[str]:
    """Return the names of all movements in the Ledger."""
    items = bench.ledger._query("con_1", "booked#")
    return sorted(i["sk"]["S"].rpartition("#")[2] for i in items)


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


def test_a_history_too_long_for_one_run_goes_on_in_the_next(bench: Bench) -> None:
    """From the page where it stopped; no scheduled sync comes in between."""
    well(bench)
    play(
        bench,
        page(movement(400, "old"), cursor="h1", more=True),
        page(movement(300, "older"), cursor="h2", more=True),
        page(movement(1, "new")),
    )
    real = bench.provider.sync

    def slow(*arguments: Any) -> SyncResult:
        bench.clock.advance(60)
        return real(*arguments)

    bench.provider.sync = slow  # type: ignore[assignment,method-assign]

    assert State.ACCEPTED is ask(bench, deadline=NOON + 60)
    assert 1 == bench.queued(bench.attempt_queue_url)
    assert (bench.now().lease, bench.now().live_until > bench.clock()) == ("", True)
    bench.provider.sync = real  # type: ignore[method-assign]
    assert State.DONE is look(bench, "next")
    assert ["", "h1", "h2"] == [c.cursor for c in bench.provider.calls]
    assert ["new", "old", "older"] == stored_movements(bench)


def test_a_run_that_died_is_made_good_by_the_next(bench: Bench) -> None:
    """To read again what was read makes nothing twice."""
    well(bench)
    play(bench, page(movement(400, "old")))
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.clock.advance(LEASE)

    assert State.DONE is look(bench, "next")
    assert ["new", "old"] == stored_movements(bench)


def test_a_run_that_died_with_a_password_is_not_made_again(bench: Bench) -> None:
    """Laws 4 and 12: it may be the password that it died of."""
    well(bench, bank=DIRECT)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.clock.advance(LEASE)

    assert State.INTERRUPTED is look(bench, "next")
    assert [] == bench.provider.calls
    assert (Status.GREEN, 1) == (bench.now().status, bench.now().runs)


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


def told_within(bench: Bench, *results: SyncResult) -> None:
    """Let the bank tell everything within the login, as one does that wants a code for it."""

    def authenticate(connection: Connection, login: Login, now: int) -> Outcome:
        del connection, now
        bench.provider.seen.append(login)
        assert login.history is not None
        for result in results:
            login.history(result)
        assert login.secret is not None
        return Accepted(login.secret, (account(),), complete=True)

    bench.provider.history_by_login = True
    bench.provider.authenticate = authenticate  # type: ignore[method-assign]


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


def test_a_disconnect_in_between_ends_it(bench: Bench) -> None:
    """Whatever has been fetched by then goes with the rest."""
    well(bench)
    play(bench, page(movement(400, "old")))
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.client.update_item(
        TableName=bench.connections.table,
        Key=encode({"connection_id": "con_1"}),
        UpdateExpression="SET disconnected_at = :now",
        ExpressionAttributeValues=encode({":now": NOON}),
    )
    bench.clock.advance(LEASE)

    assert State.INTERRUPTED is look(bench, "next")
    assert [] == bench.provider.calls

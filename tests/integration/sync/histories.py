"""A historical sync, asked for by an owner whose connection is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.attempt import Kind, State, submitted
from relink.bank_accounts import Transaction
from relink.clock import DAY
from relink.connection import Method
from relink.provider import Accepted, Secret, SyncResult
from relink.repository import change
from tests.fakes import BANK, NOON, account
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench

DIRECT = replace(BANK, method=Method.DIRECT)
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

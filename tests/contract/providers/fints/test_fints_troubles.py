"""What only FinTS banks answer is told as what it is; the rest is in `test_every_provider`."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from infra.simulators.fints.parameters import BANK_CODE
from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.provider import Login
from relink.providers.fints import build
from relink.reasons import Reason, Scope
from tests.contract.providers.fints.bench import CONNECTION, DAY, NOW, Bench
from tests.contract.simulators.client import LONGEST

if TYPE_CHECKING:
    from relink.bank_accounts import Account, Transaction
    from relink.provider import Outcome

ANSWERS = [
    ("unregistered", Reason.MISCONFIGURED, Scope.OPERATOR),
    ("http-404", Reason.BAD_ANSWER, Scope.PROVIDER),
]


@pytest.mark.parametrize(("trouble", "reason", "scope"), ANSWERS)
def test_trouble_is_told_as_what_it_is(
    bench: Bench,
    trouble: str,
    reason: Reason,
    scope: Scope,
) -> None:
    """And when it is over, the next sync is clean and has missed nothing."""
    secret = bench.connect("fine.trouble").secret
    before = bench.sync(secret)
    bench.switch("fine.trouble", trouble)
    began = time.monotonic()
    found = bench.fails(secret)
    assert (reason, scope) == (found.reason, found.scope)
    assert time.monotonic() - began < LONGEST
    bench.switch("fine.trouble", "fine")
    bench.clock.advance(2 * DAY)
    after = bench.sync(secret, before.next_cursor)
    assert (None, {}) == (after.trouble, after.account_errors)
    assert after.added


def test_nobody_there_is_not_reached() -> None:
    """The call counts for nothing: the bank never saw it, nor the PIN."""
    servers = json.dumps({BANK_CODE: "http://127.0.0.1:9/fints"})
    adapter = build({"FINTS_SERVERS": servers, "FINTS_PRODUCT_ID": "RELINKTEST"})
    login = Login({"user": "fine", "pin": "24680"}, lambda _: None)
    with pytest.raises(Temporary) as raised:
        adapter.authenticate(CONNECTION, login, NOW)
    assert not raised.value.reached


@pytest.mark.parametrize(
    ("codes", "expected", "reason"),
    [
        ([["9942", "PIN falsch."]], NeedsOwner, Reason.CREDENTIALS_REJECTED),
        ([["9340", "PIN falsch."], ["9010", "x"]], NeedsOwner, Reason.CREDENTIALS_REJECTED),
        ([["9931", "Zugang gesperrt"], ["9942", "PIN"]], NeedsOwner, Reason.ACCESS_LOCKED),
        ([["9999", "Nie gesehen."]], Temporary, Reason.UNKNOWN),
        ([["9078", "Nicht registriert."]], Misconfigured, Reason.MISCONFIGURED),
        ([["9110", "Falsche Zusammenstellung"]], Temporary, Reason.UNKNOWN),
    ],
)
def test_any_code_can_be_had(
    bench: Bench,
    codes: list[list[str]],
    expected: type[ProviderError],
    reason: Reason,
) -> None:
    """An unknown one waits; the worst specific one counts."""
    secret = bench.connect("fine.any").secret
    bench.switch("fine.any", "codes", codes=codes)
    found = bench.fails(secret)
    assert (expected, reason) == (type(found), found.reason)


def test_account_that_is_refused_does_not_hide_the_others(bench: Bench) -> None:
    """Its trouble is its own; what it had stays, and later it goes on from there."""
    secret = bench.connect("fine.one").secret
    before = bench.sync(secret)
    bench.switch("fine.one", "account-refused")
    bench.clock.advance(3 * DAY)
    found = bench.sync(secret, before.next_cursor)
    (refused, error), *others = found.account_errors.items()
    assert [] == others
    assert (Scope.ACCOUNT, "9210") == (error.scope, error.provider_code)
    assert len(before.accounts) == len(found.accounts)
    assert refused not in {t.account for t in found.added}
    bench.switch("fine.one", "fine")
    after = bench.sync(secret, found.next_cursor)
    assert {} == after.account_errors
    assert refused in {t.account for t in after.added}


def test_account_that_is_gone_is_not_listed(bench: Bench) -> None:
    """What its absence means is not ours to say."""
    secret = bench.connect("fine.gone").secret
    before = bench.sync(secret)
    bench.switch("fine.gone", "account-gone")
    after = bench.sync(secret, before.next_cursor)
    assert len(before.accounts) - 1 == len(after.accounts)


def test_forgotten_installation_registers_anew(bench: Bench) -> None:
    """In the same sync; the new system id is stored before the data count."""
    secret = bench.connect("fine.known").secret
    bench.switch("fine.known", "forgotten")
    assert bench.sync(secret).added
    asked = bench.messages()
    assert bench.sync(bench.rotated[-1]).added
    anew = bench.messages() - asked
    assert 1 == len(bench.rotated)
    bench.sync(bench.rotated[-1])
    assert 2 * anew == bench.messages() - asked


def test_movements_in_the_other_format(bench: Bench) -> None:
    """A bank with CAMT only says the same, under the same names."""
    secret = bench.connect("fine.format").secret
    plain = bench.sync(secret)
    bench.simulators.control("POST", "/fints", formats=["camt"])
    bench.switch("fine.format", "forgotten")
    camt = bench.sync(secret)
    assert plain.accounts == camt.accounts
    assert {(t.account, t.transaction_id, t.amount, t.booked_on) for t in plain.added} == {
        (t.account, t.transaction_id, t.amount, t.booked_on) for t in camt.added
    }


def test_short_of_time_the_sync_goes_on_later(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Account after account, each once, and all of them in the end."""
    secret = bench.connect("fine.parts").secret
    whole = bench.sync(secret)
    monkeypatch.setattr("relink.providers.fints.syncing.SPARE_SECONDS", 10**6)
    cursor = ""
    accounts: list[Account] = []
    movements: list[Transaction] = []
    while True:
        part = bench.sync(secret, cursor)
        accounts += part.accounts
        movements += part.added
        cursor = part.next_cursor
        if not part.has_more:
            break
    assert (list(whole.accounts), list(whole.added)) == (accounts, movements)
    assert whole.next_cursor == cursor


def test_history_begins_where_it_is_wanted(bench: Bench) -> None:
    """With some overlap, and never so far back that a TAN would be due."""
    secret = bench.connect("fine.since").secret
    whole = bench.sync(secret).added
    first = datetime.fromtimestamp(NOW - 17 * DAY, UTC).date()
    late = tuple(t for t in whole if t.booked_on is None or t.booked_on >= first)
    assert late == bench.sync(secret, since=NOW - 10 * DAY).added
    assert whole == bench.sync(secret, since=NOW - 900 * DAY).added


def test_many_logins_at_once(bench: Bench) -> None:
    """One adapter serves many threads; each keeps its own PIN and dialog."""
    adapter = bench.adapter

    def outcome(number: int) -> Outcome:
        pin = "24680" if number % 2 else "11111"
        login = Login({"user": f"fine.many{number}", "pin": pin}, lambda _: None)
        return adapter.authenticate(CONNECTION, login, NOW)

    with ThreadPoolExecutor(8) as pool:
        kinds = [type(o).__name__ for o in pool.map(outcome, range(16))]
    assert ["Rejected", "Accepted"] * 8 == kinds


def test_disconnecting_asks_the_bank_nothing(bench: Bench) -> None:
    """There is nothing to end at a bank: the access is the owner's own."""
    secret = bench.connect("fine.end").secret
    asked = bench.messages()
    bench.adapter.disconnect(CONNECTION, secret)
    assert asked == bench.messages()

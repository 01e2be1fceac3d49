"""An account that only its owner can mend is told of like a connection that is red."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.provider import SyncResult
from relink.reasons import Reason, Status
from tests.fakes import NOON, account
from tests.integration.notify.bench import GATHER, mails

if TYPE_CHECKING:
    from typing import Any

    from relink.connection import Connection
    from tests.integration.notify.bench import Bench


def ill(bench: Bench) -> tuple[Connection, dict[str, Any]]:
    """Let one of two accounts need its owner; return the connection and the stream's record."""
    before = bench.add(status=Status.GREEN, reason=None)
    accounts = (account("Current"), account("Savings", "2"))
    ids = bench.ledger.store(before.connection_id, SyncResult(accounts), NOON)
    reason = Reason.ACCESS_NOT_GRANTED.value
    after = replace(before, troubles={ids["2"]: reason}, accounts_red_since=bench.clock.now)
    return after, bench.change(before, after)


def test_the_mail_names_the_account_and_its_reason(bench: Bench) -> None:
    """The other account syncs; only the one that needs him is named."""
    _, told = ill(bench)
    bench.tell(told)
    bench.clock.advance(GATHER)
    bench.deliver()

    body = mails()[0].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Savings" in text
    assert "Current" not in text
    assert Reason.ACCESS_NOT_GRANTED.explanation.text in text


def test_an_account_that_works_again_takes_its_notice_back(bench: Bench) -> None:
    """Mended before the mail went out: nothing is mailed, the notice is gone."""
    sick, told = ill(bench)
    bench.tell(told)
    bench.tell(bench.change(sick, replace(sick, troubles={}, accounts_red_since=None)))
    bench.clock.advance(GATHER)
    bench.deliver()

    assert [] == mails()
    assert [False] == [n.pending for n in bench.notices.of("own_1")]


def test_a_connection_that_turns_red_altogether_is_a_new_incident(bench: Bench) -> None:
    """One mail tells of the connection; the account's own notice is over."""
    sick, told = ill(bench)
    bench.tell(told)
    bench.clock.advance(10)
    bench.tell(bench.redden(replace(sick, troubles={}, accounts_red_since=None)))
    bench.clock.advance(GATHER)
    bench.deliver()

    assert 1 == len(mails())

"""An access that comes to show another's accounts: none of them is attached (law 7)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.assembly import assemble
from infra.simulators.powens.connectors import CONNECTORS
from infra.simulators.powens.settings import CLIENT_ID, CLIENT_SECRET
from infra.simulators.server import serving
from infra.simulators.world import Clock as WorldClock
from relink.attempt import State, submitted
from relink.failures import NeedsOwner, Temporary
from relink.links import FIRST_LIFE, LIFE, link_for
from relink.provider import Accepted, Secret, SyncResult
from relink.providers.plaid.listening import MENDED as MENDED_AT_PLAID
from relink.providers.powens import build
from relink.providers.powens.listening import MENDED as MENDED_AT_POWENS
from relink.reasons import Reason, Status
from relink.repository import change
from relink.webhooks import News, Word
from relink.writes import Conflict
from sync.attempts.accepting import OTHER_ACCOUNTS, TAKEN_OVER
from sync.webhooks.news import Deed, decide
from tests.contract.providers.powens.bench import SOLANA, form
from tests.contract.providers.powens.bench import connection as at_powens
from tests.fakes import NOON, account
from tests.integration.sync.attempting import ACCEPTED, DAY, go_on, red, stored, submit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.sync.conftest import Bench

HERS = account("Hers", "2")
SIX_HOURS = 6 * 3600


def names(bench: Bench) -> list[str]:
    """Return the names of the accounts that are known."""
    return [a.bank_name for a in bench.ledger.accounts("con_1")]


def known_and_green(bench: Bench, **facts: Any) -> None:
    """Store a connection that has synced its account."""
    bench.add(last_success_at=NOON - DAY, **facts)
    bench.ledger.store("con_1", SyncResult((account(),), next_cursor="c0"), NOON - DAY)


def test_a_sync_of_another_s_accounts_stores_nothing_and_is_red(bench: Bench) -> None:
    """That none of the known is among them is a fact, and only their owner can mend it."""
    known_and_green(bench)
    bench.provider.syncs[0] = SyncResult((HERS,), next_cursor="c1")
    bench.sync(9)

    now = bench.now()
    assert (Status.RED, Reason.OTHER_ACCOUNTS, None) == (now.status, now.reason, now.slot)
    assert (["Current"], "c0") == (names(bench), bench.ledger.cursor("con_1"))


def test_a_page_of_new_accounts_alone_is_no_other_s(bench: Bench) -> None:
    """Some banks are read account by account: what else the access shows is asked for (law 2)."""
    known_and_green(bench)
    bench.provider.syncs[0] = SyncResult((HERS,), next_cursor="c1", others=lambda: (account(),))
    bench.sync(9)

    assert (Status.GREEN, ["Current", "Hers"]) == (bench.now().status, names(bench))


def test_that_it_cannot_be_asked_makes_nothing_red(bench: Bench) -> None:
    """Nor is anything stored of which nobody knows whose it is."""
    known_and_green(bench)

    def down() -> tuple[()]:
        raise Temporary(Reason.BANK_UNAVAILABLE)

    bench.provider.syncs[0] = SyncResult((HERS,), next_cursor="c1", others=down)
    bench.sync(9)

    assert (Status.ORANGE, ["Current"]) == (bench.now().status, names(bench))


def test_an_answer_without_accounts_is_no_other_s(bench: Bench) -> None:
    """It says nothing of whose they are."""
    known_and_green(bench)
    bench.provider.syncs[0] = SyncResult((), next_cursor="c1")
    bench.sync(9)

    assert (Status.GREEN, ["Current"]) == (bench.now().status, names(bench))


@pytest.mark.parametrize("status", list(Status))
def test_a_login_that_has_overwritten_ours_is_red_at_once(bench: Bench, status: Status) -> None:
    """The provider reads the other's accounts from then on; the page says what has happened."""
    bench.provider.renews_in_place = True
    known_and_green(
        bench,
        status=status,
        reason=Reason.CONSENT_EXPIRED if status is Status.RED else None,
        red_since=NOON - 3600 if status is Status.RED else None,
    )
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"another's"), (HERS,)))

    assert State.REJECTED is go_on(bench)
    now = bench.now()
    assert (Status.RED, Reason.OTHER_ACCOUNTS, 1) == (
        now.status,
        now.reason,
        now.credentials_version,
    )
    assert ({"": TAKEN_OVER}, []) == (stored(bench).messages, bench.provider.calls)


def test_a_login_beside_ours_changes_no_colour(bench: Bench) -> None:
    """The access that we have goes on."""
    known_and_green(bench)
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"another's"), (HERS,)))

    assert State.REJECTED is go_on(bench)
    assert (Status.GREEN, {"": OTHER_ACCOUNTS}) == (bench.now().status, stored(bench).messages)


@pytest.mark.parametrize("mends", [MENDED_AT_POWENS, MENDED_AT_PLAID])
def test_no_provider_mends_it(bench: Bench, mends: frozenset[str]) -> None:
    """For the provider all is well: it reads somebody's accounts."""
    bench.provider.renews_in_place = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"another's"), (HERS,)))
    go_on(bench)
    news = News(Word.MENDED, "x", at=NOON + DAY, mends=mends)

    assert Deed.NOTHING is decide(bench.now(), news, 9, NOON + DAY).deed


def test_the_first_yes_fixes_whose_accounts_they_are(bench: Bench) -> None:
    """Also where no sync has followed: what comes next must show the same ones."""
    bench.add(credentials_version=0, status=Status.ORANGE, reason=Reason.AWAITING_CREDENTIALS)
    bench.provider.syncs[0] = NeedsOwner(Reason.CONSENT_REVOKED)
    bench.provider.logins.append(ACCEPTED)
    submit(bench)
    go_on(bench)
    assert (Status.RED, 1, ["Current"]) == (
        bench.now().status,
        bench.now().credentials_version,
        names(bench),
    )

    bench.provider.syncs[0] = SyncResult((HERS,))
    bench.provider.logins.append(Accepted(Secret(b"hers"), (HERS,), NOON + 90 * DAY))
    submit(bench, "att_2")

    assert State.REJECTED is go_on(bench, "att_2")
    assert (Status.RED, ["Current"]) == (bench.now().status, names(bench))


def test_a_login_that_comes_too_late_fixes_nothing(bench: Bench) -> None:
    """What is known and what opens it are one write."""
    bench.add(credentials_version=0, status=Status.ORANGE, reason=Reason.AWAITING_CREDENTIALS)
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(b"hers"), (HERS,)))
    real = bench.provider.authenticate

    def overtaken(*arguments: Any) -> Any:
        submit(bench, "att_2")
        return real(*arguments)

    bench.provider.authenticate = overtaken  # type: ignore[method-assign,assignment]
    with pytest.raises(Conflict):
        go_on(bench)

    assert [] == names(bench)


def test_what_the_first_sync_brings_is_new_although_its_accounts_were_known(bench: Bench) -> None:
    """The host app is told of accounts whose balances it has never heard of."""
    bench.add(credentials_version=0, status=Status.ORANGE, reason=Reason.AWAITING_CREDENTIALS)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    (found,) = bench.ledger.accounts("con_1")
    assert (NOON, account().balance, 1) == (found.updated_at, found.balance, stored(bench).accounts)


def test_a_link_has_two_weeks_once_a_sync_has_worked(bench: Bench) -> None:
    """Until then it is for who asked for it just now."""
    bench.add(last_success_at=None)
    never = link_for(bench.now(), NOON)
    once = link_for(replace(bench.now(), last_success_at=NOON - DAY), NOON)

    assert (NOON + FIRST_LIFE, NOON + LIFE) == (never.expires_at, once.expires_at)


@pytest.fixture
def house(bench: Bench) -> Iterator[Bench]:
    """Return the worker before a simulated Powens, with a connection that was never connected."""
    with serving(assemble(0, WorldClock(bench.clock))) as server:
        adapter = build(
            {
                "POWENS_URL": f"{server.base}/powens/2.0",
                "POWENS_CLIENT_ID": CLIENT_ID,
                "POWENS_CLIENT_SECRET": CLIENT_SECRET,
                "POWENS_CATALOGUE": json.dumps(
                    {c.bank.id: {"connector": c.uuid} for c in CONNECTORS}
                ),
            }
        )
        object.__setattr__(bench.worker.verifier.syncer, "provider", lambda _: adapter)
        made = replace(
            at_powens(SOLANA),
            created_at=NOON - DAY,
            since=NOON - DAY,
            status=Status.ORANGE,
            reason=Reason.AWAITING_CREDENTIALS,
        )
        bench.connections.create(made)
        yield bench


def enter(bench: Bench, attempt_id: str, login: str) -> State | None:
    """Enter a login, and wait until Powens has asked the bank."""
    before = bench.now()
    sealed = bench.intake.seal(form(login), before, attempt_id)
    there = {"ip": "192.0.2.1", "return_url": "https://relink.example/reconnect/callback"}
    attempt = submitted(before, attempt_id, sealed, there, bench.clock())
    after = replace(before, live_attempt=attempt_id, live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))
    state = go_on(bench, attempt_id)
    for look in range(20):
        if state is not State.WAITING:
            break
        bench.clock.advance(15)
        state = go_on(bench, attempt_id, run=f"look {look}")
    return state


def test_what_powens_reads_in_our_place_is_never_ours(house: Bench) -> None:
    """The whole story on the wire: another's login, the schedule, the owner's own login again."""
    bench = house
    assert State.DONE is enter(bench, "att_1", "fine.mine")
    mine = {a.account_id for a in bench.ledger.accounts("con_1")}

    assert State.REJECTED is enter(bench, "att_2", "fine.yours")
    assert (Status.RED, Reason.OTHER_ACCOUNTS) == (bench.now().status, bench.now().reason)
    looked = replace(bench.now(), status=Status.ORANGE, red_since=None, slot=0)
    bench.connections.save(bench.now(), looked, expect=())  # as if nobody had noticed
    bench.clock.advance(SIX_HOURS)
    bench.sync(bench.clock() // SIX_HOURS)
    assert (Status.RED, Reason.OTHER_ACCOUNTS) == (bench.now().status, bench.now().reason)

    assert State.DONE is enter(bench, "att_3", "fine.mine")
    assert (Status.GREEN, mine) == (
        bench.now().status,
        {a.account_id for a in bench.ledger.accounts("con_1")},
    )

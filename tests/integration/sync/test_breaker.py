"""A bank that is down for everybody: the others are spared, a canary goes first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.failures import Temporary
from relink.outages import FIRST_PROBE
from relink.reasons import Reason, Scope, Status
from sync.batches.breaker import KEPT, Breaker
from tests.fakes import BANK, NOON, connection

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


@pytest.fixture
def breaker(tables: dict[str, str]) -> Breaker:
    """Return a breaker on an empty State table."""
    return Breaker(boto3.client("dynamodb"), tables["StateTable"])


def fail(breaker: Breaker, *names: str, now: int = NOON, **facts: Any) -> list[str | None]:
    """Let connections fail as their bank does; return what each of them began or ended."""
    ill: dict[str, object] = {
        "status": Status.ORANGE,
        "reason": Reason.BANK_UNAVAILABLE,
        "scope": Scope.PROVIDER,
        **facts,
    }
    return [
        breaker.settled(connection(connection_id=name, **ill), breaker.outages(), now)
        for name in names
    ]


def test_three_connections_that_fail_alike_open_it(breaker: Breaker) -> None:
    """One bank's outage spares its other connections, not those of other banks."""
    assert fail(breaker, "a", "b", "c") == [None, None, "fake#fakebank"]
    other = connection(bank=replace(BANK, bank_id="other"))

    assert not breaker.admits(connection(), breaker.outages(), NOON + 1)
    assert breaker.admits(other, breaker.outages(), NOON + 1)


def test_one_connection_failing_often_is_not_an_outage(breaker: Breaker) -> None:
    """What is counted are connections, not failures."""
    assert fail(breaker, "a", "a", "a", "a") == [None] * 4
    assert breaker.outages() == {}


def test_an_outage_of_the_provider_spares_all_its_banks(breaker: Breaker) -> None:
    """A failing aggregator is one outage, not one per bank."""
    for number in range(3):
        bank = replace(BANK, bank_id=f"bank{number}")
        fail(breaker, f"c{number}", bank=bank, reason=Reason.PROVIDER_UNAVAILABLE)

    assert set(breaker.outages()) == {"fake"}
    assert not breaker.admits(connection(), breaker.outages(), NOON + 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": Reason.UNKNOWN, "scope": Scope.CONNECTION},
        {"reason": Reason.MISCONFIGURED, "scope": Scope.OPERATOR},
        {"reason": Reason.RATE_LIMITED, "scope": Scope.PROVIDER},
        {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "scope": Scope.CONNECTION},
    ],
)
def test_only_what_the_bank_itself_suffers_from_counts(
    breaker: Breaker,
    facts: dict[str, Any],
) -> None:
    """A connection's own trouble, a limit or our fault is nobody else's."""
    fail(breaker, "a", "b", "c", "d", **facts)

    assert breaker.outages() == {}


def test_one_canary_goes_first(breaker: Breaker) -> None:
    """Once the pause is over one connection is let through, and no other beside it."""
    fail(breaker, "a", "b", "c")
    then = NOON + FIRST_PROBE
    outages = breaker.outages()

    assert breaker.admits(connection(), outages, then)
    assert not breaker.admits(connection(), outages, then)
    assert not breaker.admits(connection(), breaker.outages(), then + 1)


def test_a_canary_that_lives_ends_the_outage(breaker: Breaker) -> None:
    """The first success opens the way for all."""
    fail(breaker, "a", "b", "c")
    then = NOON + FIRST_PROBE
    breaker.admits(connection(), breaker.outages(), then)
    well = connection(status=Status.GREEN, reason=None)

    assert breaker.settled(well, breaker.outages(), then) == "fake#fakebank"
    assert breaker.outages() == {}


def test_a_bank_that_refuses_its_owner_has_answered(breaker: Breaker) -> None:
    """Red is an answer of the bank's: it is up, whatever it says to this one owner."""
    fail(breaker, "a", "b", "c")
    then = NOON + FIRST_PROBE
    breaker.admits(connection(), breaker.outages(), then)
    red = {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "scope": Scope.CONNECTION}

    assert fail(breaker, "a", now=then, **red) == ["fake#fakebank"]
    assert breaker.outages() == {}


@pytest.mark.parametrize("scope", [Scope.ACCOUNT, Scope.PROVIDER, Scope.OPERATOR, None])
def test_only_what_is_said_of_the_connection_itself_is_an_answer(
    breaker: Breaker, scope: Scope | None
) -> None:
    """Anything else that fails says nothing of whether the bank is up."""
    fail(breaker, "a", "b", "c")
    red = {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "scope": scope}

    assert fail(breaker, "a", now=NOON + FIRST_PROBE, **red) == [None]
    assert set(breaker.outages()) == {"fake#fakebank"}


def test_a_canary_that_dies_lengthens_the_pause(breaker: Breaker) -> None:
    """The pauses double, up to an hour; the outage keeps its beginning."""
    fail(breaker, "a", "b", "c")
    now, pauses = NOON, []
    for _ in range(4):
        now = breaker.outages()["fake#fakebank"].probe_at
        assert breaker.admits(connection(), breaker.outages(), now)
        fail(breaker, "a", now=now)
        pauses.append(breaker.outages()["fake#fakebank"].probe_at - now)

    assert pauses == [900, 1800, 3600, 3600]
    assert breaker.outages()["fake#fakebank"].since == NOON


def test_a_healthy_bank_costs_no_write(breaker: Breaker) -> None:
    """Success is the rule: it writes nothing."""
    well = connection(status=Status.GREEN, reason=None)

    assert breaker.settled(well, {}, NOON) is None
    scanned = breaker.client.scan(TableName=breaker.table)
    assert scanned["Items"] == []


def test_a_bank_that_is_down_is_not_called_for_every_connection(bench: Bench) -> None:
    """Three fail alike; the others keep their colour, their day's calls and their turn."""
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER))
    names = [f"con_{n}" for n in range(5)]
    for name in names:
        bench.add(connection_id=name)
    bench.sync(1, *names[:3])
    bench.sync(1, *names[3:])

    assert 3 == len(bench.provider.calls)
    spared = bench.now("con_4")
    assert (Status.GREEN, (0, 0, 0, 0)) == (spared.status, spared.calls)


def test_the_first_success_after_an_outage_lets_all_through(bench: Bench) -> None:
    """The canary's turn comes with the schedule; nobody has been told to reconnect."""
    bench.provider.syncs.appendleft(Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER))
    bench.provider.syncs.extendleft(list(bench.provider.syncs)[:1] * 2)
    names = [f"con_{n}" for n in range(5)]
    for name in names:
        bench.add(connection_id=name)
    bench.sync(1, *names[:3])
    bench.clock.advance(6 * 3600)
    bench.sync(2, "con_4")
    bench.sync(2, "con_3")

    assert 5 == len(bench.provider.calls)
    assert [Status.GREEN] * 2 == [bench.now(n).status for n in ("con_3", "con_4")]


def test_many_batches_share_one_look_at_the_outages(breaker: Breaker) -> None:
    """A read for each batch would be the only unit that an unchanged sync costs beside its own."""
    fail(breaker, "a", "b", "c")
    found = breaker.recent(NOON)
    Breaker(breaker.client, breaker.table).settled(
        connection(status=Status.GREEN, reason=None), breaker.outages(), NOON
    )

    assert found == breaker.recent(NOON + KEPT - 1)
    assert {} == breaker.recent(NOON + KEPT)


def test_what_a_process_learns_itself_it_knows_at_once(breaker: Breaker) -> None:
    """Its next batch spares the bank that has just failed, or calls the one that answered."""
    assert {} == breaker.recent(NOON)
    fail(breaker, "a", "b", "c")
    assert {"fake#fakebank"} == set(breaker.recent(NOON))
    well = connection(status=Status.GREEN, reason=None)
    breaker.settled(well, breaker.outages(), NOON)

    assert {} == breaker.recent(NOON)


def test_a_clock_that_was_put_back_is_no_reason_to_trust_what_was_read(breaker: Breaker) -> None:
    """What was read in the future is read again."""
    breaker.recent(NOON + 1000)
    fail(breaker, "a", "b", "c")

    assert {"fake#fakebank"} == set(breaker.recent(NOON))

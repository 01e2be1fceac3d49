"""The breaker of a large bank, of which some connections fail at any time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from relink.failures import Temporary
from relink.reasons import Reason, Scope, Status
from sync.batches.breaker import Breaker
from tests.fakes import BANK, NOON, connection

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


@pytest.fixture
def breaker(tables: dict[str, str]) -> Breaker:
    """Return a breaker on an empty State table."""
    return Breaker(boto3.client("dynamodb"), tables["StateTable"])


def fail(
    breaker: Breaker, *names: str, now: int = NOON, reason: Reason = Reason.BANK_UNAVAILABLE
) -> list[str | None]:
    """Let connections fail as their bank does; return what each of them began."""
    made = connection(status=Status.ORANGE, reason=reason, scope=Scope.PROVIDER)
    return [
        breaker.settled(replace(made, connection_id=name), breaker.outages(), now) for name in names
    ]


def test_hiccups_of_a_bank_that_answers_are_no_outage(breaker: Breaker) -> None:
    """Of thousands of connections some fail at any time: what others are answered outweighs it."""
    well = connection(status=Status.GREEN, reason=None)
    for number in range(20):
        breaker.settled(well, {}, NOON + number)
        breaker.settled(well, {}, NOON + number)
        assert [None] == fail(breaker, f"c{number}", now=NOON + number)

    assert {} == breaker.outages()
    assert [] == breaker.client.scan(TableName=breaker.table)["Items"]


def test_a_large_bank_that_goes_down_is_noticed_after_a_few_failures(breaker: Breaker) -> None:
    """However many it has answered: three failures are excused, three count."""
    well = connection(status=Status.GREEN, reason=None)
    for _ in range(500):
        breaker.settled(well, {}, NOON)

    found = fail(breaker, *(f"c{number}" for number in range(7)), now=NOON + 1)
    assert [*[None] * 5, "fake#fakebank", None] == found


def test_what_one_process_has_seen_excuses_nothing_in_another(breaker: Breaker) -> None:
    """The counts are shared, the recollections are not: a batch elsewhere may see it first."""
    other = Breaker(breaker.client, breaker.table)
    for _ in range(500):
        breaker.settled(connection(status=Status.GREEN, reason=None), {}, NOON)

    assert [None] == fail(breaker, "a", now=NOON + 1)
    assert [None, None, "fake#fakebank"] == fail(other, "b", "c", "d", now=NOON + 1)


def test_banks_that_answer_excuse_their_provider(breaker: Breaker) -> None:
    """An aggregator whose other banks answer is not down for one that says so."""
    for number in range(3):
        bank = replace(BANK, bank_id=f"well{number}")
        breaker.settled(connection(bank=bank, status=Status.GREEN, reason=None), {}, NOON)

    assert [None] * 3 == fail(breaker, "a", "b", "c", reason=Reason.PROVIDER_UNAVAILABLE)
    assert {} == breaker.outages()


def test_a_bank_that_goes_down_in_the_middle_is_left_alone_within_two_batches(
    bench: Bench,
) -> None:
    """What it has answered before delays that by a few calls, not by as many."""
    names = [f"con_{number}" for number in range(14)]
    for name in names:
        bench.add(connection_id=name)
    bench.sync(1, *names[:4])
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.PROVIDER))
    bench.sync(1, *names[4:10])
    bench.sync(1, *names[10:])

    assert 10 == len(bench.provider.calls)
    assert {Status.GREEN} == {bench.now(name).status for name in names[10:]}

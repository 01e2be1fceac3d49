"""The claim: one conditional write, held against the rules it stands for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import boto3
import pytest

from relink.clock import DAY
from relink.connection import Method
from relink.reasons import Reason, Status
from relink.repository import Connections
from relink.schedule import SLOTS, minute_of
from sync.visits.claiming import Claimed, Obstacle, Refused, claim, obstacle
from tests.fakes import BANK, NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

CYCLE = minute_of(NOON) // SLOTS - 1
HAND = minute_of(NOON) % SLOTS
"""The slot whose turn it is: that of the cycle before is over."""
FACTS = {
    "status": (Status.GREEN, Status.ORANGE, Status.RED),
    "auto_sync": (True, False),
    "accepted_at": (None, NOON - 5),
    "credentials_version": (1, 0),
    "disconnected_at": (None, NOON - 5),
    "runs": (0, 1, 2),
    "slot": (None, 0, HAND, HAND + 1),
    "last_cycle": (CYCLE - 1, CYCLE, CYCLE + 1),
    "lease": ("", "other"),
    "lease_until": (0, NOON, NOON + 1),
    "live_until": (0, NOON, NOON + 1),
    "rate_limited_until": (None, NOON, NOON + 1),
    "bank": (BANK, replace(BANK, method=Method.DIRECT)),
    "calls": ((0, 0, 0, 0), (4, 3, 2, NOON - DAY), (4, 3, 2, NOON - DAY + 1)),
}


def cases() -> list[Connection]:
    """Return connections in which one or two facts stand in the way, or lie on the edge."""
    found = [connection()]
    for first, second in product(FACTS, repeat=2):
        if first < second:
            found += [
                replace(connection(last_cycle=CYCLE - 1), **{first: a, second: b})  # type: ignore[arg-type]
                for a, b in product(FACTS[first], FACTS[second])
            ]
    return [
        replace(c, connection_id=f"con_{n}", reason=Reason.BANK_UNAVAILABLE)
        for n, c in enumerate(found)
    ]


def test_the_condition_and_the_rules_say_the_same(tables: dict[str, str]) -> None:
    """Whatever the state, the write goes through exactly if no rule stands in its way."""
    client = boto3.client("dynamodb")
    table = tables["ConnectionsTable"]
    stored = Connections(client, table)
    disagreements = []
    for case in cases():
        stored.create(case)
        rule = obstacle(case, CYCLE, NOON)
        outcome = claim(client, table, case.connection_id, CYCLE, run="run", now=NOON)
        written = None if isinstance(outcome, Claimed) else outcome.obstacle
        if written != rule:
            disagreements.append((case, rule, written))

    assert [] == disagreements


def test_a_claim_takes_the_lease_and_counts_the_call(tables: dict[str, str]) -> None:
    """What the claim returns is what is stored: nothing needs to be read first."""
    client = boto3.client("dynamodb")
    stored = Connections(client, tables["ConnectionsTable"])
    stored.create(connection(calls=(3, 2, 1, 0)))

    outcome = claim(client, stored.table, "con_1", CYCLE, run="run", now=NOON)

    assert isinstance(outcome, Claimed)
    assert ("run", CYCLE, (NOON, 3, 2, 1)) == (
        outcome.connection.lease,
        outcome.connection.last_cycle,
        outcome.connection.calls,
    )
    assert outcome.connection == stored.get("con_1")


@pytest.mark.parametrize(("early", "again_in"), [(600, 600), (900, 900), (901, None)])
def test_a_run_a_little_early_is_held_and_a_late_one_skips(
    tables: dict[str, str],
    early: int,
    again_in: int | None,
) -> None:
    """Schedules jitter: up to 15 minutes are waited for, more skips to the next slot."""
    client = boto3.client("dynamodb")
    stored = Connections(client, tables["ConnectionsTable"])
    stored.create(connection(calls=(4, 3, 2, NOON - DAY + early)))

    outcome = claim(client, stored.table, "con_1", CYCLE, run="run", now=NOON)

    assert Refused(Obstacle.BUDGET, again_in) == outcome


def test_a_connection_that_is_gone_is_no_error(tables: dict[str, str]) -> None:
    """A message may outlive its connection."""
    client = boto3.client("dynamodb")

    outcome = claim(client, tables["ConnectionsTable"], "con_x", CYCLE, run="run", now=NOON)

    assert Refused(Obstacle.GONE) == outcome


@pytest.mark.parametrize(
    ("method", "again"),
    [(Method.DIRECT, False), (Method.TOKEN, True), (Method.CONSENT, True)],
)
def test_a_crashed_run_never_sends_the_owners_password_again(
    tables: dict[str, str],
    method: Method,
    again: bool,  # noqa: FBT001 - a case
) -> None:
    """Law 4: the bank may have refused it; a token or a consent locks nothing and comes again."""
    client = boto3.client("dynamodb")
    stored = Connections(client, tables["ConnectionsTable"])
    bank = replace(BANK, method=method)
    crashed = connection(bank=bank, last_cycle=CYCLE, lease="dead", lease_until=NOON)
    stored.create(crashed)

    outcome = claim(client, stored.table, "con_1", CYCLE, run="run", now=NOON)

    assert again == isinstance(outcome, Claimed)
    assert (None if again else Obstacle.DONE) == obstacle(crashed, CYCLE, NOON)

"""A bank that is down for everybody: one notice for all concerned, and no call to reconnect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.reasons import Reason, Scope, Status
from sync.breaker import Breaker
from tests.fakes import NOON
from tests.integration.reconnect.bench import BANK

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


def green(bench: Bench, *names: str) -> None:
    """Store connections of the same bank, green as they were before it went down."""
    for name in names:
        bench.add(connection_id=name, status=Status.GREEN, reason=None, red_since=None)


def go_down(bench: Bench) -> None:
    """Let three other customers of the bank fail alike."""
    breaker = Breaker(bench.services._dynamodb, "StateTable")
    facts = {"reason": Reason.BANK_UNAVAILABLE, "scope": Scope.PROVIDER}
    [one] = bench.services.connections.in_workspace("ws_1")[:1]
    for name in ("a", "b", "c"):
        ill = replace(one, connection_id=name, status=Status.ORANGE, **facts)  # type: ignore[arg-type]
        breaker.settled(ill, breaker.outages(), NOON)


def test_a_bank_that_is_down_makes_one_notice_for_all_its_connections(bench: Bench) -> None:
    """Not one each: the owner reads it once, with since when, and that he need do nothing."""
    green(bench, "con_1", "con_2")
    go_down(bench)

    [notice] = bench.api("GET", "/connections").json["bank_notices"]
    assert [BANK.name] == notice["banks"]
    assert ["con_1", "con_2"] == notice["connection_ids"]
    assert "2026-01-01T12:00:00Z" == notice["since"]
    assert "bank_unavailable" == notice["reason"]["code"]
    assert [] == bench.api("GET", "/notifications").json["notifications"]


def test_banks_that_are_well_make_none(bench: Bench) -> None:
    """Another bank's outage is none of this owner's."""
    green(bench, "con_1")
    assert [] == bench.api("GET", "/connections").json["bank_notices"]
    go_down(bench)
    foreign = {"sub": "own_2", "workspace": "ws_2"}

    assert [] == bench.api("GET", "/connections", claims=foreign).json["bank_notices"]

"""A bank that is down for everybody: one notice for all concerned, and no call to reconnect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.reasons import Reason, Scope, Status
from sync.batches.breaker import Breaker
from tests.fakes import NOON
from tests.integration.reconnect.bench import BANK

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


def green(bench: Bench, *names: str) -> None:
    """Store connections of the same bank, green as they were before it went down."""
    for name in names:
        bench.green(connection_id=name)


def go_down(bench: Bench, name: str = "con_1") -> None:
    """Let three other customers of a connection's bank fail alike."""
    breaker = Breaker(bench.services._dynamodb, "StateTable")
    facts = {"reason": Reason.BANK_UNAVAILABLE, "scope": Scope.PROVIDER}
    one = bench.stored(name)
    for failing in ("a", "b", "c"):
        ill = replace(one, connection_id=failing, status=Status.ORANGE, **facts)  # type: ignore[arg-type]
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


def test_it_is_told_among_the_notifications_too(bench: Bench) -> None:
    """Once, quietly, to everybody in the workspace; nobody can put away what lasts for all."""
    green(bench, "con_1", "con_2")
    go_down(bench)
    colleague = {"sub": "own_3", "workspace": "ws_1"}

    [told] = bench.api("GET", "/notifications").json["notifications"]

    assert ("bank_down", "info", "2026-01-01T12:00:00Z") == (
        told["kind"],
        told["level"],
        told["since"],
    )
    assert (["con_1", "con_2"], [BANK.name]) == (told["connection_ids"], told["bank_names"])
    assert "Banco de la Ría is down for everybody at the moment." == told["text"]
    assert told["instruction"].startswith("There is nothing to do")
    assert [told] == bench.api("GET", "/notifications", claims=colleague).json["notifications"]
    name = told["notification_id"]
    assert 409 == bench.api("POST", f"/notifications/{name}/dismiss").status


def test_two_banks_that_went_down_at_once_are_two_outages(bench: Bench) -> None:
    """Each is told of by itself, and ends by itself."""
    green(bench, "con_1")
    other = replace(BANK, bank_id="other", name="Otro")
    bench.green(connection_id="con_2", bank=other)
    go_down(bench)
    go_down(bench, "con_2")

    listed = bench.api("GET", "/connections").json["bank_notices"]
    told = bench.api("GET", "/notifications").json["notifications"]

    assert [[BANK.name], ["Otro"]] == [n["banks"] for n in listed]
    assert 2 == len({n["notification_id"] for n in told})


def test_a_provider_that_is_down_takes_its_banks_along(bench: Bench) -> None:
    """One notice names them all."""
    banks = [replace(BANK, bank_id=f"b{n}", name=f"Bank {n}") for n in range(6)]
    for number, bank in enumerate(banks):
        bench.green(connection_id=f"con_{number}", bank=bank)
    breaker = Breaker(bench.services._dynamodb, "StateTable")
    facts = {"reason": Reason.PROVIDER_UNAVAILABLE, "scope": Scope.PROVIDER}
    for name in ("con_1", "con_2", "con_3"):
        ill = replace(bench.stored(name), status=Status.ORANGE, **facts)  # type: ignore[arg-type]
        breaker.settled(ill, breaker.outages(), NOON)

    [told] = bench.api("GET", "/notifications").json["notifications"]

    expected = "Bank 0, Bank 1, Bank 2 and 3 more are down for everybody at the moment."
    assert (6, expected) == (len(told["bank_names"]), told["text"])


def test_banks_that_are_well_make_none(bench: Bench) -> None:
    """Another bank's outage is none of this owner's."""
    green(bench, "con_1")
    assert [] == bench.api("GET", "/connections").json["bank_notices"]
    go_down(bench)
    foreign = {"sub": "own_2", "workspace": "ws_2"}

    assert [] == bench.api("GET", "/connections", claims=foreign).json["bank_notices"]

"""The search for banks over everything: the providers' protocols, worker, table and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.demo.owner import Owner
from infra.local.engine import ENGINES
from infra.local.reachable_banks import reachable_banks
from infra.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400


@pytest.fixture(scope="module", params=ENGINES)
def owner(request: pytest.FixtureRequest) -> Iterator[Owner]:
    """Return an owner in a stack that has just asked all providers, on each engine in turn."""
    with Stack(StackOptions(engine=request.param, schedules=False)) as stack:
        assert not stack.fire("BankLists").failed
        made = Owner(stack, "owner-s", "ws-s", "owner@example.com")
        made.introduce("UTC")
        yield made


def test_every_bank_of_every_provider_is_found_and_can_be_connected(owner: Owner) -> None:
    """By its name, in its country; the way that is found is taken as it is."""
    wanted = [b for b in reachable_banks() if b.method != "token"]
    assert {"enablebanking", "fints", "plaid", "powens"} == {b.provider for b in wanted}
    for bank in wanted:
        [found] = [b for b in owner.find(bank.country, bank.name) if b["name"] == bank.name]
        [way] = [w for w in found["ways"] if bank.wanted().items() <= w.items()]
        assert 200 == owner.begin(way).status


def test_a_bank_with_two_methods_is_one_entry_with_both(owner: Owner) -> None:
    """Typed in half, without its accents, in any case."""
    [found] = owner.find("ES", "SOLÁNA")
    assert "Caja Solana" == found["name"]
    assert {
        ("enablebanking", "consent"),
        ("plaid", "consent"),
        ("powens", "direct"),
    } == {(way["provider"], way["method"]) for way in found["ways"]}


def test_a_bank_that_nobody_lists_is_refused(owner: Owner) -> None:
    """By the address of its field."""
    [found] = owner.find("ES", "solana")
    bank = {**found["ways"][0], "bank_id": "gone"}
    told = owner.ask("POST", "/connections", {"bank": bank}, expect=422)
    assert ["#/bank/bank_id"] == [error["pointer"] for error in told["errors"]]


def test_a_provider_that_is_down_keeps_its_banks(owner: Owner) -> None:
    """A day later it does not answer: what it listed is still found."""
    stack = owner.stack
    stack.simulators.control("POST", "/outage", {"bank": "powens", "on": True})
    stack.clock.advance(DAY)
    assert not stack.fire("BankLists").failed
    stack.simulators.control("POST", "/outage", {"bank": "powens", "on": False})
    [found] = owner.find("ES", "solana")
    assert "powens" in {way["provider"] for way in found["ways"]}
    assert '"powens":"provider_unavailable"' in stack.logs("WorkerFunction")

"""Connecting a bank that was found, in a way and by a name that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.connection import Bank, Method
from relink.offers import Offer
from relink.providers import METHODS, PROVIDERS
from tests.integration.reconnect.bank_lists import (
    FORM,
    listed,
    refused,
    rias,
    search,
)

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

BY_TOKEN = {
    "bank_id": "any",
    "name": "Any",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}


def test_each_way_can_be_connected_as_it_is(bench: Bench) -> None:
    """What the search tells is what the other route takes."""
    rias(bench)
    [found] = search(bench, "country=ES&q=ria")["banks"]
    for way in found["ways"]:
        made = bench.api("POST", "/connections", {"bank": way})
        assert 201 == made.status, made.body
        stored = bench.stored(made.json["connection_id"]).bank
        assert (way["bank_id"], way["name"], way["method"]) == (
            stored.bank_id,
            stored.name,
            stored.method,
        )


def test_a_bank_goes_by_its_providers_name_for_it(bench: Bench) -> None:
    """The adapter may know it by that name only, and mails name it."""
    rias(bench)
    way = {"bank_id": "c0ffee", "name": "My bank", "country": "ES", "provider": "powens"}
    made = bench.api("POST", "/connections", {"bank": {**way, "method": "direct"}})
    assert "BANCO DE LA RIA" == bench.stored(made.json["connection_id"]).bank.name


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"bank_id": "gone"}, "bank_id"),
        ({"country": "FR"}, "bank_id"),
        ({"method": "consent"}, "bank_id"),
        ({"customers": "business"}, "customers"),
    ],
)
def test_a_way_that_is_not_in_its_providers_list_is_refused(
    bench: Bench, change: dict[str, str], where: str
) -> None:
    """No such bank: nothing is made."""
    rias(bench)
    bank = {"bank_id": "c0ffee", "name": "Ría", "country": "ES", "provider": "powens"}
    answer = bench.api("POST", "/connections", {"bank": {**bank, "method": "direct", **change}})

    error = {"pointer": f"#/bank/{where}", "detail": "no such bank"}
    assert (422, "invalid", [error]) == refused(answer)
    assert [] == bench.api("GET", "/connections").json["connections"]


def test_a_kind_of_customers_that_does_not_exist_is_refused(bench: Bench) -> None:
    """As any other value that is none."""
    bank = {"bank_id": "b", "name": "B", "country": "ES", "provider": "powens", "method": "direct"}
    answer = bench.api("POST", "/connections", {"bank": {**bank, "customers": "royal"}})
    assert (422, "#/bank/customers") == (answer.status, refused(answer)[2][0]["pointer"])


def test_a_provider_without_a_list_may_be_named_any_bank(bench: Bench) -> None:
    """Before its list was first read, nobody knows; what a token opens, nobody ever does."""
    rias(bench)
    for provider, method in (("plaid", "consent"), ("simplefin", "token")):
        bank = {"bank_id": "any", "name": "Any", "country": "ES", "provider": provider}
        made = bench.api("POST", "/connections", {"bank": {**bank, "method": method}})
        assert 201 == made.status, made.body


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize("method", list(Method))
def test_a_bank_is_reached_in_a_way_of_its_provider_only(
    bench: Bench, provider: str, method: Method
) -> None:
    """A password that went as a token would neither be guarded nor need a bank that is listed."""
    bank = {"bank_id": "any", "name": "Any", "country": "ES", "provider": provider}
    made = bench.api("POST", "/connections", {"bank": {**bank, "method": method.value}})

    if method in METHODS[provider]:
        assert 201 == made.status, made.body
    else:
        error = {"pointer": "#/bank/method", "detail": "no way of this provider"}
        assert (422, "invalid", [error]) == refused(made)


NAMES = (
    "Crédit Agricole d'Île-de-France (pro)",
    "M&T Bank, N.A. \N{EN DASH} savings/loans",
    "Intesa S.p.A. + Co. №1",
    "三菱UFJ銀行",
    "बैंक ऑफ़ बड़ौदा",
    "Банк",
)
NO_NAMES = (
    "Your account is blocked. Call +34 600 000 000!",
    "Security https://evil.example",
    "evil.example",
    "WWW.evil",
    "write to help@evil",
    "<b>Bank</b>",
    "Bank \u202eknaB",
    "5" * 9,
    "x" * 61,
    "...",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_owner_may_call_his_bank_what_it_is_called(bench: Bench, name: str) -> None:
    """In any script."""
    made = bench.api("POST", "/connections", {"bank": {**BY_TOKEN, "name": name}})

    assert (201, name) == (made.status, made.json.get("bank", {}).get("name"))


@pytest.mark.parametrize("name", NO_NAMES)
def test_an_owners_name_for_a_bank_is_a_name(bench: Bench, name: str) -> None:
    """It is a heading of our page and stands in our mails: no place for messages and addresses."""
    made = bench.api("POST", "/connections", {"bank": {**BY_TOKEN, "name": name}})

    assert (422, "invalid") == (made.status, refused(made)[1])
    assert "#/bank/name" == refused(made)[2][0]["pointer"]


def test_a_bank_that_was_listed_a_moment_ago_can_be_connected(bench: Bench) -> None:
    """Another process may have told of it already; what is kept here is no reason to refuse."""
    rias(bench)
    search(bench, "country=ES&q=")
    new = Bank("new", "Nuevo Banco", "ES", "powens", Method.DIRECT)
    listed(bench, Offer(FORM), Offer(new))
    bank = {"bank_id": "new", "name": "x", "country": "ES", "provider": "powens"}

    made = bench.api("POST", "/connections", {"bank": {**bank, "method": "direct"}})

    assert 201 == made.status
    assert "Nuevo Banco" == search(bench, "country=ES&q=nuevo")["banks"][0]["name"]

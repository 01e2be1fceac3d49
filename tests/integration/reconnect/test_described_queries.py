"""The parameters of queries are what the API's description says, default and bounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest

from infra.openapi.operations import OPERATIONS
from infra.openapi.public_operations import PUBLIC
from reconnect.links.callback import TAKEN
from relink.attempt import State, ended, submitted
from relink.bank_accounts import Account, Transaction, identity
from relink.bank_lists import Standing
from relink.connection import Bank, Method
from relink.ledger import Ledger
from relink.offers import Offer
from relink.provider import SyncResult
from relink.trail import attempt_event
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.reconnect.bench import Answer, Bench

MORE: Final = 53
"""Entries of each list: more than a page has unless told."""
LISTS: Final = {
    "GET /banks/search": "banks",
    "GET /connections": "connections",
    "GET /connections/{connection_id}/history": "events",
    "GET /connections/{connection_id}/transactions": "transactions",
    "GET /notifications": "notifications",
}
LISTED = [
    (key, told)
    for key, operation in OPERATIONS.items()
    for told in operation.query
    if key.startswith("GET")
]
IDS = [f"{key} {told['name']}" for key, told in LISTED]


def ask(bench: Bench, key: str, **query: str) -> Answer:
    """Ask for a list with these parameters."""
    path = key.removeprefix("GET ").replace("{connection_id}", "con_1")
    needed = {"country": "ES"} if path == "/banks/search" else {}
    return bench.api("GET", f"{path}?{urlencode({**needed, **query})}")


def right(bench: Bench, told: dict[str, Any]) -> Iterator[str]:
    """Yield values that a parameter's description allows, at its very bounds."""
    match told["schema"]:
        case {"type": "integer", "minimum": least, "maximum": most}:
            yield from (str(least), str(most))
        case {"type": "boolean"}:
            yield from ("true", "false")
        case {"enum": [*choices]}:
            yield from (choices[0], choices[-1])
        case {"format": "date"}:
            yield from ("2025-01-31", "2024-02-29")
        case {"maxLength": longest} if told["name"] == "q":
            yield from ("", "x" * longest)
        case {"type": "string"} if told["name"] == "account":
            yield bench.services.ledger.accounts("con_1")[0].account_id


def wrong(told: dict[str, Any]) -> Iterator[str]:
    """Yield values that a parameter's description does not allow, just beyond its bounds."""
    match told["schema"]:
        case {"type": "integer", "minimum": least, "maximum": most}:
            yield from (str(least - 1), str(most + 1), "", "x")
        case {"type": "boolean"}:
            yield from ("", "1", "True")
        case {"enum": _}:
            yield from ("", "xx", "es")
        case {"format": "date"}:
            yield from ("", "2025-02-29", "2025-1-31")
        case {"maxLength": longest}:
            yield "A" * (longest + 1)
        case {"minLength": 1}:
            yield ""


@pytest.mark.parametrize(("key", "told"), LISTED, ids=IDS)
def test_what_is_described_is_taken_and_nothing_beyond(
    bench: Bench, key: str, told: dict[str, Any]
) -> None:
    """At each bound; a refusal names the parameter."""
    bench.green()
    fetched(bench, 1)
    for value in right(bench, told):
        assert 200 == ask(bench, key, **{told["name"]: value}).status, value
    refused = list(wrong(told))
    assert refused
    for value in refused:
        answer = ask(bench, key, **{told["name"]: value})
        assert 422 == answer.status, value
        assert [told["name"]] == [e["parameter"] for e in answer.json["errors"]]


@pytest.mark.parametrize(("key", "name"), LISTS.items(), ids=LISTS)
def test_a_page_has_as_many_entries_as_described(bench: Bench, key: str, name: str) -> None:
    """If nobody says how many."""
    filled(bench, key)
    [limit] = [told["schema"] for told in OPERATIONS[key].query if told["name"] == "limit"]

    assert limit["default"] == len(ask(bench, key).json[name])
    assert MORE == len(ask(bench, key, limit=str(limit["maximum"])).json[name])


def test_every_list_that_comes_in_pages_is_looked_at() -> None:
    """Whatever describes a limit is filled here."""
    assert LISTS.keys() == {key for key, told in LISTED if told["name"] == "limit"}


def test_a_connection_that_is_given_up_keeps_its_data_as_described(bench: Bench) -> None:
    """Unless its owner says otherwise, in one of the words that there are."""
    bench.green()
    [data] = OPERATIONS["DELETE /connections/{connection_id}"].query
    assert 422 == bench.api("DELETE", "/connections/con_1?data=").status
    told = bench.api("DELETE", "/connections/con_1").json

    assert data["schema"]["default"] == told["data"]
    for choice in data["schema"]["enum"]:
        assert 202 == bench.api("DELETE", f"/connections/con_1?data={choice}").status


def test_what_a_bank_may_bring_is_described() -> None:
    """All that is taken of it, and that it must say whose it is."""
    told = PUBLIC["GET /reconnect/callback"].query

    assert {each["name"] for each in told} == TAKEN
    assert ["state"] == [each["name"] for each in told if each.get("required")]


def fetched(bench: Bench, number: int) -> None:
    """Store so many movements of one account."""
    account = Account("1", (identity("iban", "ES1"),), "Current", "EUR")
    moved = tuple(
        Transaction("1", f"t{n}", Decimal(n), "EUR", f"No. {n}", booked_on=date(2025, 1, 1))
        for n in range(number)
    )
    ledger = Ledger(bench.services._dynamodb, "LedgerTable")
    ledger.store("con_1", SyncResult((account,), added=moved), NOON)


def filled(bench: Bench, key: str) -> None:
    """Put more into a list than fits on a page."""
    bench.green()
    if key == "GET /connections":
        for n in range(1, MORE):
            bench.green(connection_id=f"con_1{n:02}")
    elif key == "GET /notifications":
        for n in range(MORE):
            bench.notice(bench.add(connection_id=f"con_1{n:02}"))
    elif key == "GET /banks/search":
        banks = [Bank(f"b{n}", f"Bank {n}", "ES", "powens", Method.DIRECT) for n in range(MORE)]
        lists = bench.services.bank_lists
        lists.replace(Standing("powens"), [Offer(bank) for bank in banks], NOON)
    elif key.endswith("/history"):
        trail, client = bench.services.trail, bench.services._dynamodb
        for n in range(MORE):
            tried = submitted(bench.stored(), f"att_{n}", b"", {}, NOON)
            event = attempt_event(ended(tried, State.REJECTED), NOON + n)
            client.transact_write_items(TransactItems=[trail.put("con_1", event)])  # type: ignore[list-item]
    else:
        fetched(bench, MORE)

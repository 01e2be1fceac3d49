"""The Ledger: stored twice is stored once, and nothing of the owner's is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.backoff import TRIES, Throttled
from relink.bank_accounts import identity
from relink.items import decode, encode
from relink.provider import SyncResult
from tests.fakes import NOON, account
from tests.integration.sync.booking import FIRST, HERE, OWN, booked, keys, pending, told
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from relink.ledger import Ledger


def test_the_same_page_twice_is_stored_once(ledger: Ledger) -> None:
    """A crash between storing and settling brings the page again."""
    page = told(booked("1"), booked("2"), pending("3"), next_cursor="c")
    ledger.store(OWN, page, NOON)
    once = ledger._client.scan(TableName=ledger.table)["Items"]
    ledger.store(OWN, page, NOON)

    assert ledger._client.scan(TableName=ledger.table)["Items"] == once
    assert len(once) == 5


def test_a_movement_is_stored_as_the_bank_told_it(ledger: Ledger) -> None:
    """Amounts keep their cents, days are days, and empty words are left out."""
    ledger.store(OWN, told(booked("1", value_on=FIRST, amount="-0.10")), NOON)
    item = next(ledger._query(OWN, "booked#"))

    assert item["amount"] == {"N": "-0.10"}
    assert decode(item) | {"sk": ""} == {
        "connection_id": OWN,
        "sk": "",
        "amount": Decimal("-0.1"),
        "currency": "EUR",
        "description": "Payment 1",
        "booked_on": "2026-01-01",
        "value_on": "2026-01-01",
    }


def test_a_thousand_movements_are_stored_in_batches(ledger: Ledger) -> None:
    """Twenty-five a request, and read back over more pages than one."""
    days = [FIRST + timedelta(days=n % 40) for n in range(1_000)]
    words = "x" * 1_500
    movements = [replace(booked(str(n), day), description=words) for n, day in enumerate(days)]
    calls: list[int] = []
    real = ledger._client.batch_write_item

    def counted(**arguments: Any) -> Any:
        calls.append(len(arguments["RequestItems"][ledger.table]))
        return real(**arguments)

    ledger._client.batch_write_item = counted  # type: ignore[method-assign]
    ledger.store(OWN, told(*movements), NOON)

    assert calls == [25] * 40
    assert len(list(ledger._query(OWN, "booked#"))) == 1_000


def test_what_dynamodb_leaves_of_a_batch_is_sent_again(ledger: Ledger) -> None:
    """An unprocessed item is not a stored one."""

    def half(real: Any, arguments: dict[str, Any]) -> Any:
        wanted = arguments["RequestItems"][ledger.table]
        real(RequestItems={ledger.table: wanted[::2]})
        return {"UnprocessedItems": {ledger.table: wanted[1::2]}}

    stumble(ledger._client, "batch_write_item", half, half)
    ledger.store(OWN, told(*[booked(str(n)) for n in range(30)]), NOON)

    assert len(keys(ledger, "booked#")) == 30


def test_a_table_that_takes_nothing_is_given_up_before_the_cursor_moves(ledger: Ledger) -> None:
    """The page comes again: its cursor is stored after its data, or not at all."""
    refused = [lambda _, a: {"UnprocessedItems": a["RequestItems"]}] * TRIES
    stumble(ledger._client, "batch_write_item", *refused)

    with pytest.raises(Throttled):
        ledger.store(OWN, told(booked("1"), next_cursor="c"), NOON)
    assert ledger.cursor(OWN) == ""


def test_the_cursor_is_written_last(ledger: Ledger) -> None:
    """Whatever fails before it leaves the old one, and with it the page to be told again."""
    ledger.store(OWN, told(booked("1"), next_cursor="old"), NOON)
    for method in ("update_item", "batch_write_item", "put_item"):
        stumble(ledger._client, method, refusal("InternalServerError"))
        with pytest.raises(Exception, match="InternalServerError"):
            ledger.store(OWN, told(booked("2"), next_cursor="new"), NOON)
        assert ledger.cursor(OWN) == "old"
    ledger.store(OWN, told(booked("2"), next_cursor="new"), NOON)

    assert (ledger.cursor(OWN), len(keys(ledger, "booked#"))) == ("new", 2)


def test_an_id_of_any_length_fits_its_key(ledger: Ledger) -> None:
    """A sort key holds 1 024 bytes; a bank's id may be longer and stays the same movement."""
    names = ["x" * 256, "漢" * 256, "🏦" * 256, "🏦" * 255 + "!"]
    page = told(*[booked(n) for n in names], *[pending("p" + n) for n in names])
    for _ in range(2):
        ledger.store(OWN, page, NOON)
    assert all(len(k.encode()) <= 1_024 for k in keys(ledger))
    assert len(keys(ledger, "booked#")) == len(keys(ledger, "pending#")) == 4

    gone = [("1", n) for n in names] + [("1", "p" + n) for n in names]
    ledger.store(OWN, told(incremental=True, removed=tuple(gone)), NOON)
    assert keys(ledger, "booked#") + keys(ledger, "pending#") == []


def test_the_largest_amounts_of_a_bank_are_exact(ledger: Ledger) -> None:
    """DynamoDB holds 38 digits; twenty and twelve decimals are well within them."""
    amount = "-" + "9" * 20 + "." + "1" * 12
    ledger.store(OWN, told(booked("1", amount=amount)), NOON)

    assert decode(next(ledger._query(OWN, "booked#")))["amount"] == Decimal(amount)


def test_what_the_owner_has_set_survives_each_sync(ledger: Ledger) -> None:
    """His name for an account, and that it is hidden, are his."""
    own = ledger.store(OWN, told(), NOON)[HERE.provider_id]
    ledger._client.update_item(
        TableName=ledger.table,
        Key=encode({"connection_id": OWN, "sk": f"account#{own}"}),
        UpdateExpression="SET #n = :n, #h = :h",
        ExpressionAttributeNames={"#n": "name", "#h": "hidden"},
        ExpressionAttributeValues=encode({":n": "Rent", ":h": True}),
    )
    renamed = replace(HERE, name="Girokonto Plus", balance=Decimal(7))
    ledger.store(OWN, told(accounts=(renamed,)), NOON)

    kept = ledger.accounts(OWN)[0]
    assert (kept.shown_name, kept.hidden, kept.bank_name) == ("Rent", True, "Girokonto Plus")
    assert kept.balance == Decimal(7)


def test_a_balance_that_was_not_told_leaves_the_last_one(ledger: Ledger) -> None:
    """No number is no zero."""
    ledger.store(OWN, told(), NOON)
    ledger.store(OWN, told(accounts=(replace(HERE, balance=None),)), NOON)

    assert ledger.accounts(OWN)[0].balance == Decimal("100.5")


def test_a_reconnect_finds_its_accounts_by_identity(ledger: Ledger) -> None:
    """Law 8: other ids of the bank's, other names, another order: the same accounts of ours."""
    first, second = account("One", "1"), account("Two", "2")
    before = ledger.store(OWN, SyncResult(accounts=(first, second)), NOON)
    again = (
        replace(second, provider_id="new-1", name="One"),
        replace(first, provider_id="new-2", name="Two"),
    )
    after = ledger.store(OWN, SyncResult(accounts=again), NOON)

    assert (after["new-2"], after["new-1"]) == (before["1"], before["2"])
    assert len(ledger.accounts(OWN)) == 2


def test_pockets_of_one_iban_are_accounts_of_their_own(ledger: Ledger) -> None:
    """Currencies tell apart what an IBAN does not, and neither gets the other's balance."""
    shared = (identity("iban", "ES00"),)
    euros = replace(account("Euros", "1"), identities=shared, balance=Decimal(1))
    dollars = replace(account("Dollars", "2"), identities=shared, currency="USD")
    for _ in range(2):
        ledger.store(OWN, SyncResult(accounts=(euros, dollars)), NOON)

    stored = {a.currency: a.balance for a in ledger.accounts(OWN)}
    assert stored == {"EUR": Decimal(1), "USD": Decimal("100.5")}


def test_accounts_that_nothing_tells_apart_are_kept_apart_all_the_same(ledger: Ledger) -> None:
    """Within one consent the bank's own ids do; none swallows the other."""
    shared = (identity("iban", "ES00"),)
    twins = tuple(replace(account("Twin", n), identities=shared) for n in ("1", "2"))
    ids = [ledger.store(OWN, SyncResult(accounts=twins), NOON) for _ in range(3)]

    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0].values())) == len(ledger.accounts(OWN)) == 2


def test_other_connections_are_none_of_its_business(ledger: Ledger) -> None:
    """The same account at two connections is two accounts."""
    ledger.store(OWN, told(booked("1")), NOON)
    ledger.store("con_2", told(booked("1")), NOON)
    ledger.store("con_2", told(incremental=True, removed=(("1", "1"),)), NOON)

    ids = {ledger.accounts(c)[0].account_id for c in (OWN, "con_2")}
    assert len(ids) == 2
    assert keys(ledger, "booked#acc#") == ["booked#acc#2026-01-01#1"]

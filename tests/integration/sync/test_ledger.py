"""The Ledger: stored twice is stored once, and nothing of the owner's is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from relink import backoff
from relink.backoff import TRIES, Throttled
from relink.bank_accounts import Transaction, identity
from relink.failures import Temporary
from relink.items import decode, encode
from relink.ledger import Ledger
from relink.provider import SyncResult
from relink.reasons import Reason
from tests.fakes import NOON, account
from tests.stumbling import refusal, stumble

FIRST = date(2026, 1, 1)
HERE = account()
OWN = "con_1"


@pytest.fixture
def ledger(tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Return an empty Ledger whose pauses take no time."""
    monkeypatch.setattr(backoff, "FIRST", 0)
    return Ledger(boto3.client("dynamodb"), tables["LedgerTable"])


def booked(name: str, day: date = FIRST, amount: str = "-12.30", **facts: Any) -> Transaction:
    """Return a booked movement of the account."""
    return Transaction(
        account=facts.pop("account", HERE.provider_id),
        transaction_id=name,
        amount=Decimal(amount),
        currency="EUR",
        description=f"Payment {name}",
        booked_on=day,
        **facts,
    )


def pending(name: str, **facts: Any) -> Transaction:
    """Return a movement that the bank has not booked yet."""
    return replace(booked(name, **facts), booked_on=None)


def told(*movements: Transaction, **facts: Any) -> SyncResult:
    """Return an answer of the bank about its one account."""
    return SyncResult(**{"accounts": (HERE,), "added": movements, **facts})


def keys(ledger: Ledger, prefix: str = "") -> list[str]:
    """Return the sort keys of what is stored, without the account's own id."""
    found = ledger._client.scan(TableName=ledger.table)["Items"]
    own = ledger.accounts(OWN)[0].account_id if ledger.accounts(OWN) else ""
    names = [i["sk"]["S"].replace(own, "acc") for i in found]
    return sorted(n for n in names if n.startswith(prefix))


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


def test_pending_movements_are_those_of_the_last_answer(ledger: Ledger) -> None:
    """What is no longer pending has been booked or has vanished; it is not both."""
    ledger.store(OWN, told(pending("a"), pending("b")), NOON)
    ledger.store(OWN, told(pending("b"), booked("a")), NOON)

    assert keys(ledger, "pending#") == ["pending#acc#b"]
    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#a"]


def test_pending_movements_of_other_accounts_stay(ledger: Ledger) -> None:
    """An answer that does not list an account says nothing about what is pending there."""
    other = account("Savings", "2")
    both = SyncResult(
        accounts=(HERE, other),
        added=(pending("a"), pending("b", account="2")),
    )
    ledger.store(OWN, both, NOON)
    ledger.store(OWN, told(), NOON)

    assert [k.rpartition("#")[2] for k in keys(ledger, "pending#")] == ["b"]


def test_pending_movements_of_an_account_in_trouble_stay(ledger: Ledger) -> None:
    """An account that the bank could not read is listed, but not told of."""
    ledger.store(OWN, told(pending("a")), NOON)
    trouble = {HERE.provider_id: Temporary(Reason.ACCOUNT_UNAVAILABLE)}
    ledger.store(OWN, told(account_errors=trouble), NOON)

    assert keys(ledger, "pending#") == ["pending#acc#a"]


def test_an_incremental_answer_removes_only_what_it_names(ledger: Ledger) -> None:
    """Changes since a cursor: what is not mentioned has not changed."""
    ledger.store(OWN, told(pending("a"), pending("b"), booked("c"), booked("d")), NOON)
    changes = told(incremental=True, removed=(("1", "a"), ("1", "c"), ("1", "x"), ("9", "d")))
    ledger.store(OWN, changes, NOON)

    assert keys(ledger, "pending#") == ["pending#acc#b"]
    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#d"]


def test_a_removed_movement_takes_no_namesake_with_it(ledger: Ledger) -> None:
    """An id that ends like another one is another one."""
    ledger.store(OWN, told(booked("7"), booked("x#7"), pending("y#7")), NOON)
    ledger.store(OWN, told(incremental=True, removed=(("1", "7"),)), NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#x#7"]
    assert keys(ledger, "pending#") == ["pending#acc#y#7"]


def test_a_movement_that_moved_to_another_day_is_there_once(ledger: Ledger) -> None:
    """A modified movement leaves its old place, pending or booked."""
    ledger.store(OWN, told(booked("a"), pending("b")), NOON)
    later = FIRST + timedelta(days=2)
    moved = told(incremental=True, modified=(booked("a", later), booked("b", later)))
    ledger.store(OWN, moved, NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-03#a", "booked#acc#2026-01-03#b"]
    assert keys(ledger, "pending#") == []


def test_a_movement_that_is_removed_and_told_again_stays(ledger: Ledger) -> None:
    """One request cannot put and delete the same item: the answer's last word counts."""
    ledger.store(OWN, told(booked("a")), NOON)
    ledger.store(OWN, told(booked("a"), removed=(("1", "a"),), incremental=True), NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#a"]


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

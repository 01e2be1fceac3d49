"""Movements as the API lists them: newest first over all accounts, each once, page by page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.bank_accounts import Account, Transaction, identity
from relink.ledger import Ledger
from relink.provider import SyncResult
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.integration.reconnect.bench import Bench

PATH = "/connections/con_1/transactions"
FIRST = date(2025, 1, 1)


def account(number: str, name: str) -> Account:
    """Return an account of the bank."""
    return Account(number, (identity("iban", f"ES{number}"),), name, "EUR")


def movement(number: int, of: str = "1", day: date | None = FIRST) -> Transaction:
    """Return a movement of so many euros."""
    return Transaction(of, f"t{number:03}", Decimal(number), "EUR", f"No. {number}", booked_on=day)


def stored(bench: Bench, movements: Iterable[Transaction]) -> dict[str, str]:
    """Store what a bank told of two accounts; return our ids by the bank's."""
    bench.green()
    ledger = Ledger(bench.services._dynamodb, "LedgerTable")
    accounts = (account("1", "Current"), account("2", "Savings"))
    return ledger.store("con_1", SyncResult(accounts, added=tuple(movements)), NOON)


def told(bench: Bench, query: str = "") -> list[str]:
    """Return the descriptions on a page."""
    answer = bench.api("GET", f"{PATH}?{query}")
    assert 200 == answer.status, answer.body
    return [t["description"] for t in answer.json["transactions"]]


def everything(bench: Bench, limit: int, query: str = "") -> list[dict[str, Any]]:
    """Follow the cursors to the end."""
    found, cursor = [], ""
    while True:
        page = bench.api("GET", f"{PATH}?limit={limit}{query}{cursor}").json
        found += page["transactions"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_a_movement_is_told_with_all_that_is_known_of_it(bench: Bench) -> None:
    """Amounts are texts, so that no cent is lost; what is not known is null."""
    ids = stored(
        bench,
        [
            Transaction(
                account="1",
                transaction_id="a#b",
                amount=Decimal("-1234.50"),
                currency="EUR",
                description="Rent",
                counterparty="Casa SL",
                booked_on=date(2025, 3, 1),
                value_on=date(2025, 3, 2),
            ),
            Transaction("2", "p1", Decimal(7), "EUR", "Coffee"),
        ],
    )
    waiting, booked = bench.api("GET", PATH).json["transactions"]

    assert {
        "transaction_id": "a#b",
        "account_id": ids["1"],
        "pending": False,
        "booked_on": "2025-03-01",
        "value_on": "2025-03-02",
        "amount": "-1234.5",
        "currency": "EUR",
        "description": "Rent",
        "counterparty": "Casa SL",
    } == booked
    assert ("p1", True, None, "7", None) == (
        waiting["transaction_id"],
        waiting["pending"],
        waiting["booked_on"],
        waiting["amount"],
        waiting["counterparty"],
    )


def test_a_list_goes_on_although_an_account_is_hidden_meanwhile(bench: Bench) -> None:
    """A cursor belongs to what was asked for; which accounts are shown is looked up each time."""
    ids = stored(bench, [movement(n, "12"[n % 2]) for n in range(6)])
    first = bench.api("GET", f"{PATH}?limit=3").json
    hidden = bench.api("PATCH", f"/connections/con_1/accounts/{ids['1']}", {"hidden": True})
    rest = bench.api("GET", f"{PATH}?cursor={first['next_cursor']}")
    shown = {t["account_id"] for t in rest.json["transactions"]}
    seen = [t["transaction_id"] for t in first["transactions"] + rest.json["transactions"]]

    assert (200, 200) == (hidden.status, rest.status)
    assert {ids["1"]} != shown <= {ids["2"]}
    assert {"t001", "t003", "t005"} <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_accounts_movements_are_merged_newest_first(bench: Bench, limit: int) -> None:
    """Each once and in one order, whatever the size of the pages; pending ones come first."""
    days = [FIRST + timedelta(days=n // 3) for n in range(20)]
    booked = [movement(n, "12"[n % 2], day) for n, day in enumerate(days)]
    waiting = [movement(n, "12"[n % 2], None) for n in range(100, 105)]
    stored(bench, [*booked, *waiting])
    found = everything(bench, limit)

    assert 25 == len({t["description"] for t in found}) == len(found)
    assert [True] * 5 + [False] * 20 == [t["pending"] for t in found]
    dates = [t["booked_on"] for t in found[5:]]
    assert sorted(dates, reverse=True) == dates
    assert everything(bench, 100) == found


def test_days_bound_what_is_listed_both_included(bench: Bench) -> None:
    """What is pending has no day, so that it is not among what ends at one."""
    days = [FIRST + timedelta(days=n) for n in range(5)]
    stored(bench, [*(movement(n, "1", day) for n, day in enumerate(days)), movement(9, "1", None)])

    assert ["No. 3", "No. 2", "No. 1"] == told(bench, "from=2025-01-02&to=2025-01-04")
    assert ["No. 9", "No. 4"] == told(bench, "from=2025-01-05")
    assert ["No. 0"] == told(bench, "to=2025-01-01")
    assert [] == told(bench, "to=2024-12-31")
    pages = everything(bench, 1, "&from=2025-01-02&to=2025-01-04")
    assert ["No. 3", "No. 2", "No. 1"] == [t["description"] for t in pages]


def test_one_account_is_listed_by_itself(bench: Bench) -> None:
    """By our id of it."""
    ids = stored(bench, [movement(1, "1"), movement(2, "2"), movement(3, "2", None)])

    assert ["No. 1"] == told(bench, f"account={ids['1']}")
    assert ["No. 3", "No. 2"] == told(bench, f"account={ids['2']}")
    assert ["No. 3", "No. 2"] == [
        t["description"] for t in everything(bench, 1, f"&account={ids['2']}")
    ]


def test_hidden_accounts_are_seen_only_by_who_asks_for_them(bench: Bench) -> None:
    """Nothing of them is lost."""
    ids = stored(bench, [movement(1, "1"), movement(2, "2")])
    bench.api("PATCH", f"/connections/con_1/accounts/{ids['2']}", {"hidden": True})

    assert ["No. 1"] == told(bench)
    assert ["No. 2"] == told(bench, f"account={ids['2']}")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("account=acc_none", "account"),
        ("account=", "account"),
        ("from=2025-02-30", "from"),
        ("from=20250101", "from"),
        ("from=2025-W01-1", "from"),
        ("from=yesterday", "from"),
        ("to=", "to"),
        ("to=2025-01-01T00:00:00", "to"),
        ("to=٢٠٢٥-01-01", "to"),
        ("from=2025-01-02&to=2025-01-01", "to"),
        ("from=2025-01-01&from=2025-01-02", "from"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    bench: Bench, query: str, parameter: str
) -> None:
    """The problem names the parameter."""
    stored(bench, [movement(1)])
    answer = bench.api("GET", f"{PATH}?{query}")

    assert (422, [parameter]) == (answer.status, [e["parameter"] for e in answer.json["errors"]])


def test_a_page_reads_no_more_than_it_shows(bench: Bench) -> None:
    """Of a long history, a page and one; of each account."""
    stored(bench, [movement(n, "1", FIRST + timedelta(days=n)) for n in range(60)])
    asked: list[dict[str, Any]] = []

    def see(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "Query":
            asked.append(params)

    bench.services._dynamodb.meta.events.register("provide-client-params.*.*", see)
    told(bench, "limit=5")
    movements = [a for a in asked if ":low" in a["ExpressionAttributeValues"]]
    assert {6} == {a["Limit"] for a in movements}
    assert 4 >= len(movements)

from __future__ import annotations

from functools import partial
from typing import Any

import boto3
import pytest

from relink.bank_lists import PART, BankLists, Standing
from relink.clock import DAY
from relink.connection import Bank, Method
from relink.offers import Offer
from tests.fakes import NOON


class Crash(BaseException):
    """The process stops."""


@pytest.fixture
def lists(tables: dict[str, str]) -> BankLists:
    """Return an empty table."""
    return BankLists(boto3.client("dynamodb"), tables["BanksTable"])


def offers(country: str, number: int, provider: str = "powens", first: int = 0) -> list[Offer]:
    """Return that many offers of a country."""
    banks = (
        Bank(f"{country}{n}", f"Banco {n}", country, provider, Method.DIRECT)
        for n in range(first, first + number)
    )
    return [Offer(bank, bic="CMARESMMXXX") for bank in banks]


def counted(lists: BankLists) -> list[str]:
    """Return the list to which the names of all writes from now on are added."""
    seen: list[str] = []

    def see(model: Any, **_: Any) -> None:
        seen.append(model.name)

    for name in ("PutItem", "DeleteItem"):
        lists.client.meta.events.register(f"before-call.dynamodb.{name}", see)
    return seen


def test_what_is_listed_is_read_by_country(lists: BankLists) -> None:
    """Of all providers, each way as it was told, and how each list stands."""
    told = [
        Offer(Bank("ría:business", "Ría", "ES", "eb", Method.CONSENT), "business", "CMARESMM"),
        Offer(Bank("x", "Rivage", "FR", "eb", Method.CONSENT)),
    ]
    after = lists.replace(Standing("eb"), told, NOON)
    other = lists.replace(Standing("powens"), offers("ES", 2), NOON + 1)

    assert [told[0], *offers("ES", 2)] == lists.in_country("ES")
    assert [told[1]] == lists.in_country("FR")
    assert [] == lists.in_country("DE")
    assert {"eb": after, "powens": other} == lists.standings()
    assert (NOON, NOON + DAY, 2) == (after.listed_at, after.again_at, after.banks)
    assert {"ES", "FR"} == after.countries.keys()


def test_a_long_list_takes_several_items_and_one_request(lists: BankLists) -> None:
    """Twelve thousand banks are one page of a query; each of them is there once."""
    told = offers("US", 12_000, "plaid")
    lists.replace(Standing("plaid"), told, NOON)
    requests: list[str] = []
    lists.client.meta.events.register(
        "before-call.dynamodb.Query", lambda model, **_: requests.append(model.name)
    )

    assert set(told) == set(lists.in_country("US"))
    assert ["Query"] == requests
    items = lists.client.scan(TableName=lists.table)["Items"]
    assert 12_000 / PART + 1 == len(items)
    assert all(len(str(item)) < 400_000 for item in items)


def test_a_list_that_has_not_changed_is_not_written(lists: BankLists) -> None:
    """Whatever its order; only that it was told again is noted."""
    told = offers("ES", 3) + offers("FR", 2)
    standing = lists.replace(Standing("powens"), told, NOON)
    written = counted(lists)

    again = lists.replace(standing, reversed(told), NOON + DAY)

    assert ["PutItem"] == written
    assert (NOON + DAY, standing.countries) == (again.listed_at, again.countries)


def test_what_has_gone_from_a_list_is_gone(lists: BankLists) -> None:
    """Banks, whole countries, and the items that are no longer needed."""
    standing = lists.replace(Standing("powens"), offers("ES", PART * 2 + 1) + offers("FR", 1), NOON)
    lists.replace(Standing("eb"), offers("ES", 1, "eb"), NOON)

    lists.replace(standing, offers("ES", 1), NOON + DAY)

    assert {*offers("ES", 1), *offers("ES", 1, "eb")} == set(lists.in_country("ES"))
    assert [] == lists.in_country("FR")
    assert 4 == lists.client.scan(TableName=lists.table)["Count"]


def test_a_list_that_is_put_off_stays_as_it_is(lists: BankLists) -> None:
    """Only when its provider is asked next is another time."""
    standing = lists.replace(Standing("powens"), offers("ES", 1), NOON)
    lists.put_off(standing, NOON + 7)

    [after] = lists.standings().values()
    assert (NOON, NOON + 7, standing.countries) == (
        after.listed_at,
        after.again_at,
        after.countries,
    )
    assert offers("ES", 1) == lists.in_country("ES")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_a_crash_between_any_two_calls_is_put_right_by_the_next_list(
    lists: BankLists, when: str, call: int
) -> None:
    """Nothing is left behind, and nothing that counted before is lost in between."""
    old = offers("ES", PART + 1) + offers("FR", 2)
    new = offers("ES", 2, first=1) + offers("DE", 1)
    lists.replace(Standing("powens"), old, NOON)
    left = [call]

    def crash(_model: Any, **_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    for name in ("PutItem", "DeleteItem"):
        event = f"{when}-call.dynamodb.{name}"
        lists.client.meta.events.register(event, partial(_called, crash), unique_id=event)
    try:
        lists.replace(lists.standings()["powens"], new, NOON + 1)
    except Crash:
        assert {o.bank.bank_id for o in lists.in_country("ES")} >= {"ES1", "ES2"}
    left[0] = 0
    final = offers("ES", 1)

    lists.replace(lists.standings()["powens"], final, NOON + 2)

    assert final == lists.in_country("ES")
    assert [] == lists.in_country("DE") + lists.in_country("FR")
    assert 2 == lists.client.scan(TableName=lists.table)["Count"]


def _called(crash: Any, **arguments: Any) -> None:
    crash(arguments.get("model"))

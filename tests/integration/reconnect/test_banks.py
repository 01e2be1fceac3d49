"""The search for banks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from reconnect.api.banks import COUNTRIES_KEPT, KEPT
from relink.connection import Bank, Method
from relink.offers import Offer
from tests.integration.reconnect.bank_lists import (
    listed,
    refused,
    rias,
    search,
)
from tests.integration.reconnect.bench import CLAIMS
from tests.stumbling import refusal

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench


def test_a_bank_is_found_once_with_all_its_ways(bench: Bench) -> None:
    """Under its best-written name; each way in its provider's own words."""
    rias(bench)

    told = search(bench, "country=ES&q=ria")

    assert {
        "banks": [
            {
                "name": "Banco de la Ría",
                "country": "ES",
                "ways": [
                    {
                        "bank_id": "es-ria:business",
                        "name": "Banco de la Ría",
                        "country": "ES",
                        "provider": "enablebanking",
                        "method": "consent",
                        "customers": "business",
                    },
                    {
                        "bank_id": "es-ria:personal",
                        "name": "Banco de la Ría",
                        "country": "ES",
                        "provider": "enablebanking",
                        "method": "consent",
                        "customers": "personal",
                    },
                    {
                        "bank_id": "c0ffee",
                        "name": "BANCO DE LA RIA",
                        "country": "ES",
                        "provider": "powens",
                        "method": "direct",
                    },
                ],
            }
        ],
        "next_cursor": None,
    } == told


def test_lists_are_kept_for_minutes(bench: Bench) -> None:
    """A search costs no request while its country is in memory; few countries are."""
    rias(bench)
    requests: list[str] = []
    bench.services._dynamodb.meta.events.register(
        "before-call.dynamodb.Query", lambda model, **_: requests.append(model.name)
    )
    for typed in ("b", "ba", "ban"):
        assert 1 == len(search(bench, f"country=ES&q={typed}")["banks"])
    assert 1 == len(requests)
    bench.clock.advance(KEPT)
    search(bench, "country=ES&q=b")
    assert 2 == len(requests)
    for country in ("FR", "DE", "IT", "PT", "BE", "NL", "AT", "FI", "IE"):
        search(bench, f"country={country}")
    assert COUNTRIES_KEPT == len(bench.services.banks_api.kept)


def test_pages_follow_each_other(bench: Bench) -> None:
    """Each bank once, and then no further page."""
    names = [f"Caja {n:02}" for n in range(53)]
    listed(bench, *(Offer(Bank(n, n, "ES", "powens", Method.DIRECT)) for n in names))
    first = search(bench, "country=ES&q=caja")
    assert names[:50] == [bank["name"] for bank in first["banks"]]
    rest = search(bench, f"country=ES&q=caja&cursor={quote(first['next_cursor'])}")
    assert (names[50:], None) == ([b["name"] for b in rest["banks"]], rest["next_cursor"])
    few = search(bench, "country=ES&limit=5")
    assert names[:5] == [bank["name"] for bank in few["banks"]]
    other = bench.api("GET", f"/banks/search?country=ES&q=ca&cursor={quote(first['next_cursor'])}")
    assert (422, "cursor") == (other.status, refused(other)[2][0]["parameter"])


def test_what_has_not_changed_is_not_told_again(bench: Bench) -> None:
    """An app may keep what it was told, and ask whether it is still true."""
    rias(bench)
    first = bench.api("GET", "/banks/search?country=ES")
    tag = {"if-none-match": first.headers["ETag"], "accept": "application/json"}
    again = bench.call("GET", "/banks/search?country=ES", headers=tag, claims=CLAIMS)
    assert (304, "") == (again.status, again.body)


def test_a_country_without_banks_is_an_empty_list(bench: Bench) -> None:
    """It is a country all the same."""
    rias(bench)
    assert {"banks": [], "next_cursor": None} == search(bench, "country=FR&q=ria")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "country"),
        ("q=san", "country"),
        ("country=", "country"),
        ("country=es", "country"),
        ("country=ZZ", "country"),
        ("country=ESP", "country"),
        ("country=%00%00", "country"),
        ("country=ES&q=" + "x" * 101, "q"),
        ("country=ES&q=%00", "q"),
        ("country=ES&q=a%0d%0aSet-Cookie:b", "q"),
        ("country=ES&limit=0", "limit"),
        ("country=ES&limit=101", "limit"),
        ("country=ES&limit=-1", "limit"),
        ("country=ES&limit=", "limit"),
        ("country=ES&limit=%D9%A3", "limit"),
        ("country=ES&limit=" + "9" * 5_000, "limit"),
        ("country=ES&cursor=x", "cursor"),
        ("country=ES&cursor=" + "A" * 5_000, "cursor"),
        ("country=ES&country=FR", "country"),
        ("&".join(["a=b"] * 40), ""),
    ],
)
def test_a_query_that_cannot_be_answered_is_told_why(
    bench: Bench, query: str, parameter: str
) -> None:
    """Which parameter, and what it should be."""
    status, kind, errors = refused(bench.api("GET", f"/banks/search?{query}"))
    assert (422, "invalid") == (status, kind)
    assert [parameter] == [error["parameter"] for error in errors]


def test_who_may_search_has_a_workspace(bench: Bench) -> None:
    """The list is public, its use is not."""
    assert 403 == bench.api("GET", "/banks/search?country=ES", claims={"sub": "own_1"}).status


def test_a_table_out_of_reach_is_told_as_such(bench: Bench) -> None:
    """To try again makes sense."""

    def refuse(**_: object) -> None:
        raise refusal("ThrottlingException")

    client = bench.services.bank_lists.client
    client.meta.events.register("before-call.dynamodb.Query", refuse)
    answer = bench.api("GET", "/banks/search?country=ES")
    assert (503, "5") == (answer.status, answer.headers["Retry-After"])

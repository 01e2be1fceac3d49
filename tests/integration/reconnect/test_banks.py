"""The search for banks, and connecting what was found there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from reconnect.banks_api import COUNTRIES_KEPT, KEPT
from relink.bank_lists import Standing
from relink.connection import Bank, Method
from relink.offers import Offer
from relink.providers import METHODS, PROVIDERS
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS
from tests.stumbling import refusal

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer, Bench

BY_TOKEN = {
    "bank_id": "any",
    "name": "Any",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}
PROBLEM = "urn:relink:problem:"
RIA = Bank("es-ria", "Banco de la Ría", "ES", "enablebanking", Method.CONSENT)
FORM = Bank("c0ffee", "BANCO DE LA RIA", "ES", "powens", Method.DIRECT)


def listed(bench: Bench, *offers: Offer, provider: str = "powens") -> None:
    """Let a provider list these, as the worker does."""
    lists = bench.services.bank_lists
    lists.replace(lists.standings().get(provider, Standing(provider)), offers, NOON)


def rias(bench: Bench) -> None:
    """List a bank that two providers reach, one of them for two kinds of customers."""
    kinds = ("business", "personal")
    ways = [Offer(Bank(f"es-ria:{k}", *_rest(RIA)), k) for k in kinds]
    listed(bench, *ways, provider="enablebanking")
    listed(bench, Offer(FORM))


def _rest(bank: Bank) -> tuple[str, str, str, Method]:
    return bank.name, bank.country, bank.provider, bank.method


def search(bench: Bench, query: str) -> Any:
    """Return what a search finds."""
    answer = bench.api("GET", f"/banks/search?{query}")
    assert 200 == answer.status, answer.body
    return answer.json


def refused(answer: Answer) -> tuple[int, str, list[dict[str, str]]]:
    """Return why an answer is a refusal."""
    told = answer.json
    return answer.status, told["type"].removeprefix(PROBLEM), told["errors"]


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

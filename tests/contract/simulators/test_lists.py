"""The simulated providers list their banks as the real ones do, and take nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.plaid.settings import CLIENT_ID, SECRET
from relink.providers.enablebanking.app_token import AppToken
from tests.contract.simulators.client import Answer, call

if TYPE_CHECKING:
    from tests.contract.simulators.client import Simulators

ASKED = {"count": 500, "offset": 0, "country_codes": ["US", "ES"]}


def institutions(simulators: Simulators, **content: Any) -> Answer:
    """Ask Plaid, with our keys."""
    headers = {"Content-Type": "application/json"}
    headers |= {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": SECRET}
    body = json.dumps(content).encode()
    url = f"{simulators.base}/plaid/institutions/get"
    return call("POST", url, body, headers=headers)


def test_plaid_tells_how_many_there_are_whatever_the_page(simulators: Simulators) -> None:
    """What a client has no product for is taken out of a page after it was cut."""
    whole = institutions(simulators, **ASKED).json()
    assert whole["total"] == len(whole["institutions"]) > 2
    cut = institutions(simulators, **{**ASKED, "count": 2, "offset": 1}).json()
    assert whole["institutions"][1:3] == cut["institutions"]
    assert whole["total"] == cut["total"]
    other = institutions(simulators, **ASKED, options={"products": ["transfer"]}).json()
    assert (0, whole["total"]) == (len(other["institutions"]), other["total"])
    beyond = institutions(simulators, **{**ASKED, "offset": 900}).json()
    assert [] == beyond["institutions"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"count": 0}, "INVALID_FIELD"),
        ({"count": 501}, "INVALID_FIELD"),
        ({"offset": -1}, "INVALID_FIELD"),
        ({"country_codes": []}, "INVALID_FIELD"),
        ({"country_codes": ["ZZ"]}, "INVALID_FIELD"),
        ({"options": {"products": ["money"]}}, "INVALID_PRODUCT"),
        ({"options": {"country": "US"}}, "UNKNOWN_FIELDS"),
        ({"query": "bank"}, "UNKNOWN_FIELDS"),
    ],
)
def test_plaid_takes_no_other_question(
    simulators: Simulators, changes: dict[str, Any], code: str
) -> None:
    """It says which field is wrong."""
    answer = institutions(simulators, **{**ASKED, **changes})
    assert (400, code) == (answer.status, answer.json()["error_code"])
    for name in ASKED:
        left = {k: v for k, v in ASKED.items() if k != name}
        assert "MISSING_FIELDS" == institutions(simulators, **left).json()["error_code"]


def test_plaid_counts_requests_by_the_minute(simulators: Simulators) -> None:
    """Fifty, and the next one when the first is a minute old."""
    for _ in range(50):
        assert 200 == institutions(simulators, **ASKED).status
    answer = institutions(simulators, **ASKED)
    assert (429, "INSTITUTIONS_GET_LIMIT") == (answer.status, answer.json()["error_code"])


def test_powens_lists_connectors_without_a_token(simulators: Simulators) -> None:
    """What is not asked to be expanded is not there."""
    url = f"{simulators.base}/powens/2.0/connectors"
    plain = call("GET", url).json()["connectors"]
    assert {"Caja Solana", "Banque du Rivage", "Sparbank Lindental"} == {c["name"] for c in plain}
    assert all({"sources", "countries", "fields"}.isdisjoint(c) for c in plain)
    [spanish] = call("GET", f"{url}?country_codes=ES,PT&expand=countries,sources").json()[
        "connectors"
    ]
    assert [{"id": "ES", "name": "Spain"}] == spanish["countries"]
    assert ["credentials"] == [s["auth_mechanism"] for s in spanish["sources"]]
    assert 400 == call("GET", f"{url}?country=ES").status


def aspsps(simulators: Simulators, now: int, query: str) -> Answer:
    """Ask Enable Banking, as the application that is there from the start."""
    app = simulators.control("GET", "/enablebanking/app")
    bearer = AppToken(app["app_id"], app["private_key"]).bearer(now)
    url = f"{simulators.base}/enablebanking/aspsps?{query}"
    return call("GET", url, headers={"Authorization": f"Bearer {bearer}"})


def test_enable_banking_lists_what_is_asked_for(simulators: Simulators, now: int) -> None:
    """A country's banks, or all that open accounts; none of these makes payments."""
    whole = aspsps(simulators, now, "service=AIS").json()["aspsps"]
    assert {"ES", "DE", "FR"} == {bank["country"] for bank in whole}
    spanish = aspsps(simulators, now, "country=ES").json()["aspsps"]
    assert ["Caja Solana"] == [bank["name"] for bank in spanish]
    assert [] == aspsps(simulators, now, "service=PIS").json()["aspsps"]


@pytest.mark.parametrize("query", ["country=es", "country=Spain", "service=ALL", "psu=x"])
def test_enable_banking_takes_no_other_question(
    simulators: Simulators, now: int, query: str
) -> None:
    """Its parameters have patterns; who asks is found out before that."""
    answer = aspsps(simulators, now, query)
    assert (422, "WRONG_REQUEST_PARAMETERS") == (answer.status, answer.json()["error"])
    assert 401 == call("GET", f"{simulators.base}/enablebanking/aspsps").status

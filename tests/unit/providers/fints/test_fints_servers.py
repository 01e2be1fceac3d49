from __future__ import annotations

import json
from typing import Any

import pytest

from relink.connection import Bank, Method
from relink.failures import Misconfigured
from relink.offers import Offer
from relink.providers.fints import build

URL = "https://fints.example/fints"


def listed(servers: Any, product: str = "R") -> list[Offer]:
    """Return what is listed of a setting."""
    text = servers if isinstance(servers, str) else json.dumps(servers)
    return list(build({"FINTS_SERVERS": text, "FINTS_PRODUCT_ID": product}).banks(0, 1))


def test_each_bank_of_the_setting_is_listed() -> None:
    """By its name, if it is told; else by its code. Its address is the same either way."""
    named = {"url": URL, "name": "Sparkasse Beispiel", "bic": "BEISDE33"}
    servers = {"70150000": named, "70150001": URL, "70150002": {"url": URL}}

    assert [
        Offer(Bank("70150000", "Sparkasse Beispiel", "DE", "fints", Method.DIRECT), "", "BEISDE33"),
        Offer(Bank("70150001", "BLZ 70150001", "DE", "fints", Method.DIRECT)),
        Offer(Bank("70150002", "BLZ 70150002", "DE", "fints", Method.DIRECT)),
    ] == listed(servers)
    adapter = build({"FINTS_SERVERS": json.dumps(servers)})
    assert {URL} == {adapter._url(code) for code in servers}


def test_without_a_registration_or_servers_nothing_is_listed() -> None:
    """FinTS is not used then."""
    assert [] == listed({"70150000": URL}, product="") == listed({}) == listed("")


@pytest.mark.parametrize(
    "servers", ["[]", "5", "{", '{"1": 5}', '{"1": {"url": "x", "name": 5}}', '{"1": {}}']
)
def test_a_setting_that_cannot_be_read_is_ours_to_mend(servers: str) -> None:
    """It is no list of no banks."""
    with pytest.raises(Misconfigured):
        listed(servers)


def test_logins_are_counted_where_the_server_is() -> None:
    """Many bank codes share one, however its address is spelt in the setting."""
    servers = {
        "70150000": URL,
        "70150001": "https://FINTS.example:443/fints/",
        "70150002": "https://fints.example/other",
    }
    adapter = build({"FINTS_SERVERS": json.dumps(servers)})
    own, same, other, unknown = (
        adapter.counted_at(Bank(code, "Bank", "DE", "fints", Method.DIRECT))
        for code in (*servers, "70150009")
    )

    assert own == same
    assert 3 == len({own, other, unknown})

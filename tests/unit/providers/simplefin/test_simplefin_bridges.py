from __future__ import annotations

import pytest

from relink.connection import Method
from relink.providers.simplefin import build


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        ("", ["SimpleFIN Bridge", "SimpleFIN Bridge (beta)"]),
        ("https://bridge.simplefin.org/simplefin", ["SimpleFIN Bridge"]),
        ("https://a.example/x, https://a.example/y", ["SimpleFIN (a.example)"]),
        ("nowhere", []),
    ],
)
def test_each_server_is_one_way_named_after_it(urls: str, names: list[str]) -> None:
    """Which banks are behind it is chosen there."""
    found = list(build({"SIMPLEFIN_URLS": urls}).banks(0, 1))
    for country in ("US", "CA"):
        assert names == [o.bank.name for o in found if o.bank.country == country]
    assert {Method.TOKEN} >= {o.bank.method for o in found}
    assert 2 * len(names) == len(found)

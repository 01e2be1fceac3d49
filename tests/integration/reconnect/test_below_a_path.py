"""A public address that has a path of its own: every address that is told lies below it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from reconnect.visit import below
from tests.integration.reconnect.bench import BANK

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

HOME = "https://app.example/banks/relink/"
BODY = {
    "bank": {n: str(getattr(BANK, n)) for n in ("bank_id", "name", "country", "provider", "method")}
}


@pytest.fixture
def housed(bench: Bench) -> Bench:
    """Return the function as a deployer has it who put it beside other things."""
    services: Any = bench.services
    for name in ("sync_api", "connections_api"):
        services.__dict__[name] = replace(getattr(services, name), public_url=HOME)
    return bench


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/connections", BODY, 201),
        ("/connections/con_1/sync", {"kind": "standard"}, 202),
        ("/connections/con_1/sync", {"kind": "historical"}, 202),
    ],
    ids=["connect", "sync", "historical"],
)
def test_what_is_told_lies_below_the_public_address(
    housed: Bench, path: str, body: Any, status: int
) -> None:
    """A caller goes where he is sent, and so must not be sent beside us."""
    housed.green()
    told = housed.api("POST", path, body)
    named = [v for n, v in told.json.items() if n in {"url", "status_url", "connect_url"}]

    assert status == told.status
    for address in (told.headers["Location"], *named):
        assert urlsplit(address).path.startswith("/banks/relink/"), address


def test_without_a_path_nothing_is_put_before() -> None:
    """Nor where the public address is the API's own, which the function does not know."""
    assert {"/x"} == {below(home, "/x") for home in ("", "https://a.example", "https://a.example/")}

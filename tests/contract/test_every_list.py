"""The contract of a bank adapter, lists: every provider tells which banks it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.provider_settings import ProviderSettings
from infra.local.reachable_banks import reachable_banks
from relink.connection import Method
from relink.countries import COUNTRIES
from relink.failures import Misconfigured, ProviderError
from relink.offers import folded
from relink.provider import Accepted, Ask, WaitForApp
from relink.providers import METHODS, PROVIDERS, load
from relink.providers.plaid import institutions
from relink.reasons import Status
from sync.listing import ID_LIMIT, NAME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from infra.simulators.exchange import Reply
    from relink.offers import Offer
    from tests.contract.bench.workbench import Bench
    from tests.contract.simulators.client import Simulators
    from tests.fakes import Clock

ASKS_NOBODY = ("fints", "simplefin")
EVERYWHERE = {"PLAID_LIST_COUNTRIES": "US,ES,DE,FR"}


def listed(bench: Bench, **more: str) -> list[Offer]:
    """Return what the provider lists."""
    adapter = load(bench.name, {**EVERYWHERE, **bench.environ(), **more})
    return list(adapter.banks(bench.clock(), bench.clock() + 60))


def test_a_list_is_made_of_what_connections_take(bench: Bench) -> None:
    """Ids that are short, names that can be shown, countries that there are; each way once."""
    found = listed(bench)
    assert found
    for offer in found:
        assert bench.name == offer.bank.provider
        assert 0 < len(offer.bank.bank_id) <= ID_LIMIT
        assert 0 < len(offer.bank.name) <= NAME_LIMIT
        assert folded(offer.bank.name)
        assert offer.bank.country in COUNTRIES
        assert offer.bank.method in METHODS[bench.name]
    ways = {(o.bank.country, o.bank.bank_id, o.bank.method) for o in found}
    assert len(ways) == len(found)


def test_a_list_is_the_same_every_day(bench: Bench) -> None:
    """What is in it keeps its id."""
    found = listed(bench)
    bench.clock.advance(86_400)
    assert found == listed(bench)


def test_a_listed_bank_can_be_connected(bench: Bench) -> None:
    """The adapter takes what it has listed."""
    home = bench.bank
    mine = [o.bank for o in listed(bench) if o.bank.method is home.method]
    bank = next((b for b in mine if folded(b.name) == folded(home.name)), mine[0])
    bench.bank = bank  # type: ignore[misc] # as its owner has found it
    assert isinstance(bench.log_in(), Accepted | Ask | WaitForApp)


def test_a_provider_that_is_not_set_up_lists_nothing(bench: Bench) -> None:
    """In silence: most of us use a few providers only."""
    before = bench.calls()
    names = [n for n in bench.environ() if n.endswith(("_ID", "_SECRET", "_KEY"))]
    for name in names:
        assert [] == listed(bench, **{name: ""})
    assert bench.calls() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>Wartung</html>", b"\xff" * 9, b"null"])
def test_an_answer_that_is_no_list_is_no_empty_list(
    bench: Bench, spoil: Callable[[Callable[[Reply], Reply]], None], body: bytes
) -> None:
    """What was listed before stays then, so it must not be mistaken for the truth."""
    if bench.name in ASKS_NOBODY:
        pytest.skip(f"{bench.name}: nobody is asked")
    spoil(lambda reply: reply.but(body=body))
    with pytest.raises(ProviderError) as raised:
        listed(bench)
    assert Status.ORANGE is raised.value.reason.status


def test_an_outage_is_no_empty_list(bench: Bench) -> None:
    """And the list is there again after it."""
    if bench.name in ASKS_NOBODY:
        pytest.skip(f"{bench.name}: nobody is asked")
    before = listed(bench)
    bench.simulators.control("POST", "/outage", bank=bench.name, on=True)
    with pytest.raises(ProviderError) as raised:
        listed(bench)
    assert not isinstance(raised.value, Misconfigured)
    bench.simulators.control("POST", "/outage", bank=bench.name, on=False)
    assert before == listed(bench)


def test_plaids_list_is_the_same_however_large_its_pages_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, each bank once; a client that asks too often is told so."""
    if bench.name != "plaid":
        pytest.skip("only Plaid's list comes in pages")
    whole = listed(bench)
    for size in (1, 2, 5):
        monkeypatch.setattr(institutions, "PAGE", size)
        assert whole == listed(bench)
    monkeypatch.setattr(institutions, "PAGE", 1)
    told: list[str] = []
    for _ in range(10):
        try:
            listed(bench)
        except ProviderError as error:
            told.append(error.provider_code)
    assert {"INSTITUTIONS_GET_LIMIT"} == set(told)


class Addresses:
    """The simulators as the local stack sees them."""

    def __init__(self, simulators: Simulators) -> None:
        self._simulators = simulators
        self.addresses = {name: f"{simulators.base}/{name}" for name in PROVIDERS}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use a switch."""
        return self._simulators.control(method, path, **(body or {}))


def test_the_local_stacks_banks_are_those_that_are_listed(
    simulators: Simulators, clock: Clock
) -> None:
    """What its desk offers is what its search finds: the ids, names and methods of the adapters."""
    told = ProviderSettings.of(Addresses(simulators))  # type: ignore[arg-type]
    environ = {
        **told.secrets,
        "ENABLEBANKING_URL": told.parameters["EnablebankingUrl"],
        "FINTS_SERVERS": told.parameters["FintsServers"],
        "PLAID_URL": told.parameters["PlaidUrl"],
        "PLAID_LIST_COUNTRIES": told.parameters["PlaidCountries"],
        "POWENS_URL": told.parameters["PowensUrl"],
        "POWENS_CATALOGUE": told.parameters["PowensCatalogue"],
    }
    offered = {
        (b.provider, b.bank_id, b.name, b.country, b.method)
        for b in reachable_banks()
        if b.method != Method.TOKEN
    }
    found = {
        (o.bank.provider, o.bank.bank_id, o.bank.name, o.bank.country, o.bank.method.value)
        for name in PROVIDERS
        if name != "simplefin"
        for o in load(name, environ).banks(clock(), clock() + 60)
    }
    assert offered == found

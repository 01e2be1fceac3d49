from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.connection import Bank, Method
from relink.failures import Temporary
from relink.offers import Offer
from relink.providers.powens import build
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import KEYS, NOW

if TYPE_CHECKING:
    from tests.unit.providers.powens.fakes import Bench

LIST = "GET /connectors"
UUID = "338178e6-3d01-564f-9a7b-52ca442459bf"
KNOWN = "f711dd7a-6289-5bda-b3a4-f2febda8c046"


def source(mechanism: str, disabled: str | None = None) -> dict[str, Any]:
    """Return a source."""
    return {"id": 1, "name": "s", "auth_mechanism": mechanism, "disabled": disabled, "priority": 1}


def connector(**changes: Any) -> dict[str, Any]:
    """Return a connector as the list has it."""
    return {
        "id": 40,
        "uuid": UUID,
        "name": "Banque d'exemple",
        "hidden": False,
        "restricted": False,
        "auth_mechanism": "credentials",
        "products": ["bank"],
        "capabilities": ["bank", "document"],
        "countries": [{"id": "FR", "name": "France"}],
        "sources": [source("credentials")],
        **changes,
    }


def listed(powens: Bench, *connectors: Any) -> list[Offer]:
    """Return what is listed of these connectors."""
    powens.wire.play(LIST, answer({"connectors": list(connectors)}))
    return list(powens.adapter.banks(NOW, NOW + 60))


def test_a_bank_is_listed_in_each_country_by_each_method(powens: Bench) -> None:
    """Its sources tell how its customers can sign in."""
    countries = [{"id": "FR", "name": "France"}, {"id": "es", "name": "Spain"}]
    both = [source("webauth"), source("credentials")]

    found = listed(powens, connector(countries=countries, sources=both))

    assert [
        Offer(Bank(UUID, "Banque d'exemple", country, "powens", method))
        for country in ("FR", "ES")
        for method in (Method.DIRECT, Method.CONSENT)
    ] == found
    assert "expand=countries,sources" == powens.wire.sent[-1].query.replace("%2C", ",")
    assert "Authorization" not in powens.wire.sent[-1].headers


def test_a_bank_that_the_catalogue_knows_goes_by_our_id(powens: Bench) -> None:
    """So that its form can be drawn before anybody has asked Powens."""
    [found] = listed(powens, connector(uuid=KNOWN))
    assert "fr-bnp-paribas" == found.bank.bank_id
    assert powens.adapter.describe_credentials(found.bank)


def test_who_goes_to_the_banks_page_gets_no_form(powens: Bench) -> None:
    """A bank that takes both is asked for nothing where its own page asks."""
    [found] = listed(powens, connector(uuid=KNOWN, sources=[source("webauth")]))
    assert Method.CONSENT is found.bank.method
    assert () == powens.adapter.describe_credentials(found.bank)


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": True},
        {"restricted": True},
        {"products": ["bill"]},
        {"products": []},
        {"products": None, "capabilities": ["document"]},
        {"countries": []},
        {"countries": None},
        {"sources": [source("telepathy")]},
        {"sources": None, "auth_mechanism": None},
        {"sources": [source("telepathy"), source("webauth", disabled="2026-01-01 00:00:00")]},
    ],
)
def test_what_no_owner_can_connect_is_not_listed(powens: Bench, changes: dict[str, Any]) -> None:
    """Hidden, closed, a shop, of no country, or by a mechanism that nobody here knows."""
    assert [] == listed(powens, connector(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": None},
        {"products": None},
        {"sources": None},
        {"sources": [source("webauth", disabled="2026-01-01 00:00:00")]},
    ],
)
def test_what_is_not_said_is_taken_from_elsewhere(powens: Bench, changes: dict[str, Any]) -> None:
    """Capabilities for products, the connector's own mechanism where no source is in use."""
    [found] = listed(powens, connector(**changes))
    assert Method.DIRECT is found.bank.method


def test_one_that_cannot_be_read_hides_no_other(powens: Bench) -> None:
    """A list of which nothing can be read is no list."""
    odd = connector(name=None)
    assert 1 == len(listed(powens, odd, connector(), "x"))
    with pytest.raises(Temporary):
        listed(powens, odd)
    powens.wire.play(LIST, answer({"banks": []}))
    with pytest.raises(Temporary):
        list(powens.adapter.banks(NOW, NOW + 60))


@pytest.mark.parametrize("missing", KEYS)
def test_without_a_domain_of_ours_nothing_is_listed(missing: str) -> None:
    """Nobody is asked."""
    environ = {k: v for k, v in KEYS.items() if k != missing}
    assert [] == list(build(environ).banks(NOW, NOW + 60))

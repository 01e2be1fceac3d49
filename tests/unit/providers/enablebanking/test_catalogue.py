from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.connection import Bank, Method
from relink.failures import Temporary
from relink.providers.enablebanking import build
from relink.providers.enablebanking.catalogue import bank_id
from sync.listing import ID_LIMIT
from tests.unit.providers.enablebanking.scripted import NOON, Bench, recorded
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.offers import Offer


def aspsp(name: str, country: str = "ES", **changes: Any) -> dict[str, Any]:
    """Return a bank as the catalogue describes it."""
    return {**recorded("aspsps")["aspsps"][0], "name": name, "country": country, **changes}


def listed(bench: Bench, *banks: Any) -> list[Offer]:
    """Return what is listed of a catalogue of these."""
    bench.app.set_up = True  # type: ignore[attr-defined]
    bench.transport.play("GET /aspsps", answer({"aspsps": list(banks)}))
    return list(bench.adapter.banks(NOON, NOON + 60))


def ids(offers: list[Offer]) -> list[str]:
    """Return the ids of what is offered."""
    return [offer.bank.bank_id for offer in offers]


def test_all_countries_come_in_one_answer(bench: Bench) -> None:
    """Those that open accounts; a country is not asked for."""
    found = listed(bench, *recorded("aspsps")["aspsps"], aspsp("Banque", "FR", bic="BANQFRPP"))

    [asked] = bench.transport.to("GET /aspsps")
    assert {"service": "AIS"} == asked.query
    assert [
        "es-banco-de-pruebas:business",
        "es-banco-de-pruebas:personal",
        "es-caja-empresas:business",
        "es-banco-directo:personal",
        "fr-banque:business",
        "fr-banque:personal",
    ] == ids(found)
    bank = Bank("fr-banque:personal", "Banque", "FR", "enablebanking", Method.CONSENT)
    assert (bank, "personal", "BANQFRPP") == (found[-1].bank, found[-1].customers, found[-1].bic)


def test_a_listed_way_is_one_that_the_login_understands(bench: Bench) -> None:
    """The kind of customer that its id names is the one that the bank is asked for."""
    for offer in listed(bench, *recorded("aspsps")["aspsps"][:1]):
        bench.step(bench.login(), offer.bank)
        sent = bench.transport.to("POST /auth")[-1].body
        assert offer.customers == sent["psu_type"]
        assert {"name": "Banco de Pruebas", "country": "ES"} == sent["aspsp"]


def test_names_that_differ_in_signs_only_have_ids_of_their_own(bench: Bench) -> None:
    """They are two banks to Enable Banking; the same name twice is one."""
    found = ids(
        listed(
            bench,
            *(aspsp(name, psu_types=["business"]) for name in ("Caja-Mar", "Cajá Mar", "Caja-Mar")),
        )
    )
    assert 2 == len(found) == len(set(found))
    assert all(each.startswith("es-caja-mar-") for each in found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Banco de la Ría", "es-banco-de-la-ria"),
        ("N26", "es-n26"),
        ("Εθνική", "es-εθνικη"),
        ("+++", "es-29f5099b"),
        ("Banco " * 20, "es-banco-banco-banco-banco-banco-banco-banc-ab136a44"),
    ],
)
def test_ids_are_made_of_names(name: str, expected: str) -> None:
    """The same for ever: outages and what was chosen go by them."""
    assert expected == bank_id(name, "ES")


def test_the_longest_id_is_one_that_a_connection_takes(bench: Bench) -> None:
    """With all that can come after a name."""
    long, alike = "x" * 90, ("y" * 40, "y" * 39 + "Y")
    found = ids(listed(bench, *map(aspsp, (long, *alike))))
    assert 6 == len(set(found))
    assert max(map(len, found)) <= ID_LIMIT


def test_a_bank_that_says_nothing_of_its_customers_has_one_way(bench: Bench) -> None:
    """The adapter then decides by its setting."""
    assert ["es-caja"] == ids(listed(bench, aspsp("Caja", psu_types=[])))


def test_one_that_cannot_be_read_hides_no_other(bench: Bench) -> None:
    """A catalogue of which nothing can be read is none."""
    odd = aspsp("Caja", psu_types=5)
    assert ["es-ria:business", "es-ria:personal"] == ids(listed(bench, odd, aspsp("Ría"), None))
    for broken in ([odd], None, "x"):
        bench.transport.play("GET /aspsps", answer({"aspsps": broken}))
        with pytest.raises(Temporary):
            list(bench.adapter.banks(NOON, NOON + 60))
    bench.transport.play("GET /aspsps", answer([]))
    with pytest.raises(Temporary):
        list(bench.adapter.banks(NOON, NOON + 60))


@pytest.mark.parametrize("missing", ["ENABLEBANKING_APP_ID", "ENABLEBANKING_PRIVATE_KEY"])
def test_without_an_application_nothing_is_listed(missing: str) -> None:
    """Nobody is asked."""
    keys = {"ENABLEBANKING_APP_ID": "a", "ENABLEBANKING_PRIVATE_KEY": "k"}
    assert () == build({k: v for k, v in keys.items() if k != missing}).banks(NOON, NOON + 60)

from __future__ import annotations

from typing import TYPE_CHECKING

from reconnect.api.bank_entries import entries
from relink.connection import Bank, Method
from relink.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable


def offer(
    provider: str,
    name: str = "Banco de la Ría",
    *,
    bank_id: str = "ria",
    method: Method = Method.CONSENT,
    customers: str = "",
    bic: str = "",
) -> Offer:
    """Return a way to a bank."""
    own_id = f"{bank_id}:{customers}" if customers else bank_id
    return Offer(Bank(own_id, name, "ES", provider, method), customers, bic)


def shown(offers: Iterable[Offer]) -> list[tuple[str, list[str]]]:
    """Return each entry's name and the providers of its ways."""
    return [(e.name, [w.bank.provider for w in e.ways]) for e in entries(offers)]


def test_a_bank_that_several_providers_reach_is_one_entry() -> None:
    """Called the same but for case, accents and signs: both methods under one name."""
    ways = [
        offer("powens", "BANCO DE LA RIA", method=Method.DIRECT),
        offer("enablebanking", bank_id="es-ria", customers="business"),
        offer("enablebanking", bank_id="es-ria", customers="personal"),
        offer("powens", "BANCO DE LA RIA"),
    ]

    [found] = entries(ways)

    assert "Banco de la Ría" == found.name
    assert ["consent", "consent", "consent", "direct"] == [w.bank.method for w in found.ways]
    assert set(ways) == set(found.ways)


def test_names_that_are_only_alike_are_two_banks() -> None:
    """A word more or less may be another bank, even under the same BIC."""
    ways = [
        offer("powens", "Crédito del Mar", bic="CMARESMMXXX"),
        offer("enablebanking", "Crédito del Mar Empresas", bic="CMARESMMXXX"),
    ]
    assert 2 == len(entries(ways))


def test_two_institutions_of_one_name_at_one_provider_are_never_taken_for_one() -> None:
    """It must know what it tells apart; nobody can say which of them another provider means."""
    ways = [
        offer("plaid", bank_id="ins_1"),
        offer("plaid", bank_id="ins_2"),
        offer("powens", method=Method.DIRECT),
    ]
    assert [["plaid"], ["plaid"], ["powens"]] == [providers for _, providers in shown(ways)]


def test_different_bics_tell_banks_of_one_name_apart() -> None:
    """Cooperative banks share names. What is no BIC, or the same one in short, tells nothing."""
    one, other = offer("fints", bic="GENODEF1ABC"), offer("enablebanking", bic="GENODEF1XYZ")
    assert 2 == len(entries([one, other]))
    short, long = offer("fints", bic="spltde71"), offer("enablebanking", bic="SPLTDE71XXX")
    assert 1 == len(entries([short, long]))
    assert 1 == len(entries([short, offer("powens", bic="unknown"), offer("plaid")]))


def test_entries_come_by_name_whatever_the_order_of_the_list() -> None:
    """The same list in any order is the same page, and no two entries share a place."""
    ways = [offer("p", name, bank_id=f"b{n}") for n, name in enumerate(("Zeta", "Álava", "Bé"))]
    ways += [offer("p", "Zeta", bank_id="b9")]

    found = entries(ways)

    assert ["Álava", "Bé", "Zeta", "Zeta"] == [e.name for e in found]
    assert found == entries(reversed(ways))
    assert 4 == len({e.key for e in found})


def test_names_without_a_letter_are_still_names() -> None:
    """Two of them are not the same for having none."""
    assert 2 == len(entries([offer("p", "+++"), offer("q", "***")]))


def test_the_best_written_name_is_shown() -> None:
    """Some providers shout, or know no accents."""
    written = ("CAJA DE INGENIERÍA", "caja de ingenieria", "Caja de Ingenieria")
    ways = [offer(str(n), name) for n, name in enumerate((*written, "Caja de Ingeniería"))]

    assert ["Caja de Ingeniería"] == [e.name for e in entries(ways)]
    assert ["Caja de Ingenieria"] == [e.name for e in entries(ways[:3])]

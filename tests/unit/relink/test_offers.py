from __future__ import annotations

import pytest

from relink.connection import Bank, Method
from relink.countries import COUNTRIES
from relink.offers import Offer, folded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Banco de la Ría", "banco de la ria"),
        ("BANQUE  D'ÉPARGNE, S.A.", "banque d epargne s a"),
        ("Ørsted Łódź Bank", "orsted lodz bank"),
        ("Straßen-Sparkasse", "strassen sparkasse"),
        ("İş Bankas\u0131", "is bankasi"),
        ("ﬁnance & cœur", "finance coeur"),
        ("Εθνική Τράπεζα", "εθνικη τραπεζα"),
        ("Банк № 1", "банк no 1"),
        ("+++", ""),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_signs(name: str, expected: str) -> None:
    """As people type them, in whatever alphabet."""
    assert expected == folded(name)
    assert expected == folded(folded(name))


def test_both_of_a_banks_logins_are_of_one_institution() -> None:
    """What tells the kinds of customers apart is not the bank's name."""
    ways = [
        Offer(Bank(f"es-ria:{kind}", "Ría", "ES", "p", Method.CONSENT), kind)
        for kind in ("business", "personal")
    ]
    other = Offer(Bank("es-ria:business", "Ría", "ES", "p", Method.CONSENT))

    assert {("p", "es-ria")} == {way.institution for way in ways}
    assert ("p", "es-ria:business") == other.institution


def test_countries_are_codes_of_two_letters() -> None:
    """All of ISO 3166-1, and the one more that banks use."""
    assert 250 == len(COUNTRIES)
    assert all(len(c) == 2 and c.isascii() and c.isupper() for c in COUNTRIES)
    assert {"ES", "GB", "XK"} < COUNTRIES
    assert not {"UK", "EU", "ZZ"} & COUNTRIES

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.connection import Bank, Method
from relink.failures import ProviderError, Temporary
from relink.offers import Offer
from relink.providers.plaid.adapter import build
from relink.providers.plaid.institutions import MOST, PAGE
from relink.reasons import Reason
from tests.unit.providers.plaid.fakes import NOW, error
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.providers.transport import Answer
    from tests.unit.providers.plaid.fakes import Bench

PATH = "/institutions/get"


def institution(number: int, **changes: Any) -> dict[str, Any]:
    """Return an institution as Plaid describes it."""
    return {
        "institution_id": f"ins_{number}",
        "name": f"Bank {number}",
        "products": ["transactions"],
        "country_codes": ["US"],
        "routing_numbers": [],
        "oauth": False,
        **changes,
    }


def page(*institutions: Any, total: int | None = None) -> Answer:
    """Return a page, the only one unless there are more in all."""
    told = len(institutions) if total is None else total
    return answer({"institutions": list(institutions), "total": told, "request_id": "r1"})


def listed(plaid: Bench, seconds: int = 100) -> list[Offer]:
    """Return the list."""
    return list(plaid.adapter.banks(NOW, NOW + seconds))


def test_institutions_are_asked_for_page_after_page(plaid: Bench) -> None:
    """By count and offset, until there are no more; a page may hold fewer, or none at all."""
    total = 2 * PAGE + 1
    pages = (
        page(institution(1), total=total),
        page(total=total),
        page(institution(2), total=total),
    )
    plaid.wire.play(PATH, *pages)

    assert ["ins_1", "ins_2"] == [offer.bank.bank_id for offer in listed(plaid)]
    asked = [sent.content for sent in plaid.wire.sent]
    assert [0, PAGE, 2 * PAGE] == [content["offset"] for content in asked]
    assert {
        "count": PAGE,
        "offset": 0,
        "country_codes": ["US", "CA"],
        "options": {"products": ["transactions"]},
    } == asked[0]


def test_an_institution_is_a_consent_in_each_of_our_countries(plaid: Bench) -> None:
    """What it is called; the countries that we have not asked for are left out."""
    plaid.wire.play(PATH, page(institution(1, country_codes=["CA", "GB", "US"])))
    assert [
        Offer(Bank("ins_1", "Bank 1", country, "plaid", Method.CONSENT)) for country in ("CA", "US")
    ] == listed(plaid)


def test_one_that_cannot_be_read_hides_no_other(plaid: Bench) -> None:
    """A list of which nothing can be read is no list."""
    odd = [{"name": "no id"}, 5, institution(3, name=None)]
    plaid.wire.play(PATH, page(*odd, institution(1)))
    assert ["ins_1"] == [offer.bank.bank_id for offer in listed(plaid)]
    plaid.wire.play(PATH, page(*odd))
    with pytest.raises(Temporary):
        listed(plaid)


@pytest.mark.parametrize("total", [2 * PAGE + 1, PAGE, MOST + 1, 10**9])
def test_a_list_that_changes_or_never_ends_is_none(plaid: Bench, total: int) -> None:
    """Else a bank that moved from one page to another would be missed."""
    plaid.wire.play(PATH, page(institution(1), total=2 * PAGE), page(total=total))
    with pytest.raises(Temporary) as raised:
        listed(plaid)
    assert Reason.BAD_ANSWER is raised.value.reason
    assert len(plaid.wire.sent) <= 2


def test_a_list_that_takes_too_long_is_none(plaid: Bench) -> None:
    """The worker's time ends with it."""
    plaid.wire.play(PATH, page(institution(1), total=2 * PAGE))
    with pytest.raises(Temporary):
        listed(plaid, seconds=0)
    assert [] == plaid.wire.sent


def test_a_limit_on_requests_is_waited_for(plaid: Bench) -> None:
    """It has a code of its own, and the type of all limits."""
    limit = error("INSTITUTIONS_GET_LIMIT", 429, "RATE_LIMIT_EXCEEDED")
    plaid.wire.play(PATH, page(institution(1), total=2 * PAGE), limit)
    with pytest.raises(ProviderError) as raised:
        listed(plaid)
    assert Reason.RATE_LIMITED is raised.value.reason
    assert (raised.value.retry_at or 0) > NOW


@pytest.mark.parametrize("missing", ["PLAID_CLIENT_ID", "PLAID_SECRET"])
def test_without_keys_nothing_is_listed_and_nobody_asked(missing: str) -> None:
    """Plaid is not used then."""
    keys = {"PLAID_CLIENT_ID": "c", "PLAID_SECRET": "s"}
    assert [] == list(build({k: v for k, v in keys.items() if k != missing}).banks(NOW, NOW + 9))


@pytest.mark.parametrize(
    ("environ", "countries"),
    [
        ({}, ("US", "CA")),
        ({"PLAID_COUNTRY_CODES": "ES, FR"}, ("ES", "FR")),
        ({"PLAID_COUNTRY_CODES": "ES", "PLAID_LIST_COUNTRIES": "GB"}, ("GB",)),
    ],
)
def test_countries_are_a_setting(environ: dict[str, str], countries: tuple[str, ...]) -> None:
    """Plaid refuses those that an account has no access to."""
    assert countries == build(environ)._countries

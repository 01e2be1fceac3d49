"""The institutions that Plaid lists, page after page (OpenAPI description, `/institutions/get`).

A page may hold fewer than were asked for: Plaid takes those out that support none of our products
after it has counted them. So the count of all, and nothing else, tells where the list ends.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from relink.connection import Bank, Method
from relink.offers import Offer
from relink.providers.plaid.client import SECONDS
from relink.providers.transport import TIMED_OUT, bad_answer
from relink.providers.wire import Identifier, Wire, Words, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relink.providers.plaid.client import Client

PROVIDER: Final = "plaid"
PAGE: Final = 500
MOST: Final = 50_000
"""More than there are banks in Plaid's countries: a list that goes on for ever ends here."""


class Institution(Wire):
    """A bank, a login portal of one, or one of its countries."""

    institution_id: Identifier
    name: Words
    country_codes: tuple[str, ...]


class Institutions(Wire):
    """The answer of `/institutions/get`."""

    institutions: list[object]
    total: int


def offers(
    client: Client,
    countries: Sequence[str],
    products: Sequence[str],
    now: int,
    deadline: int,
) -> Iterator[Offer]:
    """Yield the institutions of some countries that support all products, in each country.

    Raises `ProviderError`, also if the list changes while it is read.
    """
    until, offset, total = time.monotonic() + deadline - now, 0, None
    while total is None or offset < total:
        left = until - time.monotonic()
        if left <= 0:
            raise TIMED_OUT.error("institutions")
        page = client.post(
            "/institutions/get",
            Institutions,
            now,
            min(SECONDS, left),
            count=PAGE,
            offset=offset,
            country_codes=list(countries),
            options={"products": list(products)},
        )
        if page.total > MOST or (total is not None and page.total != total):
            raise bad_answer("another total")
        offset, total = offset + PAGE, page.total
        for institution in readable(Institution, page.institutions):
            yield from _in_each_country(institution, countries)


def _in_each_country(institution: Institution, countries: Sequence[str]) -> Iterator[Offer]:
    for country in institution.country_codes:
        if country in countries:
            own = institution.institution_id, institution.name
            yield Offer(Bank(*own, country, PROVIDER, Method.CONSENT))

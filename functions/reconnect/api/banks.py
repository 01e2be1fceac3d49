"""The owner's API for the banks that can be connected: a search, and what was chosen from it.

Only the table is read here, and kept for minutes: it changes once a day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reconnect.api.asking import Query, wrong
from reconnect.api.bank_entries import Entry, entries
from reconnect.api.bank_names import NAME_LIMIT, is_name
from reconnect.api.bank_search import search
from reconnect.api.caller import caller_of
from reconnect.api.revalidating import kept
from reconnect.visit import Invalid
from relink.connection import Bank, Method
from relink.countries import COUNTRIES
from relink.offers import folded
from relink.providers import METHODS

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from reconnect.api.bodies import BankBody
    from reconnect.visit import Visit
    from relink.bank_lists import BankLists
    from relink.offers import Offer

KEPT: Final = 300
"""Seconds for which a country's banks are kept in memory."""
COUNTRIES_KEPT: Final = 8
TYPED_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class BanksApi:
    """Answers which banks there are."""

    lists: BankLists
    kept: dict[str, tuple[int, tuple[Entry, ...]]] = field(default_factory=dict)

    def search(self, visit: Visit, now: int) -> Response[str]:
        """Return a page of a country's banks. Raises `NoWorkspace`, or `Invalid` for a bad query.

        Each of a bank's `ways` is what `POST /connections` takes as its `bank`.
        """
        caller_of(visit.claims)
        query = Query.of(visit.query)
        country, typed = _country(query), _typed(query)
        page = query.page("banks", country, folded(typed))
        found = search(self._banks(country, now), typed, page.limit, page.after)
        return kept(
            visit,
            {
                "banks": [_entry_view(entry, country) for entry in found.banks],
                "next_cursor": page.cursor(found.last) if found.last else None,
            },
        )

    def chosen(self, wanted: BankBody, now: int) -> Bank:
        """Return the bank that a way leads to, named as its provider names it.

        Raises `Invalid` if it is no way of its provider, or the provider lists banks, and none
        like that. What a token opens is not known before it is used, so then the bank is what its
        owner calls it; so it is with a provider whose list has not been read yet.
        """
        if wanted.method not in METHODS[wanted.provider]:
            raise _no_bank("method", "no way of this provider")
        told = Bank(wanted.bank_id, wanted.name, wanted.country, wanted.provider, wanted.method)
        if wanted.method is Method.TOKEN:
            return _named(told)
        found = self._way(told, now) or self._way(told, now, afresh=True)
        if found is not None and wanted.customers in {None, found.customers}:
            return found.bank
        standing = self.lists.standings().get(wanted.provider)
        if found is None and (standing is None or not standing.countries):
            return _named(told)
        raise _no_bank("bank_id" if found is None else "customers", "no such bank")

    def _way(self, told: Bank, now: int, *, afresh: bool = False) -> Offer | None:
        banks = self._banks(told.country, now, afresh=afresh)
        ways = (way for entry in banks for way in entry.ways)
        asked = told.provider, told.bank_id, told.method
        return next(
            (w for w in ways if (w.bank.provider, w.bank.bank_id, w.bank.method) == asked), None
        )

    def _banks(self, country: str, now: int, *, afresh: bool = False) -> tuple[Entry, ...]:
        """Return a country's banks, as they were minutes ago at most."""
        read_at, found = self.kept.get(country, (0, ()))
        if afresh or not 0 <= now - read_at < KEPT:
            found = entries(self.lists.in_country(country))
            self.kept.pop(country, None)
            while len(self.kept) >= COUNTRIES_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[country] = (now, found)
        return found


def _named(bank: Bank) -> Bank:
    """Return a bank that its owner has named. Raises `Invalid` if that is no name.

    It is a heading of our page and stands in our mails, which are no place for somebody's message.
    """
    if is_name(bank.name):
        return bank
    raise _no_bank("name", f"a bank's name of at most {NAME_LIMIT} characters, without addresses")


def _no_bank(where: str, detail: str) -> Invalid:
    return Invalid([{"pointer": f"#/bank/{where}", "detail": detail}])


def _country(query: Query) -> str:
    country = query.one("country")
    if not country:
        raise wrong("country", "needed: an ISO 3166-1 alpha-2 code")
    if country not in COUNTRIES:
        raise wrong("country", "no such country")
    return country


def _typed(query: Query) -> str:
    typed = query.one("q") or ""
    if len(typed) > TYPED_LIMIT or not typed.isprintable():
        raise wrong("q", f"at most {TYPED_LIMIT} characters that can be shown")
    return typed


def _entry_view(entry: Entry, country: str) -> dict[str, Any]:
    return {"name": entry.name, "country": country, "ways": [_way_view(w) for w in entry.ways]}


def _way_view(way: Offer) -> dict[str, Any]:
    bank = way.bank
    shown = {
        "bank_id": bank.bank_id,
        "name": bank.name,
        "country": bank.country,
        "provider": bank.provider,
        "method": bank.method.value,
    }
    return {**shown, "customers": way.customers} if way.customers else shown

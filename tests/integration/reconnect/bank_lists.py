"""Lists of banks, and the search in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.bank_lists import Standing
from relink.connection import Bank, Method
from relink.offers import Offer
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer, Bench

PROBLEM = "urn:relink:problem:"
RIA = Bank("es-ria", "Banco de la Ría", "ES", "enablebanking", Method.CONSENT)
FORM = Bank("c0ffee", "BANCO DE LA RIA", "ES", "powens", Method.DIRECT)


def listed(bench: Bench, *offers: Offer, provider: str = "powens") -> None:
    """Let a provider list these, as the worker does."""
    lists = bench.services.bank_lists
    lists.replace(lists.standings().get(provider, Standing(provider)), offers, NOON)


def rias(bench: Bench) -> None:
    """List a bank that two providers reach, one of them for two kinds of customers."""
    kinds = ("business", "personal")
    ways = [Offer(Bank(f"es-ria:{k}", *_rest(RIA)), k) for k in kinds]
    listed(bench, *ways, provider="enablebanking")
    listed(bench, Offer(FORM))


def _rest(bank: Bank) -> tuple[str, str, str, Method]:
    return bank.name, bank.country, bank.provider, bank.method


def search(bench: Bench, query: str) -> Any:
    """Return what a search finds."""
    answer = bench.api("GET", f"/banks/search?{query}")
    assert 200 == answer.status, answer.body
    return answer.json


def refused(answer: Answer) -> tuple[int, str, list[dict[str, str]]]:
    """Return why an answer is a refusal."""
    told = answer.json
    return answer.status, told["type"].removeprefix(PROBLEM), told["errors"]

"""Which institutions there are, and how often Plaid may be asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.simulators.plaid.items import INSTITUTIONS
from infra.simulators.plaid.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.banking import Bank

REQUESTS_A_MINUTE = 50
PRODUCTS = ["assets", "auth", "identity", "transactions"]


@dataclass
class Limit:
    """The requests of the last minute, whoever made them."""

    _times: deque[int] = field(default_factory=deque)

    def count(self, now: int) -> None:
        """Count a request. Raises `RefusedError` for too many."""
        self._times.append(now)
        while self._times[0] <= now - 60:
            self._times.popleft()
        if len(self._times) > REQUESTS_A_MINUTE:
            raise RefusedError("INSTITUTIONS_GET_LIMIT", "rate limit exceeded")


def page(content: dict[str, Any]) -> dict[str, Any]:
    """Return the institutions that a request asks for.

    Filters come after the page is cut, as Plaid takes out there what a client has no product for.
    """
    countries = set(content["country_codes"])
    wanted = set(content.get("options", {}).get("products", []))
    there = [_described(name, b) for name, b in INSTITUTIONS.items() if b.country in countries]
    start = content["offset"]
    cut = there[start : start + content["count"]]
    return {
        "institutions": [each for each in cut if wanted <= set(each["products"])],
        "total": len(there),
    }


def _described(name: str, bank: Bank) -> dict[str, Any]:
    return {
        "institution_id": name,
        "name": bank.name,
        "products": PRODUCTS,
        "country_codes": [bank.country],
        "routing_numbers": [],
        "dtc_numbers": [],
        "oauth": bank.country != "US",
    }

"""SimpleFIN servers as ways to reach banks.

A server does not tell which banks it reaches: that is seen, and chosen, on its own page. So it is
listed by its own name, in the countries whose banks the Bridge reaches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from relink.connection import Bank, Method
from relink.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROVIDER: Final = "simplefin"
COUNTRIES: Final = ("US", "CA")
NAMES: Final = {
    "bridge.simplefin.org": "SimpleFIN Bridge",
    "beta-bridge.simplefin.org": "SimpleFIN Bridge (beta)",
}


def offers(roots: Sequence[str]) -> Iterator[Offer]:
    """Yield each server in each country."""
    for host in dict.fromkeys(urlsplit(root).netloc for root in roots):
        name = NAMES.get(host, f"SimpleFIN ({host})")
        for country in COUNTRIES:
            if host:
                yield Offer(Bank(host, name, country, PROVIDER, Method.TOKEN))

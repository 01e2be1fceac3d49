"""The banks of the catalogue as ways to reach them: one for each kind of customer that a bank has.

Enable Banking names a bank by name and country alone, so its id here is made of both.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from relink.connection import Bank, Method
from relink.offers import Offer, folded
from relink.providers.enablebanking.banks import PSU_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relink.providers.enablebanking.messages import Aspsp

PROVIDER: Final = "enablebanking"
LONGEST: Final = 40


def offers(catalogue: Iterable[Aspsp]) -> Iterator[Offer]:
    """Yield the ways to each bank; a bank that is listed twice is one."""
    once = {(a.country, a.name): a for a in catalogue}
    alike = Counter(bank_id(a.name, a.country) for a in once.values())
    for entry in once.values():
        own_id = bank_id(entry.name, entry.country)
        if alike[own_id] > 1:
            own_id = f"{own_id}-{_hashed(entry.name)}"
        yield from _ways(entry, own_id)


def bank_id(name: str, country: str) -> str:
    """Return a bank's id, as it is unless another bank's name differs in accents or signs only."""
    slug = folded(name).replace(" ", "-")
    if not slug or len(slug) > LONGEST:
        slug = f"{slug[:LONGEST]}-{_hashed(name)}".lstrip("-")
    return f"{country.lower()}-{slug}"


def _ways(entry: Aspsp, own_id: str) -> Iterator[Offer]:
    kinds: Sequence[str] = [t for t in PSU_TYPES if t in entry.psu_types] or [""]
    for kind in kinds:
        suffix = f":{kind}" if kind else ""
        bank = Bank(own_id + suffix, entry.name, entry.country, PROVIDER, Method.CONSENT)
        yield Offer(bank, kind, entry.bic or "")


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]

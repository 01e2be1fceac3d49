"""Banks as an owner looks for them: each once, with all the ways in which it can be reached.

Two providers mean the same bank if they call it the same in the same country, case, accents and
punctuation aside. Where that is in doubt, each stands for itself: when a provider has two
institutions of that name, or when two providers tell different BICs. That names are alike, or BICs
equal, proves nothing: banks of one group share BICs, and cooperative banks share names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relink.offers import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from relink.offers import Offer

KEY: Final = 100
"""Characters of a name that count in the order: a few letters are many once taken apart."""
_BIC: Final = re.compile(r"([A-Z]{6}[A-Z0-9]{2})([A-Z0-9]{3})?")
_HEAD_OFFICE: Final = "XXX"


@dataclass(frozen=True, slots=True)
class Entry:
    """A bank and its ways; `words` is its name as it is searched, `key` its place in the order."""

    name: str
    words: str
    ways: tuple[Offer, ...]

    @property
    def key(self) -> str:
        """Return what tells it from every other entry of its country; names come first."""
        return "\0".join((self.words[:KEY], *min(way.institution for way in self.ways)))


def entries(offers: Iterable[Offer]) -> tuple[Entry, ...]:
    """Return the banks of one country in the order of their names."""
    by_name: dict[str, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_name[folded(offer.bank.name) or offer.bank.name].append(offer)
    found = (_entry(words, ways) for words, named in by_name.items() for ways in _apart(named))
    return tuple(sorted(found, key=lambda entry: entry.key))


def _apart(named: Sequence[Offer]) -> Iterator[Sequence[Offer]]:
    """Yield the ways of one name, together if they lead to one bank beyond doubt."""
    by_institution: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for offer in named:
        by_institution[offer.institution].append(offer)
    providers = {provider for provider, _ in by_institution}
    bics = {_branch(offer.bic) for offer in named} - {""}
    if len(providers) == len(by_institution) and len(bics) <= 1:
        yield named
    else:
        yield from by_institution.values()


def _entry(words: str, ways: Sequence[Offer]) -> Entry:
    """Return an entry under the best-written of its names: the one with most of its accents."""
    names = {way.bank.name for way in ways}
    name = min(names, key=lambda n: (n.isupper() or n.islower(), n.isascii(), n))
    return Entry(name, words, tuple(sorted(ways, key=_order)))


def _order(way: Offer) -> tuple[str, str, str, str]:
    return (way.bank.method, way.bank.provider, way.customers, way.bank.bank_id)


def _branch(bic: str) -> str:
    """Return a BIC in its long form (ISO 9362), or an empty text if it is none."""
    found = _BIC.fullmatch(bic.strip().upper())
    return found[1] + (found[2] or _HEAD_OFFICE) if found else ""

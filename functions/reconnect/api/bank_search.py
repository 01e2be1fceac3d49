"""Find banks by what an owner types: whole names first, then words that begin so, then any part.

Only if nothing is found so is one wrong, missing, superfluous or swapped letter a word forgiven.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from relink.offers import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconnect.api.bank_entries import Entry

NAME, BEGINNING, WORDS, PART, NEARLY = range(5)
FORGIVEN_FROM: Final = 4
"""Words of fewer letters are too like each other for one of them to be wrong."""

MOST_WORDS: Final = 8
"""Each costs a look at all names."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the banks found, the best first; `last` is the place of the last, if more follow."""

    banks: tuple[Entry, ...]
    last: str = ""


def search(banks: Sequence[Entry], typed: str, limit: int, after: str = "") -> Found:
    """Return the first `limit` banks beyond a place; all of them match if nothing was typed.

    A place is good for the same search only, whether or not the banks have changed since.
    """
    words = folded(typed).split()
    phrase, few = " ".join(words), tuple(dict.fromkeys(words))[:MOST_WORDS]
    placed = ((f"{rank}{bank.key}", bank) for rank, bank in _ranked(banks, phrase, few))
    ranked = sorted(placed, key=itemgetter(0))
    rest = list(islice(((place, bank) for place, bank in ranked if place > after), limit + 1))
    shown = rest[:limit]
    return Found(tuple(bank for _, bank in shown), shown[-1][0] if len(rest) > limit else "")


def _ranked(
    banks: Sequence[Entry], phrase: str, words: Sequence[str]
) -> Iterator[tuple[int, Entry]]:
    if not words:
        return ((NAME, bank) for bank in banks)
    ranks = ((_rank(bank.words, phrase, words), bank) for bank in banks)
    found = [(rank, bank) for rank, bank in ranks if rank is not None]
    return iter(found or [(NEARLY, bank) for bank in _nearly(banks, words)])


def _rank(name: str, phrase: str, words: Sequence[str]) -> int | None:
    if name == phrase:
        return NAME
    if name.startswith(phrase):
        return BEGINNING
    if all(f" {word}" in f" {name}" for word in words):
        return WORDS
    together = name.replace(" ", "")
    return PART if all(word in together for word in words) else None


def _nearly(banks: Sequence[Entry], words: Sequence[str]) -> Iterator[Entry]:
    """Yield the banks in whose names each word begins one but for a letter.

    Names share their words: each is held against what was typed once, not once a bank.
    """
    known = {own for bank in banks for own in bank.words.split()}
    near = [{own for own in known if _begins(own, word)} for word in words]
    for bank in banks:
        named = bank.words.split()
        if all(not alike.isdisjoint(named) for alike in near):
            yield bank


def _begins(own: str, word: str) -> bool:
    if len(word) < FORGIVEN_FROM:
        return own.startswith(word)
    return any(_one_off(own[: len(word) + more], word) for more in (0, -1, 1))


def _one_off(one: str, other: str) -> bool:
    """Tell whether one edit makes two texts the same: a letter changed, put in, out or swapped."""
    if one == other:
        return True
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:
        return abs(len(one) - len(other)) == 1
    a, b = one[same:], other[same:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped

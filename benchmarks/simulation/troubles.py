"""What banks say when something is wrong: codes of the list, judged by the adapters' own tables.

The truth about a code is the list's (`tests/data/provider_codes.csv`); what we make of it is ours.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.verdicts import JUDGES
from relink.failures import Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from random import Random

    from relink.failures import ProviderError

CODES: Final = Path(__file__).parents[2] / "tests" / "data" / "provider_codes.csv"


class Trouble(Enum):
    """What is wrong in truth, whatever the bank calls it."""

    BANK_DOWN = "bank down"
    PROVIDER_DOWN = "provider down"
    EXPIRED = "consent expired"
    REJECTED = "password changed"
    REVOKED = "consent revoked"
    LOCKED = "access locked"
    ACTION = "action at bank"
    LIMITED = "rate limited"
    HICCUP = "hiccup"

    @property
    def owners(self) -> bool:
        """Tell whether only the owner can mend it."""
        return self in _OWNERS


_OWNERS = frozenset(
    {Trouble.EXPIRED, Trouble.REJECTED, Trouble.REVOKED, Trouble.LOCKED, Trouble.ACTION}
)
_MEANT: Final[dict[Trouble, tuple[Reason, ...]]] = {
    Trouble.EXPIRED: (Reason.CONSENT_EXPIRED, Reason.CREDENTIALS_REJECTED),
    Trouble.REJECTED: (Reason.CREDENTIALS_REJECTED,),
    Trouble.REVOKED: (Reason.CONSENT_REVOKED, Reason.CONNECTION_GONE, Reason.CREDENTIALS_REJECTED),
    Trouble.LOCKED: (Reason.ACCESS_LOCKED, Reason.CREDENTIALS_REJECTED),
    Trouble.ACTION: (Reason.ACTION_AT_BANK, Reason.SCA_REQUIRED),
    Trouble.PROVIDER_DOWN: (Reason.PROVIDER_UNAVAILABLE,),
    Trouble.LIMITED: (Reason.RATE_LIMITED,),
}
"""For what else there are too many words to name: by what we take them, the best first."""
_ELSEWHERE: Final = "transport"
"""Words that any provider may use: answers of its web server, not of its application."""


@dataclass(frozen=True, slots=True)
class Word:
    """A code, and what we make of it."""

    code: str
    verdict: Verdict

    def error(self, *, retry_at: int | None = None, reached: bool = True) -> ProviderError:
        """Return the error that an adapter would raise for it."""
        return self.verdict.error(self.code, retry_at=retry_at, reached=reached)


def vocabulary() -> dict[tuple[str, Trouble], tuple[Word, ...]]:
    """Return the words by provider and trouble: those that the list has for such a thing."""
    with CODES.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["provider"] in JUDGES]
    providers = {row["provider"] for row in rows}
    return {
        (provider, trouble): _words(rows, provider, trouble)
        for provider in providers
        for trouble in Trouble
    }


def _words(rows: list[dict[str, str]], provider: str, trouble: Trouble) -> tuple[Word, ...]:
    """Return a provider's words, or those that anybody may use where it has none of its own.

    The list's class decides what is the owner's and what is not, never ours: were a word for an
    outage red by a fault of our tables, the simulation would show it.
    """
    for name in (provider, _ELSEWHERE, "berlin_group"):
        found = [w for row in rows if row["provider"] == name if (w := _word(row, trouble))]
        meant = _MEANT.get(trouble, ())
        best = next((r for r in meant if any(w.verdict.reason is r for w in found)), None)
        if best is not None:
            found = [w for w in found if w.verdict.reason is best]
        if found and (best is not None or not meant):
            return tuple(found)
    raise LookupError(f"{provider} has no word for: {trouble.value}")


def _word(row: dict[str, str], trouble: Trouble) -> Word | None:
    judged = JUDGES[row["provider"]](row["code"])
    if judged is None or row["class"] not in ({"red", "action"} if trouble.owners else {"orange"}):
        return None
    word, scope = Word(row["code"], Verdict(*judged)), row["scope"]
    if trouble.owners:
        return word if scope == "connection" else None
    apart = judged[0] in {Reason.PROVIDER_UNAVAILABLE, Reason.RATE_LIMITED}
    if trouble is Trouble.BANK_DOWN:
        return word if scope == "provider" and not apart else None
    if trouble is Trouble.HICCUP:
        return word if scope in {"provider", "connection"} and not apart else None
    return word if scope in {"provider", "connection"} else None


NOT_REACHED: Final = Word("no route", Verdict(Reason.NOT_REACHED, Scope.PROVIDER))
"""As the transport has it when no connection to the server came about."""


def draw(words: tuple[Word, ...], dice: Random) -> Word:
    """Return one of them."""
    return words[int(dice.random() * len(words))]

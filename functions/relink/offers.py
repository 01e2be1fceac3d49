"""What providers offer: banks, each with a way to reach it, and how their names are compared."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from relink.connection import Bank

# Letters that Unicode does not take apart, as people type them who have no such key.
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to reach one bank, in its provider's own words.

    `customers` is whose logins this way takes where the bank keeps them apart (`personal` or
    `business`); the bank's id ends with it then. `bic` is told by few providers.
    """

    bank: Bank
    customers: str = ""
    bic: str = ""

    @property
    def institution(self) -> tuple[str, str]:
        """Return what names the bank at its provider, whichever of its ways this is."""
        suffix = f":{self.customers}" if self.customers else ""
        return self.bank.provider, self.bank.bank_id.removesuffix(suffix)


def folded(text: str) -> str:
    """Return the words of a text without case, accents and punctuation, one space between them."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters.casefold()).split())

"""What an owner may call a bank that no list names: something that can be a bank's name."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

NAME_LIMIT: Final = 60
DIGITS: Final = 6
"""More of them are a number to call."""
_SIGNS: Final = frozenset(" &'.,()+-/·№\N{RIGHT SINGLE QUOTATION MARK}\N{EN DASH}")
_ADDRESS: Final = re.compile(r"\bwww\b|\w\.\w{2,}|//", re.IGNORECASE)


def is_name(text: str) -> bool:
    """Tell whether a text is letters, few digits and few signs, and nothing that mails link."""
    if len(text) > NAME_LIMIT or _ADDRESS.search(text):
        return False
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    return letters > 0 and digits <= DIGITS and all(map(_fits, text))


def _fits(character: str) -> bool:
    return character in _SIGNS or category(character)[0] in "LMN"

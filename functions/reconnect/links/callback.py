"""What a bank sends the owner back with: the query of the callback, within limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from reconnect.visit import Malformed
from relink.entered import Entered

QUERY_LIMIT: Final = 4096
MOST_PARAMETERS: Final = 32
WORDS_LIMIT: Final = 300
WORDS: Final = "error_description"
TAKEN: Final = frozenset({"code", "connection_id", "error", "state", WORDS})
"""What an authorisation answers with (RFC 6749, 4.1.2) and Powens' name of what was made.

Anything else is left out, as that RFC asks.
"""


@dataclass(frozen=True, slots=True)
class Callback:
    """The answers of a bank to our sending the owner there; `state` is one of them."""

    answers: Entered

    @property
    def state(self) -> str:
        """Return what tells which attempt it is about."""
        return self.answers["state"]

    @property
    def code(self) -> str:
        """Return the one-time code, if there is one."""
        return self.answers.get("code", "")


def read(query: str) -> Callback:
    """Return what a query says. Raises `Malformed` if it names no state or anything twice."""
    if len(query) > QUERY_LIMIT:
        raise Malformed
    try:
        pairs = parse_qsl(query, errors="replace", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise Malformed from error
    taken = [(name, value) for name, value in pairs if name in TAKEN]
    answers = dict(taken)
    if len(answers) != len(taken) or "state" not in answers:
        raise Malformed
    if not all(_visible(value) for name, value in taken if name != WORDS):
        raise Malformed
    answers[WORDS] = answers.get(WORDS, "")[:WORDS_LIMIT]
    return Callback(Entered({name: value for name, value in answers.items() if value}))


def _visible(value: str) -> bool:
    return value.isascii() and value.isprintable()

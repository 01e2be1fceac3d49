"""One call of a bank, from what is known before it to what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.failures import ProviderError
    from relink.provider import Presence

MORE = "more to come"
"""The code of a visit that ends in time, not at the end of what there is."""


class Busy(Exception):
    """Another run is at the attempt; its message must come again later."""


class Superseded(Exception):
    """The lease or the credentials are no longer those that this run was given."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One claimed call: by when it must be over, whether it counts, who is there.

    `known` is the digest of the answer that the Ledger holds for sure, or empty; `last_call` is
    when the schedule last called, as far as that has been settled. `history` is where the cursor
    of a visit that fetches everything is kept, for as long as it takes; empty for any other.
    `again` says that a run before it may have stored what it told nobody.
    """

    connection: Connection
    deadline: int
    counted: bool
    presence: Presence | None = None
    known: str = ""
    last_call: int | None = None
    history: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a visit: the connection before and after, what was stored, what went wrong."""

    before: Connection
    after: Connection
    accounts: int = 0
    trouble: ProviderError | None = None

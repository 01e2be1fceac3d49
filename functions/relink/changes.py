"""What a sync has changed of the data that we hold, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from relink.bank_accounts import Transaction
    from relink.provider import SyncResult


@dataclass
class Changes:
    """Counts of movements by what became of them, and the accounts that differ from before.

    `first` and `last` are the days of booked movements that are new or different; a pending one
    has none. `answers` are the digests of the pages that were stored.
    """

    added: int = 0
    modified: int = 0
    removed: int = 0
    accounts: set[str] = field(default_factory=set)
    first: date | None = None
    last: date | None = None
    answers: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether anything differs from what we held."""
        return bool(self.added or self.modified or self.removed or self.accounts)

    def stored(self, account_id: str, movement: Transaction, *, new: bool) -> None:
        """Count a movement that was not there before, or not so."""
        self.added += new
        self.modified += not new
        self.touched(account_id, movement)

    def touched(self, account_id: str, movement: Transaction) -> None:
        """Note where a change lies, and when."""
        self.accounts.add(account_id)
        day = movement.booked_on
        if day is not None:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)

    def gone(self, account_id: str) -> None:
        """Count a movement that is there no more."""
        self.removed += 1
        self.accounts.add(account_id)

    def as_told(self, result: SyncResult) -> None:
        """Count what a bank says that tells nothing but changes."""
        self.added += len(result.added)
        self.modified += len(result.modified)
        self.removed += len(result.removed)

"""What the pages of one sync say together about the connection itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relink.accounts import match
from relink.reasons import Status
from relink.transitions import Synced, status_for

if TYPE_CHECKING:
    from relink.bank_accounts import Account
    from relink.failures import ProviderError
    from relink.ledger import Ledger
    from relink.provider import SyncResult


@dataclass
class Answers:
    """The pages of a sync so far: each may speak of other accounts and bring another complaint."""

    connection_id: str
    ledger: Ledger
    consent_expires_at: int | None = None
    reference: str = ""
    _accounts: dict[str, Account] = field(default_factory=dict)
    _errors: dict[str, ProviderError] = field(default_factory=dict)
    _complaints: list[ProviderError] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many accounts the bank has told of."""
        return len(self._accounts)

    def add(self, result: SyncResult) -> None:
        """Take what a page says."""
        self._accounts |= {a.provider_id: a for a in result.accounts}
        self._errors |= result.account_errors
        self.consent_expires_at = result.consent_expires_at or self.consent_expires_at
        self.reference = result.reference or self.reference
        if result.trouble is not None:
            self._complaints.append(result.trouble)

    def complain(self) -> None:
        """Raise what the bank complained about although it sent data, the owner's part first."""
        grave = [c for c in self._complaints if status_for(c) is Status.RED]
        for complaint in (*grave, *self._complaints):
            raise complaint

    def facts(self, seen: str) -> Synced:
        """Return what the sync tells about the connection; `seen` is the digest of its answer."""
        troubles = {}
        if self._errors:
            known = self.ledger.accounts(self.connection_id)
            ids = match(self.connection_id, self._accounts.values(), known)
            troubles = {
                ids[account]: error.reason.value
                for account, error in self._errors.items()
                if account in ids
            }
        return Synced(seen, self.consent_expires_at, troubles, self.reference)

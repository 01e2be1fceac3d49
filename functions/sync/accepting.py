"""After the bank's yes: swap the credentials, then make the first sync with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relink.accounts import same_accounts
from relink.attempts import State
from relink.connection import accepted
from relink.reasons import Reason
from relink.repository import Conflict
from sync.claiming import LEASE
from sync.progress import LOCKS, Busy, Progress
from sync.syncing import Superseded, Syncer, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relink.accounts import StoredAccount
    from relink.provider import Accepted

OTHER_ACCOUNTS = (
    "This login shows other accounts than those of this connection. Nothing was changed: use the"
    " login that you connected with, or connect the other one as a new bank."
)


@dataclass(frozen=True)
class Acceptance:
    """An attempt whose login the bank has accepted."""

    syncer: Syncer
    at: Progress
    deadline: int

    def swap(self, outcome: Accepted, known: Sequence[StoredAccount]) -> State:
        """Replace the credentials, unless the login shows other accounts (law 7)."""
        if not same_accounts(outcome.accounts, known):
            return self.at.end(State.REJECTED, messages={"": OTHER_ACCOUNTS})
        now = self.syncer.time()
        done = replace(
            self.at.attempt,
            state=State.ACCEPTED,
            deadline=now + LEASE,
            continuation=None,
            resumable=False,
            back_filled_from=self.at.connection.last_success_at,
        )
        while True:
            after = replace(
                accepted(self.at.connection, outcome.expires_at, now),
                lease=self.at.run,
                lease_until=now + LEASE,
            )
            stored = self.syncer.vault.put(after, outcome.secret)
            try:
                self.at.advance(done, after, stored, expect=(*LOCKS, "auto_sync"))
            except Conflict:
                self.at.look_again()
            else:
                return self._synced()

    def first_sync(self) -> State:
        """Go on after a crash between the swap and the end of the first sync.

        Once that sync has been settled it is not made again: red waits for its owner (law 4).
        """
        now, connection = self.syncer.time(), self.at.connection
        if connection.lease_until > now:
            raise Busy
        own = connection.credentials_version == self.at.attempt.credentials_version + 1
        if not own or connection.reason is not Reason.FIRST_SYNC_PENDING:
            return self._done()
        self.at.advance(
            replace(self.at.attempt, deadline=now + LEASE),
            replace(connection, lease=self.at.run, lease_until=now + LEASE),
        )
        return self._synced()

    def _synced(self) -> State:
        """Make the first sync, or leave it to the next run if there is no time left for it."""
        connection = self.at.connection
        if self.syncer.time() >= self.deadline:
            self.at.advance(self.at.attempt, replace(connection, lease="", lease_until=0))
            self.at.call_again(0)
            return self.at.attempt.state
        visit = Visit(connection, self.deadline, counted=False, presence=self.at.presence())
        try:
            self.at.connection = self.syncer.sync(visit, None, None).after
        except Superseded:
            raise Busy from None
        return self._done()

    def _done(self) -> State:
        connection = self.at.connection
        accounts = len(self.syncer.ledger.accounts(connection.connection_id))
        reason = connection.reason.value if connection.reason else ""
        return self.at.end(State.DONE, accounts=accounts, reason=reason)

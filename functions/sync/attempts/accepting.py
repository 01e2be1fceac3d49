"""After the bank's yes: swap the credentials, then make the first sync with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from relink.accounts import same_accounts
from relink.attempt import PATIENCE, State
from relink.failures import NeedsOwner
from relink.faults import describe
from relink.reasons import Reason
from relink.transitions import accepted, failed
from relink.writes import Conflict
from sync.attempts.progress import LOCKS, Progress
from sync.credentials.logins import Logins
from sync.credentials.retiring import Retirement, end
from sync.visits.claiming import LEASE
from sync.visits.visit import Busy, Superseded, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relink.accounts import StoredAccount
    from relink.connection import Connection
    from relink.provider import Accepted, Provider, Rejected, Secret
    from sync.visits.syncing import Syncer

    Fact = Callable[[Connection], Connection]

OTHER_ACCOUNTS = (
    "This login shows other accounts than those of this connection. Nothing was changed: use the"
    " login that you connected with, or connect the other one as a new bank."
)
TAKEN_OVER = (
    "This login shows other accounts than those of this connection, and has taken the place of the"
    " one before. None of its accounts was added here: reconnect with the login that you connected"
    " with."
)
logger = Logger(service="worker", child=True)


@dataclass(frozen=True, slots=True)
class Held:
    """The access that we have while another is asked for: sealed as it is stored, and opened."""

    provider: Provider
    box: bytes = b""
    secret: Secret | None = None

    def replaced_by(self, new: Secret) -> bool:
        """Tell whether the new access leaves ours over, to be ended by itself."""
        return self.secret is not None and not self.provider.same_access(self.secret, new)

    def overwritten_by(self, new: Secret) -> bool:
        """Tell whether ours opens from now on what the new login opens."""
        ours = self.secret is not None and self.provider.same_access(self.secret, new)
        return ours and self.provider.renews_in_place


@dataclass(frozen=True)
class Acceptance:
    """An attempt whose login the bank has accepted."""

    syncer: Syncer
    at: Progress
    deadline: int

    def swap(self, outcome: Accepted, known: Sequence[StoredAccount], held: Held) -> State:
        """Replace the credentials, unless the login shows other accounts (law 7).

        The access that we had stays until the new one has synced; then it is ended (`sync.ending`).
        """
        if not same_accounts(outcome.accounts, known):
            return self._of_another(outcome, held)
        now = self.syncer.time()
        retires = held.replaced_by(outcome.secret)
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
                self.take(outcome, now),
                retired=self.at.connection.retired or retires,
                login=self.login,
                lease=self.at.run,
                lease_until=now + LEASE,
            )
            stored = self._writes(after, outcome, known, held)
            try:
                self.at.advance(done, after, *stored, expect=(*LOCKS, "auto_sync"))
            except Conflict:
                self._look_again(outcome, held)
            else:
                return self.synced()

    def _writes(
        self, after: Connection, outcome: Accepted, known: Sequence[StoredAccount], held: Held
    ) -> list[dict[str, Any]]:
        """Return what is written with the yes: the credentials, and the first accounts of all."""
        now = self.syncer.time()
        stored = [self.syncer.vault.put(after, outcome.secret)]
        if held.replaced_by(outcome.secret):
            stored.append(self._retirement.add(after, held.box, now))
        if not known:
            stored += self.syncer.ledger.known(after.connection_id, outcome.accounts)
        if self.at.attempt.login:
            stored.append(self._logins.accepted(self.at.attempt.login, now))
        return stored

    def _of_another(self, outcome: Accepted, held: Held) -> State:
        """Refuse a login that shows other accounts: red if it has overwritten ours at the provider.

        The schedule would fetch those accounts, and the provider may call the connection mended.
        """
        self.forget(outcome, held)
        if not held.overwritten_by(outcome.secret):
            return self.at.end(State.REJECTED, messages={"": OTHER_ACCOUNTS})
        error, now = NeedsOwner(Reason.OTHER_ACCOUNTS), self.syncer.time()
        return self.at.end(
            State.REJECTED,
            fact=lambda connection: failed(connection, error, now, counted=False),
            messages={"": TAKEN_OVER},
        )

    def _look_again(self, outcome: Accepted, held: Held) -> None:
        try:
            self.at.look_again()
        except Conflict:
            self.forget(outcome, held)
            raise

    def forget(self, outcome: Accepted, held: Held) -> None:
        """End an access that is not kept, unless it is the one that we have; never raises.

        What does not come about is logged: the owner's consent ends by itself at last.
        """
        connection, new = self.at.connection, outcome.secret
        try:
            if held.secret is None or held.replaced_by(new):
                end(held.provider, connection, [new])
        except Exception as error:  # noqa: BLE001 - the attempt's own end must be recorded
            told = {"connection_id": connection.connection_id, **describe(error)}
            logger.warning("access not ended", extra=told)

    def take(self, outcome: Accepted, now: int) -> Connection:
        """Return what the bank's yes makes of the connection."""
        return accepted(self.at.connection, outcome.expires_at, now, outcome.reference)

    def fact(self, refused: Rejected | NeedsOwner) -> Fact | None:
        """Return what a refused login means for the connection: what was typed, nothing."""
        del refused
        return None

    @property
    def login(self) -> str:
        """Return whose password the new credentials hold, empty if nobody knows."""
        return self.at.attempt.login

    @property
    def _logins(self) -> Logins:
        return Logins(self.syncer.client, self.syncer.vault)

    @property
    def _retirement(self) -> Retirement:
        return Retirement(self.syncer.client, self.syncer.vault)

    def go_on(self) -> State:
        """Go on after a crash between the swap and the end of the first sync.

        Once that sync has been settled it is not made again: red waits for its owner (law 4). Nor
        is it made in the name of an owner who has left: then the schedule makes it, and counts it.
        """
        now, connection = self.syncer.time(), self.at.connection
        if connection.lease_until > now:
            raise Busy
        own = connection.credentials_version == self.at.attempt.credentials_version + 1
        if not own or connection.reason is not Reason.FIRST_SYNC_PENDING:
            self.syncer.end_retired(connection)  # the run before us may have died before it did
            return self.done()
        if now - (connection.accepted_at or self.at.attempt.created_at) >= PATIENCE:
            return self.done()
        self.at.advance(
            replace(self.at.attempt, deadline=now + LEASE),
            replace(
                connection,
                lease=self.at.run,
                lease_until=now + LEASE,
                untold=connection.untold or connection.leased,
            ),
        )
        return self.synced()

    def synced(self) -> State:
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
        return self.done()

    def done(self) -> State:
        """End the attempt: what has come of the first sync is in the connection."""
        connection = self.at.connection
        accounts = len(self.syncer.ledger.accounts(connection.connection_id))
        reason = connection.reason.value if connection.reason else ""
        return self.at.end(State.DONE, accounts=accounts, reason=reason)

"""Fetch all that a bank has of a connection: an attempt whose end never depends on its colour.

Where the bank gives old movements only to an owner who proves anew who he is, that comes first.
What is fetched on the way is stored at once; the cursor of the schedule is left alone, so that
whatever becomes of this, the next sync goes on from where the last one ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relink.accounts import closed, same_accounts
from relink.attempt import State
from relink.connection import Connection, Method
from relink.dead_runs import unsettled
from relink.failures import NeedsOwner, ProviderError
from relink.ledger_items import digest
from relink.reasons import Reason, Scope, Status
from relink.transitions import failed, renewed
from sync.attempts.accepting import Acceptance, Held
from sync.credentials.guarding import with_try_back
from sync.visits.claiming import LEASE
from sync.visits.visit import MORE, Busy, Superseded, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relink.accounts import StoredAccount
    from relink.provider import Accepted, Rejected, SyncResult
    from sync.attempts.accepting import Fact

PLACE = "history#"
AT_MOST = 3_600
"""Seconds after which a history that does not come to an end is left as far as it has come."""
ONE_SYNC = 3_600
"""Seconds within which all accounts of one sync are stored, and less than lie between two."""
_OF_PASSWORD = frozenset({Reason.CREDENTIALS_REJECTED, Reason.ACCESS_LOCKED})


@dataclass(frozen=True)
class History(Acceptance):
    """An attempt to fetch everything; what the bank accepts leaves the colour as it is."""

    @staticmethod
    def hindrance(connection: Connection, held: Held) -> Reason | None:
        """Return why there is nothing to begin with, or None."""
        if connection.status is Status.RED and connection.reason is not None:
            return connection.reason
        if held.secret is None or not connection.connected:
            return Reason.AWAITING_CREDENTIALS
        return Reason.INTERNAL if unsettled(connection) else None

    def begin(self) -> State:
        """Go straight to the fetching, with the credentials that we have."""
        now, at = self.syncer.time(), self.at
        at.advance(
            replace(at.attempt, state=State.ACCEPTED, deadline=now + LEASE, answers=None),
            self._held_for(now),
        )
        return self.synced()

    def swap(self, outcome: Accepted, known: Sequence[StoredAccount], held: Held) -> State:
        """Take what the bank has given: all movements already, or an access that opens them."""
        if outcome.complete:
            return self._told()
        shown = self._shown(known)
        if same_accounts(outcome.accounts, known) and not all(
            same_accounts(outcome.accounts, [account]) for account in shown
        ):
            return self._narrower(outcome, held)
        return super().swap(outcome, known, held)

    def take(self, outcome: Accepted, now: int) -> Connection:
        """Return the connection with its new access; it is as well as it was."""
        before = with_try_back(self.at.connection, self.at.attempt)
        return renewed(before, outcome.expires_at, now, outcome.reference)

    def go_on(self) -> State:
        """Go on with the fetching in another run, or after one that died.

        To read again what was read before makes nothing twice; but a bank that has refused the
        access meanwhile is not asked again (law 4).
        """
        now, connection = self.syncer.time(), self.at.connection
        if connection.lease_until > now:
            raise Busy
        if connection.status is Status.RED or self._overtaken(connection):
            return self.at.end(State.INTERRUPTED)
        if connection.leased and connection.bank.method is Method.DIRECT:
            return self.at.end(State.INTERRUPTED)
        if now - self.at.attempt.created_at >= AT_MOST:
            return self._ended(State.INTERRUPTED)
        self.at.advance(replace(self.at.attempt, deadline=now + LEASE), self._held_for(now))
        return self.synced()

    def synced(self) -> State:
        """Fetch for as long as there is time, and say what has come of it."""
        at = self.at
        if self.syncer.time() >= self.deadline:
            return self._later()
        visit = Visit(
            at.connection,
            self.deadline,
            counted=False,
            presence=at.presence(),
            history=self._place,
        )
        try:
            told = self.syncer.sync(visit, None, None)
        except Superseded:
            raise Busy from None
        at.connection = told.after
        if told.trouble is None:
            return self.done()
        return self._stopped(told.trouble)

    def _told(self) -> State:
        """End the attempt whose login has told all, once the host app has heard of it."""
        at = self.at
        untold = self.syncer.untold(at.connection, at.changes, history=True, again=at.again)
        return self.done(fact=lambda connection: replace(connection, untold=untold))

    def done(self, fact: Fact | None = None) -> State:
        """End the attempt: all has been fetched that the bank gives."""
        accounts = len(self.syncer.ledger.accounts(self.at.connection.connection_id))
        tries = with_try_back(self.at.connection, self.at.attempt).tries
        return self._ended(State.DONE, tries=tries, accounts=accounts, fact=fact)

    def store(self, result: SyncResult) -> None:
        """Store what the bank tells within the login; what was known of new movements is old now.

        The mark of the last answer goes first: a crash in between costs a sync that writes again,
        and that tells of what has changed.
        """
        at = self.at
        if not at.changes.answers:
            at.again = at.connection.untold
        if at.connection.digest or not at.connection.untold:
            at.advance(at.attempt, replace(at.connection, digest="", untold=True))
        at.changes.answers.append(digest(result))
        now, own_id = self.syncer.time(), at.connection.connection_id
        self.syncer.ledger.store(own_id, result, now, self._place, at.changes)

    def fact(self, refused: Rejected | NeedsOwner) -> Fact | None:
        """Return what a refused login means for the connection, or None.

        That the bank refuses the password that we have is red at once: left green, the schedule
        would send it again (law 4). Anything else - a wrong code, no approval, a consent that the
        owner did not give - concerns old movements alone.
        """
        if self.at.connection.bank.method is not Method.DIRECT:
            return None
        if refused.reason not in _OF_PASSWORD:
            return None
        error = NeedsOwner(
            refused.reason,
            provider_code=refused.provider_code,
            provider_text=refused.provider_text,
            scope=Scope.CONNECTION,
        )
        return lambda connection: failed(connection, error, self.syncer.time(), counted=False)

    def _stopped(self, trouble: ProviderError) -> State:
        """Go on in another run if there was no time for all, else end as the trouble says."""
        long = self.syncer.time() - self.at.attempt.created_at >= AT_MOST
        if trouble.provider_code == MORE and not long:
            return self._later()
        told = {"reason": trouble.reason.value, "provider_text": trouble.provider_text}
        if not isinstance(trouble, NeedsOwner):
            return self._ended(State.UNAVAILABLE, **told)
        return self._ended(State.REJECTED, messages={"": trouble.reason.explanation.text}, **told)

    def _later(self) -> State:
        """Let go of the connection until the next run; nobody else's call comes in between."""
        at, now = self.at, self.syncer.time()
        free = replace(at.settled(at.connection), live_until=now + LEASE)
        at.advance(replace(at.attempt, deadline=now + LEASE), free)
        at.call_again(0)
        return at.attempt.state

    def _narrower(self, outcome: Accepted, held: Held) -> State:
        """Leave the access that we have: the new one does not show all that the old one does."""
        self.forget(outcome, held)
        told = Reason.ACCESS_NOT_GRANTED
        return self.at.end(State.REJECTED, messages={"": told.explanation.text}, reason=told.value)

    def _shown(self, known: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        """Return the accounts that our own access still shows: no other need show a closed one.

        Unless the last sync went wrong, which may have missed an account that is there.
        """
        if self.at.connection.status is not Status.GREEN:
            return known
        gone = closed(known, ONE_SYNC) - self.at.connection.troubles.keys()
        return [account for account in known if account.account_id not in gone]

    def _ended(self, state: State, **facts: Any) -> State:
        self.syncer.ledger.forget(self.at.connection.connection_id, self._place)
        return self.at.end(state, **facts)

    def _held_for(self, now: int) -> Connection:
        connection = self.at.connection
        return replace(
            connection,
            lease=self.at.run,
            lease_until=now + LEASE,
            live_until=max(connection.live_until, now + LEASE),
            runs=connection.runs + 1,
            last_attempt_at=now,
            untold=connection.untold or connection.leased,
        )

    def _overtaken(self, connection: Connection) -> bool:
        """Tell whether another attempt, or a disconnect, has moved the connection on."""
        own = self.at.attempt.credentials_version
        later = connection.credentials_version not in {own, own + 1}
        other = connection.live_attempt != self.at.attempt.attempt_id
        return later or other or not connection.connected

    @property
    def _place(self) -> str:
        return PLACE + self.at.attempt.attempt_id

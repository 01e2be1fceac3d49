"""Take an owner's attempt to his bank: verify, then swap, then sync.

Each step is marked before it is made. A redelivered message finds the mark and goes on from what
was kept, or ends the attempt as `interrupted`; it never sends a password, a code or a one-time
token again (law 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.attempt import Attempt, State
from relink.connection import Method
from relink.faults import describe, passing
from sync.attempts.accepting import Acceptance, Held
from sync.attempts.authenticating import Authentication
from sync.attempts.history import History
from sync.attempts.leftovers import Leftovers
from sync.attempts.progress import Progress
from sync.credentials.guarding import barred
from sync.telling import bug
from sync.visits.releasing import set_free
from sync.visits.visit import Busy

if TYPE_CHECKING:
    from relink.attempts import Attempts
    from relink.connection import Connection
    from relink.intake import Intake
    from relink.provider import Provider
    from relink.queues import Queue
    from sync.visits.syncing import Syncer

EARLY = 2
"""Seconds by which two machines' clocks may differ."""
SOONEST, LATEST = 5, 120
"""Seconds after which a first sync that AWS has stopped is made again: ever later."""
logger = Logger(service="worker", child=True)


class Stopped(Exception):
    """AWS has stopped the first sync after the bank's yes: its message comes again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Verifier:
    """The collaborators of an attempt's verification."""

    syncer: Syncer
    attempts: Attempts
    intake: Intake
    queue: Queue

    def go_on(self, attempt_id: str, run: str, deadline: int) -> State | None:
        """Take an attempt one step further and return where it stands.

        Raises `Busy` while another run is at it, and `Stopped`. A message for an attempt that has
        ended, or is waiting for the owner, does nothing.
        """
        attempt = self.attempts.get(attempt_id)
        connection = self.syncer.connections.get(attempt.connection_id) if attempt else None
        if attempt is None or connection is None or attempt.ended:
            return attempt.state if attempt else None
        logger.thread_safe_append_keys(connection_id=connection.connection_id)  # till it is over
        progress = self._progress(attempt, connection, run)
        try:
            return _Verification(self.syncer, self.intake, progress, deadline).step()
        except Exception as error:
            if not passing(error) or not _at_first_sync(progress):
                raise
            logger.warning("first sync stopped", extra=describe(error))
            set_free(self.syncer.connections, progress.connection)
            since = progress.connection.accepted_at or 0
            raise Stopped(min(max(self.syncer.time() - since, SOONEST), LATEST)) from error

    def abandon(self, connection: Connection, run: str) -> Connection:
        """End the attempt that a connection was given up with; return the connection after that.

        What it has obtained is retired in the same write, for nobody looks for it later. An
        attempt that was begun since then goes on. Raises `Conflict`.
        """
        attempt = self.attempts.get(connection.live_attempt) if connection.live_attempt else None
        if attempt is None or attempt.ended:
            return connection
        if attempt.credentials_version >= connection.credentials_version:
            return connection
        progress = self._progress(attempt, connection, run)
        progress.end(State.EXPIRED)
        return progress.connection

    def _progress(self, attempt: Attempt, connection: Connection, run: str) -> Progress:
        syncer = self.syncer
        return Progress(
            attempts=self.attempts,
            connections=syncer.connections,
            vault=syncer.vault,
            queue=self.queue,
            time=syncer.time,
            run=run,
            attempt=attempt,
            connection=connection,
            leftovers=Leftovers(syncer.client, syncer.vault, syncer.provider),
        )


@dataclass(frozen=True)
class _Verification:
    """One message's share of an attempt."""

    syncer: Syncer
    intake: Intake
    at: Progress
    deadline: int

    def step(self) -> State:
        """Go on from where the attempt stands."""
        now, attempt = self.syncer.time(), self.at.attempt
        match attempt.state:
            case State.ACCEPTED:
                return self._acceptance().go_on()
            case State.VERIFYING if now < attempt.deadline:
                raise Busy
            case State.VERIFYING if not attempt.resumable:
                return self.at.end(State.INTERRUPTED)
            case _ if self._overtaken() or (attempt.abandoned(now) and not attempt.resumable):
                return self.at.end(State.EXPIRED)
            case _ if self._resting(now):
                return self.at.rest()
            case _ if barred(attempt, self.at.connection, now):
                return self.at.end(State.REFUSED)
        return self._verify()

    def _resting(self, now: int) -> bool:
        """Tell whether it is the owner's turn, or another message is on its way for later."""
        attempt = self.at.attempt
        if attempt.state is State.WAITING:
            return now < attempt.due_at - EARLY
        return attempt.state in {State.ASKING, State.REDIRECTING} and now < attempt.deadline

    def _overtaken(self) -> bool:
        """Tell whether a later attempt is the live one, or has already been accepted."""
        return not self.at.current(self.at.connection)

    def _verify(self) -> State:
        """Call the bank, with all that AWS holds at hand before the answers are spent."""
        if self.at.connection.lease_until > self.syncer.time():
            raise Busy
        try:
            provider = self.syncer.provider(self.at.connection.bank.provider)
        except Exception as error:
            if passing(error):
                raise
            trouble = bug(self.at.connection, error)
            return self.at.end(State.UNAVAILABLE, reason=trouble.reason.value)
        held = self._held(provider)
        if self.at.attempt.historical:
            hindrance = History.hindrance(self.at.connection, held)
            if hindrance is not None:
                return self.at.end(State.UNAVAILABLE, reason=hindrance.value)
            if not provider.history_by_login:
                return self._history.begin()
        return Authentication(self.syncer, self.intake, self.at, self._acceptance()).make(
            provider, held
        )

    def _acceptance(self) -> Acceptance:
        if self.at.attempt.historical:
            return self._history
        return Acceptance(self.syncer, self.at, self.deadline)

    @property
    def _history(self) -> History:
        return History(self.syncer, self.at, self.deadline)

    def _held(self, provider: Provider) -> Held:
        """Return the credentials that we have; new ones are the cure for those that do not open.

        Those of a connection that was given up are no help to a new login: they are to be ended.
        """
        stored = self.syncer.vault.read(self.at.connection)
        if stored is None:
            return Held(provider)
        try:
            secret = self.syncer.vault.open(self.at.connection, stored.box)
        except Exception as error:
            if passing(error):
                raise
            logger.error("credentials do not open", extra=describe(error))  # noqa: TRY400
            return Held(provider)
        return Held(provider, stored.box, secret)


def _at_first_sync(progress: Progress) -> bool:
    """Tell whether this run holds the connection for its first sync, which may be made again.

    Not with the owner's own password: whether the bank has refused it meanwhile is not known.
    """
    attempt, connection = progress.attempt, progress.connection
    first = attempt.state is State.ACCEPTED and not attempt.historical
    own = connection.lease == progress.run and connection.bank.method is not Method.DIRECT
    return first and own

"""Take an owner's attempt to his bank: verify, then swap, then sync.

Each step is marked before it is made. A redelivered message finds the mark and goes on from what
was kept, or ends the attempt as `interrupted`; it never sends a password, a code or a one-time
token again (law 12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from relink.attempts import Attempt, Attempts, State, ended, verifying
from relink.connection import Connection, accepted, tried
from relink.ledger import match
from relink.provider import (
    Accepted,
    Ask,
    Login,
    Misconfigured,
    NeedsOwner,
    Presence,
    ProviderError,
    Redirect,
    Rejected,
    Temporary,
    WaitForApp,
)
from relink.queues import AttemptMessage
from relink.reasons import Status
from relink.repository import Change, Conflict, change
from sync.claiming import LEASE
from sync.syncing import Superseded, Syncer, Visit, bug

if TYPE_CHECKING:
    from relink.intake import Intake
    from relink.provider import Outcome
    from relink.queues import Queue

ASKED_FOR = 600
TRY_AGAIN = 15
OTHER_ACCOUNTS = (
    "This login shows other accounts than those of this connection. Nothing was changed: use the"
    " login that you connected with, or connect the other one as a new bank."
)
_LOCKS = ("lease", "live_attempt", "credentials_version")
logger = Logger(service="worker", child=True)


class Busy(Exception):  # noqa: N818 - an outcome with a name
    """Another run is at it; the message must come again later."""


@dataclass(frozen=True)
class Verifier:
    """The collaborators of an attempt's verification."""

    syncer: Syncer
    attempts: Attempts
    intake: Intake
    queue: Queue

    def go_on(self, attempt_id: str, run: str, deadline: int) -> State | None:
        """Take an attempt one step further and return where it stands.

        Raises `Busy` while another run is at it. A message for an attempt that has ended, or is
        waiting for the owner, does nothing.
        """
        attempt = self.attempts.get(attempt_id)
        connection = self.syncer.connections.get(attempt.connection_id) if attempt else None
        if attempt is None or connection is None or attempt.ended:
            return attempt.state if attempt else None
        return _Verification(self, attempt, connection, run, deadline).step()


class _Verification:
    """One attempt under way, with the connection as this run last wrote it."""

    def __init__(
        self,
        tools: Verifier,
        attempt: Attempt,
        connection: Connection,
        run: str,
        deadline: int,
    ) -> None:
        self._tools = tools
        self._attempt = attempt
        self._connection = connection
        self._run = run
        self._deadline = deadline

    def step(self) -> State:
        """Go on from where the attempt stands."""
        now, attempt = self._time(), self._attempt
        match attempt.state:
            case State.ACCEPTED:
                return self._first_sync()
            case State.VERIFYING if now < attempt.deadline:
                raise Busy
            case State.VERIFYING if not attempt.resumable:
                return self._end(State.INTERRUPTED)
            case State.ASKING | State.REDIRECTING if now < attempt.deadline:
                return attempt.state
            case _ if self._overtaken() or (attempt.abandoned(now) and not attempt.resumable):
                return self._end(State.EXPIRED)
            case State.SUBMITTED if self._connection.tries_left(now) == 0:
                return self._end(State.REFUSED)
        return self._verify()

    def _overtaken(self) -> bool:
        """Tell whether a later attempt is the live one, or has already been accepted."""
        connection, attempt = self._connection, self._attempt
        return (
            connection.live_attempt != attempt.attempt_id
            or connection.credentials_version != attempt.credentials_version
        )

    def _verify(self) -> State:
        if self._connection.lease_until > self._time():
            raise Busy
        answers = self._answers()
        self._mark()
        try:
            outcome = self._authenticate(answers)
        except ProviderError as error:
            return self._no_verdict(error)
        match outcome:
            case Accepted():
                return self._swap(outcome)
            case Rejected():
                return self._rejected(outcome)
            case Ask() | WaitForApp() | Redirect():
                return self._owners_turn(outcome)

    def _answers(self) -> dict[str, str]:
        sealed = self._attempt.answers
        if sealed is None:
            return {}
        return self._tools.intake.open(sealed, self._connection, self._attempt.attempt_id)

    def _mark(self) -> None:
        """Record durably that the bank is about to be called, and count the try (law 12)."""
        now = self._time()
        before = self._connection
        counted = self._attempt.state is State.SUBMITTED
        after = replace(
            tried(before, now) if counted else before,
            lease=self._run,
            lease_until=now + LEASE,
            live_until=max(before.live_until, now + LEASE),
        )
        self._advance(verifying(self._attempt, now), after)

    def _authenticate(self, answers: dict[str, str]) -> Outcome:
        syncer = self._tools.syncer
        present = syncer.vault.read(self._connection)
        opened = syncer.vault.open(self._connection, present.box) if present else None
        sealed = self._attempt.continuation
        known = syncer.vault.open(self._connection, sealed, self._purpose()) if sealed else None
        login = Login(
            answers=answers,
            keep=self._keep,
            continuation=known.reveal() if known else None,
            secret=opened,
            presence=self._presence(),
            return_url=str(self._attempt.presence.get("return_url", "")),
            state=self._attempt.attempt_id,
        )
        provider = syncer.provider(self._connection.bank.provider)
        try:
            return provider.authenticate(self._connection, login, self._time())
        except (ProviderError, ClientError, BotoCoreError, Conflict):
            raise
        except Exception as error:  # noqa: BLE001 - law 2: our bug ends as our trouble
            raise bug(self._connection, error) from None

    def _keep(self, continuation: bytes) -> None:
        sealed = self._seal(continuation)
        self._advance(replace(self._attempt, continuation=sealed, resumable=True))

    def _swap(self, outcome: Accepted) -> State:
        """Replace the credentials, unless the login shows other accounts (law 7)."""
        syncer, now = self._tools.syncer, self._time()
        known = syncer.ledger.accounts(self._connection.connection_id)
        found = match(self._connection.connection_id, outcome.accounts, known)
        if known and not {a.account_id for a in known} & set(found.values()):
            return self._end(State.REJECTED, messages={"": OTHER_ACCOUNTS})
        since = self._connection.last_success_at
        after = replace(
            accepted(self._connection, outcome.expires_at, now),
            lease=self._run,
            lease_until=now + LEASE,
        )
        done = replace(
            self._attempt,
            state=State.ACCEPTED,
            deadline=now + LEASE,
            continuation=None,
            resumable=False,
            back_filled_from=since,
        )
        self._advance(done, after, syncer.vault.put(after, outcome.secret))
        return self._synced()

    def _first_sync(self) -> State:
        """Go on after a crash between the swap and the end of the first sync."""
        now = self._time()
        if self._connection.lease_until > now:
            raise Busy
        if self._connection.status is Status.GREEN:
            return self._end(State.DONE, accounts=self._accounts())
        after = replace(self._connection, lease=self._run, lease_until=now + LEASE)
        self._advance(replace(self._attempt, deadline=now + LEASE), after)
        return self._synced()

    def _synced(self) -> State:
        syncer = self._tools.syncer
        visit = Visit(self._connection, self._deadline, counted=False, presence=self._presence())
        try:
            told = syncer.sync(visit, None, syncer.ledger.cursor(self._connection.connection_id))
        except Superseded:
            raise Busy from None
        self._connection = told.after
        reason = told.after.reason.value if told.after.reason else ""
        return self._end(State.DONE, accounts=self._accounts(), reason=reason)

    def _accounts(self) -> int:
        return len(self._tools.syncer.ledger.accounts(self._connection.connection_id))

    def _rejected(self, outcome: Rejected) -> State:
        return self._end(
            State.REJECTED,
            messages=dict(outcome.field_messages),
            reason=outcome.reason.value,
            provider_text=outcome.provider_text,
        )

    def _no_verdict(self, error: ProviderError) -> State:
        """End without a verdict, or try again later what is safe to try again."""
        if isinstance(error, NeedsOwner):
            return self._end(
                State.REJECTED,
                messages={"": error.reason.explanation.text},
                reason=error.reason.value,
                provider_text=error.provider_text,
            )
        if isinstance(error, Misconfigured):
            logger.error("misconfigured", provider=self._connection.bank.provider)
        again = self._attempt.resumable and isinstance(error, Temporary)
        if again and self._time() < self._attempt.created_at + ASKED_FOR:
            return self._wait(TRY_AGAIN)
        if not error.reached:
            tries = (*self._connection.tries[1:], 0)
            return self._end(State.UNAVAILABLE, tries=tries, reason=error.reason.value)
        return self._end(State.UNAVAILABLE, reason=error.reason.value)

    def _owners_turn(self, outcome: Ask | WaitForApp | Redirect) -> State:
        now = self._time()
        shown: dict[str, Any] = {
            "continuation": self._seal(outcome.continuation),
            "resumable": False,
        }
        match outcome:
            case Ask():
                shown |= {"state": State.ASKING, "prompt": outcome.prompt}
                shown |= {"fields": tuple(_described(outcome)), "picture": outcome.picture}
            case WaitForApp():
                shown |= {"state": State.WAITING, "prompt": outcome.prompt}
                shown |= {"poll_after": outcome.poll_after}
            case Redirect():
                shown |= {"state": State.REDIRECTING, "redirect_url": outcome.url}
        until = now + ASKED_FOR
        if isinstance(outcome, WaitForApp):
            until = min(until, self._attempt.created_at + 2 * ASKED_FOR)
        self._advance(
            replace(self._attempt, deadline=until, **shown),
            replace(self._connection, lease="", lease_until=0, live_until=until),
        )
        if isinstance(outcome, WaitForApp):
            self._poll(outcome.poll_after)
        return self._attempt.state

    def _wait(self, seconds: int) -> State:
        """Leave the attempt as it is and have it looked at again."""
        now = self._time()
        self._advance(
            replace(self._attempt, state=State.WAITING, deadline=now + ASKED_FOR),
            replace(self._connection, lease="", lease_until=0),
        )
        self._poll(seconds)
        return State.WAITING

    def _poll(self, seconds: int) -> None:
        self._tools.queue.send(AttemptMessage(self._attempt.attempt_id), delay=seconds)

    def _end(self, state: State, tries: tuple[int, ...] | None = None, **facts: Any) -> State:
        before = self._connection
        held = before.lease == self._run or before.lease_until <= self._time()
        after = replace(
            before,
            lease="" if held else before.lease,
            lease_until=0 if held else before.lease_until,
            live_until=0 if before.live_attempt == self._attempt.attempt_id else before.live_until,
            tries=tries or before.tries,
        )
        left = after.tries_left(self._time())
        self._advance(ended(self._attempt, state, tries_left=left, **facts), after)
        return state

    def _advance(
        self,
        attempt: Attempt,
        connection: Connection | None = None,
        *others: dict[str, Any],
    ) -> None:
        moved: Change | None = None
        if connection is not None and connection != self._connection:
            moved = change(self._connection, connection, expect=_LOCKS)
        self._tools.attempts.advance(self._attempt, attempt, moved, *others)
        self._attempt = attempt
        self._connection = connection or self._connection

    def _seal(self, continuation: bytes) -> bytes:
        return self._tools.syncer.vault.seal(self._connection, continuation, self._purpose())

    def _purpose(self) -> str:
        return f"continuation {self._attempt.attempt_id}"

    def _presence(self) -> Presence | None:
        told = self._attempt.presence
        if not told:
            return None
        return Presence(told["ip"], told.get("user_agent", ""), dict(told.get("headers", {})))

    def _time(self) -> int:
        return self._tools.syncer.time()


def _described(outcome: Ask) -> list[dict[str, Any]]:
    return [
        {name: getattr(f, name) for name in f.__dataclass_fields__ if getattr(f, name)}
        | {"choices": [list(c) for c in f.choices], "required": f.required}
        for f in outcome.fields
    ]

"""The call to the bank that takes an attempt one step further, and what the bank's answer means.

Before it all that AWS holds is at hand, the try is counted, and the answers leave the store with
the mark; after it each outcome is stored at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools import Logger

from relink.attempt import State, verifying
from relink.entered import Entered
from relink.failures import NeedsOwner, ProviderError, Temporary
from relink.faults import passing
from relink.provider import Accepted, Ask, Login, Redirect, Rejected, WaitForApp
from relink.transitions import tried
from relink.writes import Conflict
from sync.attempts import latecomers
from sync.attempts.history import History
from sync.attempts.progress import ASKED_FOR, Progress
from sync.credentials.guarding import (
    asks_password,
    naming,
    sends_password,
    takes_try,
    with_try_back,
)
from sync.credentials.logins import LOGIN_TRIED, Logins, Tries, place_of
from sync.telling import bug, tell_operator
from sync.visits.claiming import LEASE
from sync.visits.releasing import without_dead_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.intake import Intake
    from relink.provider import Outcome, Provider
    from sync.attempts.accepting import Acceptance, Held
    from sync.visits.syncing import Syncer

TRY_AGAIN: Final = 15
logger = Logger(service="worker", child=True)


@dataclass(frozen=True, slots=True)
class _Try:
    """What the call is counted as: one of the connection's tries, one of its login's, or neither.

    `login` is empty if nobody knows which one it is; `by` is the try's own name among its tries.
    """

    connection: bool
    login: str
    of_login: Tries | None
    by: str
    password: bool


@dataclass(frozen=True)
class Authentication:
    """One call to the bank for an attempt."""

    syncer: Syncer
    intake: Intake
    at: Progress
    acceptance: Acceptance

    def make(self, provider: Provider, held: Held) -> State:
        """Call the bank, unless its login has been tried too often; return where that leads."""
        login = self._login(held)
        known = self.syncer.ledger.accounts(self.at.connection.connection_id)
        self.syncer.vault.make_ready(self.at.connection)
        counted = self._counted(provider, login.answers)
        if counted.of_login:
            until = counted.of_login.paused_until(counted.by, self.syncer.time())
            if until:
                return self._paused(counted.login, until)
        self._mark(counted)
        try:
            outcome = self._authenticate(provider, login)
        except ProviderError as error:
            return self._no_verdict(error, counted)
        match outcome:
            case Accepted():
                return self.acceptance.swap(outcome, known, held)
            case Rejected():
                return self._rejected(outcome)
            case Ask() | WaitForApp() | Redirect():
                return self._owners_turn(outcome, held)

    def _login(self, held: Held) -> Login:
        attempt, connection = self.at.attempt, self.at.connection
        kept = self.at.opened()
        history = self.acceptance.store if isinstance(self.acceptance, History) else None
        return Login(
            answers=self._opened(attempt.answers),
            keep=lambda continuation: self._keep(continuation, held),
            continuation=kept.reveal() if kept else None,
            secret=held.secret if connection.disconnected_at is None else None,
            presence=self.at.presence(),
            return_url=str(attempt.presence.get("return_url", "")),
            state=self._opened(attempt.return_state).get("state", ""),
            history=history,
        )

    def _opened(self, sealed: bytes | None) -> Entered:
        connection, attempt = self.at.connection, self.at.attempt
        return self.intake.open(sealed, connection, attempt.attempt_id) if sealed else Entered({})

    def _counted(self, provider: Provider, answers: Mapping[str, str]) -> _Try:
        """Return what the call that comes next is counted as.

        The login is the one that the attempt began with, whatever is asked besides.
        """
        attempt, connection = self.at.attempt, self.at.connection
        counts = takes_try(attempt, connection, answered=bool(answers))
        name = attempt.login or (connection.login if attempt.historical else "")
        form = provider.describe_credentials(connection.bank) if answers else ()
        if answers and not name:
            place = place_of(provider, connection.bank)
            name = self._logins.named(connection.bank, naming(attempt, form), answers, place)
        due = name and (counts or asks_password(attempt))
        nth = f"#{attempt.passwords}" if attempt.passwords else ""
        return _Try(
            connection=counts,
            login=name,
            of_login=self._logins.tries(name) if due else None,
            by=attempt.attempt_id + nth,
            password=sends_password(attempt, connection, form, answers),
        )

    def _paused(self, login: str, until: int) -> State:
        """End without a call: the bank has been told as many wrong passwords as is safe."""
        told = {"attempt_id": self.at.attempt.attempt_id, "login": login}
        logger.warning("login paused", extra=told)
        return self.at.end(
            State.REFUSED, messages={"": LOGIN_TRIED}, login=login, paused_until=until
        )

    def _mark(self, counted: _Try) -> None:
        """Record durably that the bank is about to be called, and count the try (law 12)."""
        now, before = self.syncer.time(), without_dead_run(self.at.connection)
        historical = self.at.attempt.historical
        after = replace(
            tried(before, now) if counted.connection else before,
            runs=before.runs + historical,
            last_attempt_at=now if historical else before.last_attempt_at,
            lease=self.at.run,
            lease_until=now + LEASE,
            live_until=max(before.live_until, now + LEASE),
        )
        moved = replace(
            verifying(self.at.attempt, now),
            login=counted.login,
            passwords=self.at.attempt.passwords + counted.password,
        )
        tries = counted.of_login
        others = [self._logins.counted(tries, counted.by, now)] if tries else []
        self.at.advance(moved, after, *others)

    def _authenticate(self, provider: Provider, login: Login) -> Outcome:
        try:
            return provider.authenticate(self.at.connection, login, self.syncer.time())
        except (ProviderError, Conflict):
            raise
        except Exception as error:
            if passing(error):
                raise
            trouble = bug(self.at.connection, error)
        raise trouble  # out here: what was caught may quote what was entered

    def _keep(self, continuation: bytes, held: Held) -> None:
        sealed = self.at.seal(continuation)
        try:
            self.at.advance(replace(self.at.attempt, continuation=sealed, resumable=True))
        except Conflict:
            latecomers.see_to(self.at, continuation, held)
            raise

    def _owners_turn(self, outcome: Ask | WaitForApp | Redirect, held: Held) -> State:
        try:
            return self.at.owners_turn(outcome)
        except Conflict:
            latecomers.see_to(self.at, outcome.continuation, held)
            raise

    def _rejected(self, outcome: Rejected) -> State:
        return self.at.end(
            State.REJECTED,
            fact=self.acceptance.fact(outcome),
            messages=dict(outcome.field_messages),
            reason=outcome.reason.value,
            provider_text=outcome.provider_text,
        )

    def _no_verdict(self, error: ProviderError, counted: _Try) -> State:
        """End without a verdict, or try again later what is safe to try again."""
        if isinstance(error, NeedsOwner):
            return self.at.end(
                State.REJECTED,
                fact=self.acceptance.fact(error),
                messages={"": error.reason.explanation.text},
                reason=error.reason.value,
                provider_text=error.provider_text,
            )
        tell_operator(self.at.connection, error)
        attempt, told = self.at.attempt, error.reason.value
        if not attempt.resumable:
            return self._gone_wrong(told, counted, reached=error.reached)
        in_time = self.syncer.time() < attempt.created_at + ASKED_FOR
        if in_time and isinstance(error, Temporary):
            return self.at.wait(TRY_AGAIN)
        return self.at.end(State.UNAVAILABLE, reason=told)

    def _gone_wrong(self, reason: str, counted: _Try, *, reached: bool) -> State:
        """End; what was counted is given back if the bank knows of no try."""
        connection, attempt = self.at.connection, self.at.attempt
        tries, others = None, []
        if counted.connection and not reached:
            tries = with_try_back(connection, attempt).tries
        if counted.of_login and not reached:
            now = self.syncer.time()
            others.append(self._logins.given_back(counted.login, counted.by, now))
        return self.at.end(State.UNAVAILABLE, tries=tries, others=others, reason=reason)

    @property
    def _logins(self) -> Logins:
        return Logins(self.syncer.client, self.syncer.vault)

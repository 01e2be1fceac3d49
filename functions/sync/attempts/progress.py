"""How far an attempt has come: each step of it stored, together with what it means for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from relink.attempt import Attempt, State, ended
from relink.changes import Changes
from relink.provider import Ask, Presence, Redirect, Secret, WaitForApp
from relink.queues import AttemptMessage, EndMessage, Queue
from relink.repository import Change, Connections, change
from relink.trail import attempt_event
from relink.writes import Conflict
from sync.telling import tell_change
from sync.visits.releasing import without_dead_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relink.attempts import Attempts
    from relink.connection import Connection
    from sync.attempts.leftovers import Leftovers
    from sync.credentials.vault import Vault

ASKED_FOR = 600
AT_THE_BANK = 1800
"""Seconds for an owner to answer, and to come back from his bank's own pages."""
LOCKS = ("lease", "live_attempt", "credentials_version")
AFTER_THE_END = 5
"""Seconds after which the end of an attempt has been written, by which its message is too."""


_HIS = frozenset({State.ASKING, State.REDIRECTING})
"""States in which nobody looks until the owner does."""


@dataclass
class Progress:
    """One attempt under way, with its connection, as this run last wrote them."""

    attempts: Attempts
    connections: Connections
    vault: Vault
    queue: Queue
    time: Callable[[], int]
    run: str
    attempt: Attempt
    connection: Connection
    leftovers: Leftovers
    changes: Changes = field(default_factory=Changes)
    again: bool = False
    """Whether a run before this one may have stored what it told nobody."""

    def advance(
        self,
        attempt: Attempt,
        connection: Connection | None = None,
        *others: dict[str, Any],
        expect: Iterable[str] = LOCKS,
    ) -> None:
        """Store the next state, with the connection's and other writes, or nothing.

        Raises `Conflict` if attempt or connection have been moved by somebody else.
        """
        moved: Change | None = None
        if connection is not None and connection != self.connection:
            moved = change(self.connection, connection, expect=expect)
        self.attempts.advance(self.attempt, attempt, moved, *others)
        self.attempt = attempt
        if connection is not None:
            tell_change(self.connection, connection)
            self.connection = connection

    def current(self, connection: Connection) -> bool:
        """Tell whether the attempt is the one that the connection, as given, waits for."""
        own, attempt = connection.live_attempt, self.attempt
        version = connection.credentials_version
        return (own, version) == (attempt.attempt_id, attempt.credentials_version)

    def look_again(self) -> None:
        """Read the connection again. Raises `Conflict` if it is no longer ours, or as it was."""
        current = self.connections.get(self.connection.connection_id)
        if current is None or current == self.connection:
            raise Conflict
        if any(getattr(current, name) != getattr(self.connection, name) for name in LOCKS):
            raise Conflict
        self.connection = current

    def end(
        self,
        state: State,
        tries: tuple[int, ...] | None = None,
        others: Iterable[dict[str, Any]] = (),
        fact: Callable[[Connection], Connection] | None = None,
        **facts: Any,
    ) -> State:
        """Store how the attempt has ended, and let go of the connection.

        `fact` is what the end means for the connection itself, if it means anything; `others` are
        writes that belong to it. An access that was obtained, and that nobody keeps, is ended next.
        """
        left = None if state is State.DONE else self._left_over()
        before = fact(self.connection) if fact else self.connection
        if before.lease == self.run:
            before = self.settled(before)
        elif before.lease_until <= self.time():
            before = without_dead_run(before)
        live = before.live_attempt == self.attempt.attempt_id
        after = replace(
            before,
            live_until=0 if live else before.live_until,
            tries=tries or before.tries,
            retired=before.retired or left is not None,
        )
        over = ended(self.attempt, state, tries_left=after.tries_left(self.time()), **facts)
        self.advance(over, after, *self._noted(over), *others, *self._retiring(after, left))
        return state

    def _left_over(self) -> Secret | None:
        """Return the access that the attempt has obtained so far, if it has."""
        if self.attempt.continuation is None:
            return None
        return self.leftovers.of(self.connection, self.opened)

    def _retiring(self, after: Connection, left: Secret | None) -> list[dict[str, Any]]:
        """Return the write that retires an access; its message is sent first: we may die after."""
        if left is None:
            return []
        write = self.leftovers.retire(after, left, self.time())
        self.queue.send(EndMessage(after.connection_id), delay=AFTER_THE_END)
        return [write]

    def _noted(self, over: Attempt) -> list[dict[str, Any]]:
        """Return what the attempt's end leaves in the connection's trail."""
        trail = self.attempts.trail
        event = attempt_event(over, self.time())
        return [trail.put(over.connection_id, event)] if trail else []

    def settled(self, connection: Connection) -> Connection:
        """Return a connection that this run lets go of; whoever sent its password has come back."""
        runs = 0 if self.attempt.historical else connection.runs
        return replace(connection, lease="", lease_until=0, runs=runs)

    def owners_turn(self, outcome: Ask | WaitForApp | Redirect) -> State:
        """Store what the bank wants of the owner, and let go of the connection until he is done."""
        now = self.time()
        shown: dict[str, Any] = {"continuation": self.seal(outcome.continuation)}
        match outcome:
            case Ask():
                shown |= {"state": State.ASKING, "prompt": outcome.prompt}
                shown |= {"fields": tuple(_described(outcome)), "picture": outcome.picture}
            case WaitForApp():
                shown |= {"state": State.WAITING, "prompt": outcome.prompt}
                shown |= {"poll_after": outcome.poll_after, "due_at": now + outcome.poll_after}
            case Redirect():
                shown |= {"state": State.REDIRECTING, "redirect_url": outcome.url}
        until = now + (AT_THE_BANK if isinstance(outcome, Redirect) else ASKED_FOR)
        if isinstance(outcome, WaitForApp):
            rounds = 6 if self.attempt.historical else 2  # each account may want an approval
            until = min(until, self.attempt.created_at + rounds * ASKED_FOR)
        self.advance(
            replace(self.attempt, deadline=until, resumable=False, **shown),
            replace(self.settled(self.connection), live_until=until),
        )
        if isinstance(outcome, WaitForApp):
            self.call_again(outcome.poll_after)
        return self.rest()

    def rest(self) -> State:
        """Leave the owner his time. One who never comes back leaves nothing open at a provider.

        Where something has been obtained, a message comes when his time is over.
        """
        left = self.attempt.deadline - self.time()
        if self.attempt.state in _HIS and left > 0 and self._left_over() is not None:
            self.call_again(left)
        return self.attempt.state

    def wait(self, seconds: int) -> State:
        """Let go of the connection, and have the attempt looked at again as it is."""
        now = self.time()
        self.advance(
            replace(
                self.attempt,
                state=State.WAITING,
                deadline=now + ASKED_FOR,
                due_at=now + seconds,
            ),
            self.settled(self.connection),
        )
        self.call_again(seconds)
        return State.WAITING

    def call_again(self, seconds: int) -> None:
        """Queue the attempt's message once more, to arrive after so many seconds."""
        self.queue.send(AttemptMessage(self.attempt.attempt_id), delay=seconds)

    def seal(self, continuation: bytes) -> bytes:
        """Return a continuation as it is stored: it opens for this attempt only."""
        return self.vault.seal(self.connection, continuation, self._purpose())

    def opened(self) -> Secret | None:
        """Return the continuation that was kept, if there is one."""
        sealed = self.attempt.continuation
        return self.vault.open(self.connection, sealed, self._purpose()) if sealed else None

    def presence(self) -> Presence | None:
        """Return the owner at his browser, as the attempt recorded him."""
        told = self.attempt.presence
        if not told:
            return None
        return Presence(told["ip"], told.get("user_agent", ""), dict(told.get("headers", {})))

    def _purpose(self) -> str:
        return f"continuation {self.attempt.attempt_id}"


def _described(outcome: Ask) -> list[dict[str, Any]]:
    return [
        {name: getattr(f, name) for name in f.__dataclass_fields__ if getattr(f, name)}
        | {"choices": [list(c) for c in f.choices], "required": f.required}
        for f in outcome.fields
    ]

"""Begin an attempt, answer a challenge, and keep both moving when a message was lost.

What is typed is sealed here and opened by the worker alone. Each write is conditional, so that a
double click, a second device or a crash between two calls ends in one attempt.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from relink.attempt import PATIENCE, Attempt, Kind, State, submitted
from relink.queues import AttemptMessage
from relink.repository import Connections, change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relink.attempts import Attempts
    from relink.connection import Connection
    from relink.intake import Intake
    from relink.links import Link
    from relink.queues import Queue

CALLBACK: Final = "/reconnect/callback"
"""Where banks send owners back to."""
SENT_AGAIN_AFTER = 5
_WITH_THE_WORKER: Final = frozenset({State.SUBMITTED, State.ANSWERED})
_UNCHANGED: Final = ("live_attempt", "live_until", "credentials_version", "red_since")
_STATE: Final = re.compile(r"(att_[0-9a-f]{32})\.[A-Za-z0-9_-]{43}")


def attempt_id_for(connection: Connection, form_id: str) -> str:
    """Return the attempt that a form makes, the same one however often it is sent."""
    return "att_" + _hash(connection.connection_id, form_id)


def new_state(attempt_id: str) -> str:
    """Return what a bank is given to send the owner back with: it names the attempt, unguessably.

    The attempt's id alone is in logs and messages; whoever knows it cannot come back as its owner.
    """
    return f"{attempt_id}.{secrets.token_urlsafe(32)}"


def attempt_named(state: str) -> str:
    """Return the id of the attempt that a state claims to be of, empty if it has no such shape."""
    found = _STATE.fullmatch(state)
    return found[1] if found else ""


def mark_of(attempt_id: str, state: str) -> str:
    """Return what is stored of a state: enough to know it again, and nothing to come back with."""
    return _hash(attempt_id, state)


def has_state(attempt: Attempt, state: str) -> bool:
    """Tell whether a state is the very one that the attempt was given."""
    own = str(attempt.presence.get("state_mark", ""))
    return hmac.compare_digest(own, mark_of(attempt.attempt_id, state))


def came_before(attempt: Attempt, code: str) -> bool:
    """Tell whether the owner has brought this code already: it is good once, and was used then."""
    return bool(code) and _hash(attempt.attempt_id, code) in attempt.presence.get("codes", ())


def with_code(attempt: Attempt, code: str) -> Attempt:
    """Note that the owner has brought this code."""
    if not code:
        return attempt
    codes = [*attempt.presence.get("codes", ()), _hash(attempt.attempt_id, code)]
    return replace(attempt, presence={**attempt.presence, "codes": codes})


def turn_of(attempt: Attempt) -> str:
    """Return the mark of the challenge that stands now, so that an old answer is none to it."""
    return _hash(attempt.attempt_id, str(attempt.deadline))


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Makes attempts and hands them to the worker."""

    connections: Connections
    attempts: Attempts
    intake: Callable[[], Intake]
    queue: Callable[[], Queue]

    def last_attempt(self, link: Link, connection: Connection) -> Attempt | None:
        """Return the last attempt made with this link's kind of access, or None.

        A later link's attempts replace other credentials, or mend another incident; they are none
        of this link's business.
        """
        if not connection.live_attempt:
            return None
        attempt = self.attempts.get(connection.live_attempt)
        if attempt is None or attempt.credentials_version != link.credentials_version:
            return None
        later = attempt.created_at >= (connection.red_since or 0)
        return None if later and link.outlived(connection) else attempt

    def made_by(self, connection: Connection, form_id: str) -> Attempt | None:
        """Return the attempt that this very form has made already, or None."""
        return self.attempts.get(attempt_id_for(connection, form_id))

    def begin(
        self,
        connection: Connection,
        form_id: str,
        answers: Mapping[str, str],
        presence: Mapping[str, Any],
        now: int,
        *,
        kind: Kind = Kind.RECONNECT,
    ) -> Attempt:
        """Store a new attempt and queue it. Raises `Conflict` or `relink.intake.TooLarge`.

        One that is under way is left behind: its state and its turn are good for nothing any more,
        and the worker ends what it has obtained.
        """
        attempt_id = attempt_id_for(connection, form_id)
        sealed = self.intake().seal(answers, connection, attempt_id)
        state = new_state(attempt_id)
        there = {**presence, "state_mark": mark_of(attempt_id, state)}
        attempt = replace(
            submitted(connection, attempt_id, sealed, there, now, kind=kind),
            return_state=self.intake().seal({"state": state}, connection, attempt_id),
        )
        after = replace(connection, live_attempt=attempt_id, live_until=attempt.deadline)
        self.attempts.begin(attempt, change(connection, after, expect=_UNCHANGED))
        self._queue(attempt_id)
        if connection.live_until > now:
            self._queue(connection.live_attempt)
        return attempt

    def answer(
        self,
        connection: Connection,
        before: Attempt,
        answers: Mapping[str, str],
        now: int,
    ) -> None:
        """Store the answers to a challenge, or what the owner brought back, and queue them.

        Raises as `begin` does.
        """
        sealed = self.intake().seal(answers, connection, before.attempt_id)
        until = now + PATIENCE
        there = {**before.presence, "answered_at": now}
        after = replace(
            before, state=State.ANSWERED, deadline=until, answers=sealed, presence=there
        )
        held = replace(connection, live_until=until)
        moved = change(connection, held, expect=_UNCHANGED) if held != connection else None
        self.attempts.advance(before, after, moved)
        self._queue(after.attempt_id)

    def hand_over_again(self, attempt: Attempt, now: int, *, at_once: bool = False) -> None:
        """Queue an attempt again if its message may have been lost; a second one does nothing."""
        waited = now - (attempt.deadline - PATIENCE)
        stuck = at_once or waited > SENT_AGAIN_AFTER
        if attempt.state in _WITH_THE_WORKER and not attempt.abandoned(now) and stuck:
            self._queue(attempt.attempt_id)

    def _queue(self, attempt_id: str) -> None:
        self.queue().send(AttemptMessage(attempt_id))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]

"""An owner's try to reconnect: its states, and its pure transitions.

submitted → verifying → (asking → answered → verifying)* → accepted → done, or one of the ends
`rejected`, `unavailable`, `interrupted`, `refused`, `expired`. A bank call that must not be
repeated happens only in `verifying`, which is entered by a conditional write: whoever finds an
attempt there after its time knows that the call may have been made, and does not make it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from relink.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Connection

PATIENCE = 600
KEPT = 7 * DAY
VERIFYING_LIMIT = 150


class State(StrEnum):
    """Where an attempt stands."""

    SUBMITTED = "submitted"
    VERIFYING = "verifying"
    ASKING = "asking"
    WAITING = "waiting"
    REDIRECTING = "redirecting"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    EXPIRED = "expired"


class Kind(StrEnum):
    """What an attempt is for: new credentials, or all that the bank has."""

    RECONNECT = "reconnect"
    HISTORICAL = "historical"


OWNERS_TURN = frozenset({State.ASKING, State.WAITING, State.REDIRECTING})
ENDED = frozenset(
    {
        State.DONE,
        State.REJECTED,
        State.UNAVAILABLE,
        State.INTERRUPTED,
        State.REFUSED,
        State.EXPIRED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. `answers` and `continuation` are ciphertext; `messages` are message ids by field.

    `deadline` is when the present state is given up; `due_at` when a waiting one is looked at next;
    `expires_at` when the item is deleted. `red_since` is the incident that it is to end, 0 for none
    and absent on older items; `login` names what was logged in with, as the worker counts its tries
    (`sync.credentials.logins`), and `paused_until` is until when it may not be tried any more.
    `resumable` says that what the bank may be asked next can safely be asked twice. `return_state`
    is what the bank sends the owner back with, sealed as `answers` are. `passwords` counts the
    calls that have sent the bank a lasting one.
    """

    attempt_id: str
    connection_id: str
    workspace_id: str
    state: State
    created_at: int
    deadline: int
    expires_at: int
    credentials_version: int
    red_since: int | None = None
    kind: Kind = Kind.RECONNECT
    answers: bytes | None = field(default=None, repr=False)
    continuation: bytes | None = field(default=None, repr=False)
    return_state: bytes | None = field(default=None, repr=False)
    resumable: bool = False
    presence: Mapping[str, Any] = field(default_factory=dict, repr=False)
    messages: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    provider_text: str = ""
    prompt: str = ""
    picture: str = ""
    fields: tuple[Mapping[str, Any], ...] = ()
    redirect_url: str = field(default="", repr=False)
    poll_after: int = 0
    due_at: int = 0
    accounts: int = 0
    back_filled_from: int | None = None
    tries_left: int | None = None
    login: str = ""
    passwords: int = 0
    paused_until: int = 0

    @property
    def historical(self) -> bool:
        """Tell whether it fetches all that the bank has, instead of replacing credentials."""
        return self.kind is Kind.HISTORICAL

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to it."""
        return self.state in ENDED

    def abandoned(self, now: int) -> bool:
        """Tell whether its present state has outlived its time."""
        return not self.ended and now >= self.deadline


def submitted(
    connection: Connection,
    attempt_id: str,
    answers: bytes,
    presence: Mapping[str, Any],
    now: int,
    *,
    kind: Kind = Kind.RECONNECT,
) -> Attempt:
    """Return a new attempt that carries encrypted answers to the worker."""
    return Attempt(
        attempt_id=attempt_id,
        connection_id=connection.connection_id,
        workspace_id=connection.workspace_id,
        state=State.SUBMITTED,
        created_at=now,
        deadline=now + PATIENCE,
        expires_at=now + KEPT,
        credentials_version=connection.credentials_version,
        red_since=connection.red_since or 0,
        kind=kind,
        answers=answers,
        presence=presence,
    )


def verifying(before: Attempt, now: int) -> Attempt:
    """Mark that the bank is about to be called: the answers leave the item with this write."""
    return replace(
        before,
        state=State.VERIFYING,
        deadline=now + VERIFYING_LIMIT,
        answers=None,
        messages={},
        redirect_url="",
        resumable=before.resumable or before.state is State.WAITING,
    )


def ended(before: Attempt, state: State, **facts: Any) -> Attempt:
    """Return the attempt at its end, without anything that could be used again."""
    emptied = replace(before, answers=None, continuation=None, return_state=None, redirect_url="")
    return replace(emptied, state=state, **facts)

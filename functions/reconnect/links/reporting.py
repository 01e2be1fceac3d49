"""How an attempt stands, as a page shows it and as JSON tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect.attempts.standing import effective
from reconnect.explaining import iso, reason_as_json, reason_of
from relink.attempt import Kind, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconnect.shapes.attempts import ReportShape
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.reader import Reader
    from relink.reasons import Reason

_MOVING: Final = frozenset(
    {State.SUBMITTED, State.VERIFYING, State.ANSWERED, State.WAITING, State.ACCEPTED}
)
# An owner looks at the page for the first seconds; whoever has left it open costs little.
_LOOKS: Final = ((5, 1), (30, 2), (180, 5), (900, 15))


@dataclass(frozen=True, slots=True)
class Report:
    """How an attempt stands. Texts are message ids or the bank's words; times epoch seconds.

    `refresh` is after how many seconds to look again, absent when nothing more will happen by
    itself. `again_at` is when the lock-out guard lets the owner try again.
    """

    kind: Kind
    state: State
    messages: Mapping[str, str]
    reason: Reason | None
    bank_words: str
    prompt: str
    redirect_url: str
    accounts: int
    back_filled_from: int | None
    tries_left: int
    again_at: int
    refresh: int | None


def report(attempt: Attempt, connection: Connection, now: int) -> Report:
    """Return how an attempt stands now."""
    state = effective(attempt, connection, now)
    return Report(
        kind=attempt.kind,
        state=state,
        messages=attempt.messages,
        reason=reason_of(attempt.reason),
        bank_words=attempt.provider_text,
        prompt=attempt.prompt,
        redirect_url=attempt.redirect_url,
        accounts=attempt.accounts,
        back_filled_from=attempt.back_filled_from,
        tries_left=connection.tries_left(now),
        again_at=connection.next_try_allowed_at(),
        refresh=_refresh(attempt, state, now),
    )


def as_json(told: Report, reader: Reader) -> ReportShape:
    """Return a report for a program, its texts in the reader's language."""
    since = told.back_filled_from
    return {
        "kind": told.kind.value,
        "state": told.state.value,
        "messages": {name: reader.text(text) for name, text in told.messages.items()},
        "reason": reason_as_json(told.reason, reader, told.bank_words),
        "prompt": reader.text(told.prompt) or None,
        "redirect_url": told.redirect_url or None,
        "accounts": told.accounts,
        "back_filled_from": iso(since),
        "tries_left": told.tries_left,
        "look_again_after": told.refresh,
    }


def _refresh(attempt: Attempt, state: State, now: int) -> int | None:
    if state not in _MOVING and not _uncounted(attempt, state):
        return None
    age = now - max(attempt.created_at, attempt.presence.get("answered_at", 0))
    seconds = next((seconds for limit, seconds in _LOOKS if age < limit), None)
    if seconds is not None and state is State.WAITING:
        return max(seconds, attempt.poll_after)
    return seconds


def _uncounted(attempt: Attempt, state: State) -> bool:
    """Tell whether it is known to be well, but what came of it is still being written."""
    return state is State.DONE and attempt.state is State.ACCEPTED

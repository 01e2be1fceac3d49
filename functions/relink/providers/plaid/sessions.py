"""What came of the owner's visits to Plaid's page, read from `/link/token/get`.

Two shapes are told: `results` and `exit`, or the older `on_success` and `on_exit`. In update mode
neither has to hold a public token: the item and its access token stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink.providers.plaid.visits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relink.providers.plaid.visits import Session

HANDOFF = "HANDOFF"
"""Link's last event of a session that worked (plaid.com/docs/link/web, "onEvent")."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The owner has been through; of a new item there is a token to exchange."""

    public_token: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The owner has left, and why if he was turned away."""

    exit: Exit


@dataclass(frozen=True, slots=True)
class Underway:
    """He has not come to an end yet, or has not even begun."""


def outcome(sessions: Iterable[Session], *, updating: bool) -> Finished | Left | Underway:
    """Return what the visits came to: one that worked counts, then one under way, then the last."""
    visits = sorted(sessions, key=lambda s: s.finished_at or s.started_at or 0)
    tokens = [t for s in visits for t in _public_tokens(s)]
    if tokens:
        return Finished(tokens[-1])
    if updating and any(_worked(s) for s in visits):
        return Finished()
    if not visits or any(_open(s) for s in visits):
        return Underway()
    return Left(_exit(visits[-1]) or Exit())


def _public_tokens(session: Session) -> Iterator[str]:
    added = session.results.item_add_results if session.results else None
    for success in (*(added or ()), session.on_success):
        if success is not None and success.public_token:
            yield success.public_token


def _worked(session: Session) -> bool:
    """Tell whether an update went through: it said so, or ended without an exit."""
    told = session.on_success is not None
    handed = any(e.event_name == HANDOFF for e in session.events or ())
    ended = session.finished_at is not None and _exit(session) is None
    return told or handed or ended


def _open(session: Session) -> bool:
    return session.finished_at is None and _exit(session) is None


def _exit(session: Session) -> Exit | None:
    return session.exit or session.on_exit

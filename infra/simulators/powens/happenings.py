"""What happens to a connection without our having asked, each told by its webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.simulators.powens.state import State
    from infra.simulators.powens.users import Held

SYNCED, DELETED = "CONNECTION_SYNCED", "CONNECTION_DELETED"


def broken(state: State, held: Held) -> str:
    """Let the bank refuse the password."""
    held.login.trouble = Trouble("wrongpass").begun(state.world.now())
    return SYNCED


def repaired(state: State, held: Held) -> str:
    """Let the owner mend it in Powens' own pages, and the bank be read at once."""
    held.challenge, held.consented = None, state.world.now()
    state.world.ends_trouble(held.login)
    held.read(state.world.now())
    return SYNCED


def revoked(state: State, held: Held) -> str:
    """Let the owner delete the connection in Powens' own pages."""
    del state
    held.user.connections.remove(held)
    return DELETED


def new_data(state: State, held: Held) -> str:
    """Let the bank be read now."""
    held.read(state.world.now())
    return SYNCED


HAPPENINGS: Mapping[str, Callable[[State, Held], str]] = {
    "broken": broken,
    "repaired": repaired,
    "revoked": revoked,
    "new-data": new_data,
}

"""What happens to an item without our having asked, each told by its webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.simulators.history import DAY
from infra.simulators.plaid.feed import stamp
from infra.simulators.plaid.items import CONSENT_SECONDS, HOME
from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.simulators.plaid.items import Item
    from infra.simulators.plaid.state import State

WARNED = 7 * DAY
Told = tuple[str, str, dict[str, Any]]


def broken(state: State, item: Item) -> Told:
    """Let the bank refuse the login."""
    item.login.trouble = Trouble("expired").begun(state.world.now())
    return "ITEM", "ERROR", {"error": state.item(item)["error"]}


def repaired(state: State, item: Item) -> Told:
    """Let the owner mend his login in another app."""
    item.consented = state.world.now()
    state.world.ends_trouble(item.login)
    return "ITEM", "LOGIN_REPAIRED", {}


def revoked(state: State, item: Item) -> Told:
    """Let the owner take his permission back."""
    item.login.trouble = Trouble("permission-revoked").begun(state.world.now())
    return "ITEM", "USER_PERMISSION_REVOKED", {"error": None}


def expiring(state: State, item: Item) -> Told:
    """Let a week be left of the access; at home there is no consent, but a bank may move."""
    ends = state.world.now() + WARNED
    if item.bank.country == HOME:
        why = {"reason": "INSTITUTION_TOKEN_EXPIRATION", "disconnect_time": stamp(ends)}
        return "ITEM", "PENDING_DISCONNECT", why
    item.consented = ends - CONSENT_SECONDS
    return "ITEM", "PENDING_EXPIRATION", {"consent_expiration_time": stamp(ends)}


def new_data(state: State, item: Item) -> Told:
    """Let the bank have new movements."""
    del state, item
    told = {"initial_update_complete": True, "historical_update_complete": True}
    return "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", told


HAPPENINGS: Mapping[str, Callable[[State, Item], Told]] = {
    "broken": broken,
    "repaired": repaired,
    "revoked": revoked,
    "expiring": expiring,
    "new-data": new_data,
}

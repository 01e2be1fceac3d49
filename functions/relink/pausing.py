"""Whether the schedule calls a connection's bank: its owner may have it paused. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relink.reasons import Status

if TYPE_CHECKING:
    from relink.connection import Connection

TOUCHED = ("status", "slot", "credentials_version", "disconnected_at", "auto_sync")
"""All that `automatic` looks at: expected unchanged when it is written."""


def automatic(before: Connection, *, wanted: bool) -> Connection:
    """Have the schedule call the bank, or not; nobody is called while red or not connected."""
    called = wanted and before.connected and before.status is not Status.RED
    slot = before.home_slot if called else None
    return replace(before, auto_sync=wanted, slot=slot)

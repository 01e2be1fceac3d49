"""Whether the schedule calls a connection's bank: its owner may have it paused. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relink.connection import Connection

TOUCHED = ("status", "slot", "credentials_version", "disconnected_at", "auto_sync", "accepted_at")
"""All that `automatic` looks at: expected unchanged when it is written."""


def automatic(before: Connection, *, wanted: bool) -> Connection:
    """Have the schedule call the bank, or not; where it may not, that is for when it may again."""
    after = replace(before, auto_sync=wanted)
    return replace(after, slot=after.home_slot if after.scheduled else None)

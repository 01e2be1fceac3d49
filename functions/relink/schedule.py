"""The cycle of six hours and a minute: 361 slots of a minute, and which of them are due.

Four turns must never fit into a rolling day (law 5), and messages arrive some seconds sooner or
later. Were four turns exactly a day apart, most would come too soon and be held back for a moment;
the one minute more makes four that no delivery takes away.

A minute of the epoch is `cycle * 361 + slot`. A workspace's connections share a slot, so that its
banks sync together; the hash spreads workspaces evenly. What a workspace connects beyond `TOGETHER`
is spread by itself, or the largest one's minute would be everybody's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOTS = 361
MINUTE = 60
TOGETHER = 200
"""So many connections of a workspace share its slot."""


@dataclass(frozen=True, slots=True)
class Due:
    """A slot whose turn has come, in which cycle, at which minute of the epoch."""

    minute: int

    @property
    def slot(self) -> int:
        """Return the minute within the cycle."""
        return self.minute % SLOTS

    @property
    def cycle(self) -> int:
        """Return the number of the cycle since the epoch."""
        return self.minute // SLOTS


def slot_of(workspace_id: str, connection_id: str = "") -> int:
    """Return the slot in which a workspace's connections sync, or one that is spread by itself."""
    name = f"{workspace_id}\0{connection_id}" if connection_id else workspace_id
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % SLOTS


def minute_of(now: int) -> int:
    """Return the minute of the epoch that `now` lies in."""
    return now // MINUTE


def due_since(watermark: int | None, now: int) -> Iterator[Due]:
    """Yield what is due after the watermark's minute up to the present one, oldest first.

    After an outage each slot comes once, in its newest cycle, not once for each missed cycle.
    A first run, without a watermark, begins with the present minute.
    """
    present = minute_of(now)
    first = present if watermark is None else max(watermark + 1, present - SLOTS + 1)
    for minute in range(first, present + 1):
        yield Due(minute)


def come_again(cycle: int, now: int) -> int:
    """Return the last slot that has had its next turn since this cycle's; below 0 if none has.

    What is still waiting for its turn in this cycle has a successor then.
    """
    return minute_of(now) - (cycle + 1) * SLOTS


def next_run(slot: int, now: int) -> int:
    """Return the epoch second of a slot's next turn after `now`."""
    present = minute_of(now)
    ahead = (slot - present) % SLOTS or SLOTS
    return (present + ahead) * MINUTE

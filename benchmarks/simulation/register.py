"""All connections as they are stored, with what a steady one is spared (`rhythm`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.simulation.stores import NoticeDays
from relink.reasons import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.simulation.people import People
    from relink.connection import Connection

Calls = tuple[int, ...]


def number_of(connection_id: str) -> int:
    """Return the number that an id holds."""
    return int(connection_id[3:])


class Register:
    """The Connections table with its indexes.

    A connection that is green and in no trouble has a rhythm: the times of its last calls. As long
    as nothing but calls that work happen to it, only these times are moved, and the rest follows
    from them when somebody reads it. `wake` is until when that is so.
    """

    table = ""

    def __init__(self, people: People) -> None:
        self.bank = people.banks
        self.slots: dict[int, dict[int, None]] = defaultdict(dict)
        self.days = NoticeDays(self._unmark)
        self.rhythm: list[Calls | None] = []
        self.cycle: list[int] = []
        self.wake: list[int] = []
        self.changed: Callable[[Connection, Connection], None]
        self._stored = people.connections
        for number, made in enumerate(self._stored):
            self.rhythm.append(made.calls)
            self.cycle.append(made.last_cycle)
            self.wake.append(0)
            self.slots[made.home_slot][number] = None
            self.days.move(replace(made, notice_day=None), made)

    def __len__(self) -> int:
        return len(self._stored)

    def get(self, connection_id: str, *, consistent: bool = True) -> Connection:
        """Return a connection as it is now."""
        del consistent
        return self.read(number_of(connection_id))

    def read(self, number: int) -> Connection:
        """Return the connection of that number as it is now."""
        stored, calls = self._stored[number], self.rhythm[number]
        if calls is None or calls is stored.calls:
            return stored
        stored = replace(
            stored,
            calls=calls,
            last_cycle=self.cycle[number],
            last_attempt_at=calls[0],
            last_success_at=calls[0],
        )
        self._stored[number] = stored
        return stored

    def write(self, number: int, after: Connection) -> None:
        """Store a connection, with what its indexes and its stream make of that."""
        before = self.read(number)
        self._stored[number] = after
        steady = after.status is Status.GREEN and not after.troubles and not after.leased
        self.rhythm[number] = after.calls if steady else None
        self.cycle[number] = after.last_cycle
        if before.slot != after.slot:
            if before.slot is not None:
                self.slots[before.slot].pop(number, None)
            if after.slot is not None:
                self.slots[after.slot][number] = None
        self.days.move(before, after)
        self.changed(before, after)

    def _unmark(self, connection_id: str, day: str) -> None:
        connection = self.get(connection_id)
        if connection.notice_day == day:
            self.write(number_of(connection_id), replace(connection, notice_day=None))

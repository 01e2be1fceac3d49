"""The stack's own time: real time plus a shift that everything in the stack shares."""

from __future__ import annotations

import mmap
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class SimulatedClock:
    """Time that can be moved forward; from the start it is `ahead` of real time by so many seconds.

    The shift is kept in a file that children map into memory: the emulator reads it at each call,
    so delayed messages, visibility timeouts and expiries move along with the schedules.
    """

    def __init__(self, path: Path, ahead: int = 0) -> None:
        self.path = path
        path.write_bytes(struct.pack("d", float(ahead)))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)
        self._moved = threading.Condition()
        self._before: list[Callable[[], object]] = []
        self._listeners: list[Callable[[int], None]] = []

    @property
    def offset(self) -> float:
        """Return by how many seconds this time is ahead of real time."""
        return float(struct.unpack("d", self._shared[:8])[0])

    def now(self) -> float:
        """Return the stack's time in epoch seconds."""
        return time.time() + self.offset

    def before_move(self, prepare: Callable[[], object]) -> None:
        """Call `prepare` before each move, so that it can wait for work under way."""
        self._before.append(prepare)

    def on_move(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the whole new shift at each move, before anybody else sees it."""
        self._listeners.append(listener)

    def advance(self, seconds: int) -> None:
        """Move time forward and wake whoever waits for a moment that has now come."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        for prepare in self._before:
            prepare()
        with self._moved:
            offset = int(self.offset) + seconds
            for listener in self._listeners:
                listener(offset)
            self._shared[:8] = struct.pack("d", offset)
            self._moved.notify_all()

    def wait_until(self, moment: float, stop: threading.Event) -> bool:
        """Wait for a moment of the stack's time; return False if `stop` was set before it came."""
        with self._moved:
            while not stop.is_set():
                left = moment - self.now()
                if left <= 0:
                    return True
                self._moved.wait(min(left, 0.5))
        return False

    def close(self) -> None:
        """Let go of the shared file."""
        self._shared.close()

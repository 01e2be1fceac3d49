"""Threads that look for work again and again until the stack stops."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 0.25
"""Moto answers one request at a time, so idle polling must leave room for the functions."""
ENDING = 120.0
"""Seconds that a thread has to come to its end when the stack stops."""

log = logging.getLogger(__name__)


class StillAtWork(Exception):
    """A thread does not end although the stack has stopped; the message names it."""


def joined(thread: threading.Thread) -> None:
    """Wait for a thread to end. Raises `StillAtWork`."""
    thread.join(ENDING)
    if thread.is_alive():
        raise StillAtWork(thread.name)


class RepeatedLook:
    """A thread that repeats a step, ever more slowly while the step finds nothing to do."""

    def __init__(self, name: str, step: Callable[[], bool], stop: threading.Event) -> None:
        self.name = name
        self._step = step
        self._stop = stop
        self._hurried = threading.Event()
        self._last_idle = 0.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread to notice that the stack stops.

        Raises `StillAtWork`: what it does without its stack would be done to somebody else's.
        """
        joined(self._thread)

    def hurry(self) -> None:
        """Look at once instead of after the pause."""
        self._hurried.set()

    def idle_since(self, moment: float) -> bool:
        """Return whether a look begun after `moment` (monotonic) found nothing to do."""
        return self._last_idle > moment

    def _run(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._stop.is_set():
            self._hurried.clear()
            began = time.monotonic()
            if self._looked():
                pause = SHORTEST_PAUSE
                continue
            self._last_idle = began
            self._hurried.wait(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _looked(self) -> bool:
        try:
            return self._step()
        except (BotoCoreError, ClientError):
            if not self._stop.is_set():
                log.exception("%s could not poll", self.name)
            self._stop.wait(LONGEST_PAUSE)
            return True

"""Work shared out by bank: a slow one keeps its share of the threads busy, not all of them."""

from __future__ import annotations

from collections import Counter, deque
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor, Future

W = TypeVar("W")
R = TypeVar("R")


class Lanes(Generic[W, R]):
    """Work that is done by `width` threads of a pool at most.

    Whoever of them is free takes from the lane that has the fewest under way, and of these from
    the one that was served longest ago.
    """

    def __init__(
        self, pool: Executor, width: int, lane: Callable[[W], str], step: Callable[[W], R]
    ) -> None:
        self._pool, self._width, self._lane, self._step = pool, width, lane, step
        self._work: list[W] = []
        self._results: dict[int, R] = {}
        self._waiting: dict[str, deque[int]] = {}
        self._under_way: Counter[str] = Counter()
        self._serving = 0
        self._servers: list[Future[None]] = []
        self._lock = Lock()

    def add(self, work: Iterable[W]) -> None:
        """Have more work done, beside what is under way."""
        with self._lock:
            for piece in work:
                self._waiting.setdefault(self._lane(piece), deque()).append(len(self._work))
                self._work.append(piece)
            waiting = sum(map(len, self._waiting.values()))
            fresh = min(self._width - self._serving, waiting)
            self._serving += fresh
        self._servers += [self._pool.submit(self._serve) for _ in range(fresh)]

    def results(self) -> list[R]:
        """Return what came of each piece of work, in their order, when all has been done.

        Raises what a step raises.
        """
        for server in self._servers:
            server.result()
        return [self._results[number] for number in range(len(self._work))]

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            name, number = taken
            try:
                self._results[number] = self._step(self._work[number])
            except BaseException:
                with self._lock:
                    self._serving -= 1
                raise
            finally:
                with self._lock:
                    self._under_way[name] -= 1

    def _take(self) -> tuple[str, int] | None:
        """Return the next piece of work and its lane; without one, this thread is done."""
        with self._lock:
            if not self._waiting:
                self._serving -= 1
                return None
            name = min(self._waiting, key=self._under_way.__getitem__)
            waiting = self._waiting.pop(name)
            number = waiting.popleft()
            if waiting:
                self._waiting[name] = waiting
            self._under_way[name] += 1
            return name, number

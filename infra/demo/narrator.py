"""Tell the story as it happens: a line an observation, with where it was observed."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120.0


class NotObservedError(Exception):
    """A step of the story did not happen; the message says which and what was seen instead."""


@dataclass
class Narrator:
    """Prints the story for people, or as JSON lines."""

    as_json: bool = False
    began: float = field(default_factory=time.monotonic)
    chapter: str = ""
    observations: int = 0

    def begin(self, chapter: str) -> None:
        """Open a chapter of the story."""
        self.chapter = chapter
        if not self.as_json:
            self._print(f"\n{chapter}")

    def observe(self, what: str, where: str, *, seen: Any, expected: Any) -> None:
        """Tell that something is as it must be. Raises `NotObservedError` if it is not."""
        if seen != expected:
            raise NotObservedError(f"{what} ({where}): expected {expected!r}, saw {seen!r}")
        self.tell(what, where, seen)

    def await_(self, what: str, where: str, look: Callable[[], Any], expected: Any) -> None:
        """Look until something is as it must be, for two minutes at most."""
        until = time.monotonic() + PATIENCE
        seen = look()
        while seen != expected and time.monotonic() < until:
            time.sleep(0.05)
            seen = look()
        self.observe(what, where, seen=seen, expected=expected)

    def tell(self, what: str, where: str, seen: Any = None) -> None:
        """Print one observation."""
        self.observations += 1
        seconds = round(time.monotonic() - self.began, 1)
        if self.as_json:
            line = {"at": seconds, "chapter": self.chapter, "observed": what, "where": where}
            self._print(json.dumps({**line, "seen": seen}, default=str, ensure_ascii=False))
        else:
            self._print(f"  {seconds:5.1f} s  ✓ {what}  [{where}]")

    def end(self, problem: str | None) -> int:
        """Print how the story ended and return the exit status."""
        seconds = round(time.monotonic() - self.began, 1)
        if self.as_json:
            self._print(json.dumps({"at": seconds, "ok": problem is None, "problem": problem}))
        elif problem is None:
            self._print(f"\nThe whole story was observed: {self.observations} facts, {seconds} s.")
        else:
            self._print(f"\n  {seconds:5.1f} s  ✗ not observed: {problem}")
        return 0 if problem is None else 1

    def _print(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

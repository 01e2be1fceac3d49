"""Watches our code at work: every object of ours that it held, as it would look if it were shown.

What ends in a log or a report of an error is the representation of some object that a function had
in its hands. So each function of ours is looked at as it returns or fails, whatever called it.
"""

from __future__ import annotations

import pickle
import sys
import threading
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import relink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

OURS = str(Path(relink.__file__).parents[1])
PACKAGES = ("notify", "reconnect", "relink", "sync")


@dataclass
class Watch:
    """What was seen: the kinds of objects, and all that their representations and pickles say."""

    kinds: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    """Where it was seen, by text."""
    pickled: dict[bytes, str] = field(default_factory=dict)

    def shows(self, *secrets: str) -> list[str]:
        """Return which objects, and where, show one of these when they are printed."""
        return sorted({w for text, w in self.shown.items() if any(s in text for s in secrets)})

    def keeps(self, *secrets: str) -> list[str]:
        """Return which objects, and where, take one of these along when they are pickled."""
        frozen = [s.encode() for s in secrets]
        return sorted({w for data, w in self.pickled.items() if any(s in data for s in frozen)})

    def look(self, value: Any, where: str) -> None:
        """Take down how an object of ours looks; others are looked at where they are inside one."""
        kind = type(value)
        if kind.__module__.partition(".")[0] not in PACKAGES:
            return
        self.kinds.add(kind.__name__)
        where = f"{kind.__module__}.{kind.__qualname__} in {where}"
        for text in (repr(value), str(value), f"{value}", f"{value!r:>1}"):
            self.shown.setdefault(text, where)
        if isinstance(value, BaseException):
            self._look_behind(value, where)
        self._pickle(value, where)

    def _look_behind(self, error: BaseException, where: str) -> None:
        """Take down a traceback, and every error that hangs on this one, hidden or not."""
        self.shown.setdefault("".join(traceback.format_exception(error)), where)
        behind = error.__cause__ or error.__context__
        while behind is not None:
            for text in (repr(behind), "".join(traceback.format_exception(behind))):
                self.shown.setdefault(text, f"{type(behind).__name__} behind {where}")
            behind = behind.__cause__ or behind.__context__

    def _pickle(self, value: Any, where: str) -> None:
        try:
            self.pickled.setdefault(pickle.dumps(value), where)
        except Exception:  # noqa: BLE001 - whatever it is that keeps it from being pickled
            return


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch every function of ours that runs meanwhile, in this thread and in new ones."""
    watch = Watch()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(OURS):
            return None
        frame.f_trace_lines = False
        where = f"{code.co_qualname}:{frame.f_lineno}"
        if event == "exception":
            watch.look(argument[1], where)
        if event == "return":
            for value in (argument, *frame.f_locals.values()):
                watch.look(value, where)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    try:
        yield watch
    finally:
        sys.settrace(before)
        threading.settrace(None)

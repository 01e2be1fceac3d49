"""The operator of a drill: gives the commands of the runbook, and looks at what they say."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.demo.narrator import NotObservedError
from infra.ops.__main__ import main

if TYPE_CHECKING:
    from infra.demo.cast import Cast


@dataclass(frozen=True)
class Terminal:
    """A terminal at which `python -m infra.ops` works on the drill's stack."""

    cast: Cast

    def ops(self, *words: str) -> Any:
        """Give a command, tell that it was given, and return its answer.

        Raises `NotObservedError` if it cannot be done.
        """
        out, trouble = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(trouble):
            status = main(["--endpoint", self.cast.stack.engine.url, "--json", *words])
        if status:
            raise NotObservedError(f"ops {' '.join(words)}: {trouble.getvalue().strip()}")
        shown = " ".join(self._plain(word) for word in words)
        self.cast.tell.tell(f"$ python -m infra.ops {shown}", "the operator's terminal")
        return json.loads(out.getvalue())

    def _plain(self, word: str) -> str:
        """Return a word of a command as it is recorded: names differ from drill to drill."""
        if word.startswith("con_"):
            return "CONNECTION"
        return "FOLDER" if word.startswith("/") else word

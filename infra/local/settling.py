"""Know when the stack has come to rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.local.functions.warm_function import WarmFunction


class Trigger(Protocol):
    """Something that invokes functions of its own accord."""

    def hurry(self) -> None:
        """Look for work at once."""

    def idle_since(self, moment: float) -> bool:
        """Return whether a look begun after `moment` (monotonic) found nothing to do."""


def settled(triggers: Sequence[Trigger], functions: Sequence[WarmFunction], timeout: float) -> bool:
    """Wait until nothing can happen any more unless time passes or somebody calls.

    Return False if there is still something going on after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        began = time.monotonic()
        before = sum(function.invocations for function in functions)
        if any(function.in_flight for function in functions):
            time.sleep(0.02)
            continue
        for trigger in triggers:
            trigger.hurry()
        while not all(trigger.idle_since(began) for trigger in triggers):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        quiet = not any(function.in_flight for function in functions)
        if quiet and before == sum(function.invocations for function in functions):
            return True
        time.sleep(0.02)
    return False

"""An owner who comes back from his bank."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relink.attempt import Attempt
    from tests.integration.reconnect.bench import Answer, Bench


def status_of(answer: Answer) -> str:
    """Return the address of the status that an answer leads to."""
    location = answer.headers["Location"]
    assert re.fullmatch(r"/reconnect/[\w.-]+/status", location), location
    return location


def stored(bench: Bench, attempt: Attempt) -> Attempt:
    """Return an attempt as it is stored."""
    found = bench.services.reconnecting.attempts.get(attempt.attempt_id)
    assert found
    return found

"""Pauses before a request that DynamoDB had no room for is made again."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIES = 7
FIRST = 0.05
LONGEST = 1.0


class Throttled(Exception):
    """DynamoDB had no room for a request, however often it was made."""


def tries() -> Iterator[bool]:
    """Yield once for each try of a request, and whether another one may follow it.

    The pauses between them grow and are random ("full jitter"): callers that were refused together
    do not come back together. They last three seconds at most, all in all.
    """
    for number in range(TRIES):
        if number:
            time.sleep(random.uniform(0, min(FIRST * 2**number, LONGEST)))  # noqa: S311 - no secret
        yield number + 1 < TRIES

"""The one place that reads the time; everything below the handlers takes it as an argument."""

from __future__ import annotations

import time


def now() -> int:
    """Return the current time in whole epoch seconds (UTC)."""
    return int(time.time())

"""The one place that reads the time; everything below the handlers takes it as an argument."""

from __future__ import annotations

import time
from typing import Final

HOUR: Final = 3_600
DAY: Final = 24 * HOUR


def now() -> int:
    """Return the current time in whole epoch seconds (UTC)."""
    return int(time.time())

"""What pushing costs those to whom nothing is pushed."""

from __future__ import annotations

import subprocess
import sys

LATE = ("cryptography", "http_ece", "jwt", "notify.push.request", "pydantic")


def test_encryption_is_loaded_with_the_first_push() -> None:
    """Most owners have no browser subscribed: a run for them starts without a tenth of a second."""
    script = (
        "import sys, notify.push.pushing, notify.push.key\n"
        f"print([name for name in {LATE} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout

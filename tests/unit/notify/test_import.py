"""What happens before the first event, and what does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from notify import assembly
from relink.environment import MissingVariables

LATE = (
    "babel",
    "cryptography",
    "jinja2",
    "notify.digest",
    "notify.letter",
    "notify.mail",
    "notify.mail_events",
    "notify.push.pushing",
    "notify.sweep",
    "notify.telling",
)


def test_importing_opens_no_client_and_loads_no_templates() -> None:
    """A stream record is told before anything is loaded that only mails need."""
    script = (
        "import os, sys, boto3\n"
        "boto3.client = boto3.setup_default_session = None\n"
        "os.environ.clear()\n"
        "import notify.handler\n"
        f"print([name for name in {LATE} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first event, all of them at once."""
    for name in ("OWNERS_TABLE", "NOTICE_QUEUE_URL", "MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    assembly.bootstrap.cache_clear()

    with pytest.raises(MissingVariables, match=r"OWNERS_TABLE.*NOTICE_QUEUE_URL.*MAIL_FROM"):
        assembly.bootstrap()

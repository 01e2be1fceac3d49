"""A bank that wants to see its owner on its own page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.connection import Method
from tests.integration.reconnect.bench import BANK, Bench

if TYPE_CHECKING:
    from relink.connection import Connection

CONSENT = replace(BANK, provider="enablebanking", method=Method.CONSENT)
FORM = "f" * 24
CODE = "4c1f8b8e-canary-code"


def sent_off(bench: Bench, **facts: Any) -> str:
    """Send the owner of a red connection to his bank; return his link."""
    return pressed(bench, bench.add(bank=CONSENT, **facts))


def first_sent_off(bench: Bench, **facts: Any) -> str:
    """Send the owner of a new connection to his bank; return his link."""
    return pressed(bench, bench.first(bank=CONSENT, **facts))


def pressed(bench: Bench, made: Connection, form: str = FORM) -> str:
    """Press the button to the bank, and let the worker find the way; return the link."""
    path = bench.link(made)
    assert 303 == bench.post(path, {"form": form}).status
    bench.redirected()
    return path

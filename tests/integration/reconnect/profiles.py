"""An owner's profile, as his app sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer, Bench


def put(bench: Bench, **said: Any) -> Answer:
    """Change the caller's profile."""
    return bench.api("PUT", "/profile", said)

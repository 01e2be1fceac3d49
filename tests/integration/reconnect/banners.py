"""What an owner is shown above everything else, as his app asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

COLLEAGUE = {"sub": "own_3", "workspace": "ws_1"}
STRANGER = {"sub": "own_2", "workspace": "ws_2"}


def shown(bench: Bench, claims: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the notifications of an owner."""
    answer = bench.api("GET", "/notifications", **({"claims": claims} if claims else {}))
    assert 200 == answer.status, answer.body
    found: list[dict[str, Any]] = answer.json["notifications"]
    return found


def kinds(bench: Bench, claims: dict[str, str] | None = None) -> list[str]:
    """Return the kinds of an owner's notifications, in their order."""
    return [n["kind"] for n in shown(bench, claims)]

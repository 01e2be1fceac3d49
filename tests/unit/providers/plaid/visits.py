"""The owner's visits to Plaid's page, as `/link/token/get` tells them."""

from __future__ import annotations

from typing import Any

from tests.unit.providers.plaid.fakes import recorded


def sessions(*visits: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of `/link/token/get` with these visits."""
    return recorded("session_added", link_sessions=list(visits) or None)


def visit(**facts: Any) -> dict[str, Any]:
    """Return a visit that has begun."""
    return {"link_session_id": "s1", "started_at": "2026-11-22T11:01:36Z", **facts}


def ended(minute: int = 3, **facts: Any) -> dict[str, Any]:
    """Return a visit that has ended."""
    return visit(finished_at=f"2026-11-22T11:{minute:02d}:05.330312653Z", **facts)


def left(code: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a visit that the owner broke off, or was turned away from."""
    told = code and {"error_code": code, "error_type": "ITEM_ERROR", "display_message": None}
    return ended(exit={"error": told or None, "metadata": {"status": "requires_code", **more}})

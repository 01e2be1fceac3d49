"""How the Bridge says no, in version 2 and in version 1 of the protocol."""

from __future__ import annotations

from http import HTTPStatus

from infra.simulators.exchange import Reply


def forbidden(*, version_2: bool, status: int = HTTPStatus.FORBIDDEN) -> Reply:
    """Say that these credentials open nothing; with status 200, say it in the body only."""
    if version_2:
        errors = [{"code": "gen.auth", "msg": "Forbidden"}]
        return Reply.of_json({"errlist": errors, "accounts": [], "connections": []}, status)
    if status == HTTPStatus.OK:
        return Reply.of_json({"errors": ["You must reauthenticate."], "accounts": []})
    return Reply.of_text("Forbidden", status)


def refused(text: str, *, version_2: bool) -> Reply:
    """Say that the application asked wrongly."""
    if not version_2:
        return Reply.of_text(text, HTTPStatus.BAD_REQUEST)
    errors = [{"code": "gen.api", "msg": text}]
    body = {"errlist": errors, "accounts": [], "connections": []}
    return Reply.of_json(body, HTTPStatus.BAD_REQUEST)

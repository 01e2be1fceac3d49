"""How Powens says no: an object with a code, the same for every request."""

from __future__ import annotations

from typing import Any

from infra.simulators.banking import identifier
from infra.simulators.exchange import Reply

_BAD, _UNKNOWN, _CONFLICT = 400, 404, 409

STATUSES: dict[str, int] = {
    "missingParameter": _BAD,
    "invalidValue": _BAD,
    "wrongpass": _BAD,
    "actionNeeded": _BAD,
    "passwordExpired": _BAD,
    "bug": 500,
    "unauthorized": 401,
    "invalid_client": 401,
    "forbidden": 403,
    "notFound": _UNKNOWN,
    "methodNotAllowed": 405,
    "noAccount": _CONFLICT,
    "connectionLocked": _CONFLICT,
    "tooManySync": _CONFLICT,
    "upToDate": _CONFLICT,
    "tooManyRequests": 429,
    "websiteUnavailable": 503,
}
_NAMES = {"upToDate": "invalidValue"}


class RefusedError(Exception):
    """Stop answering a request: this is why."""

    def __init__(self, code: str, message: str = "", status: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status or STATUSES.get(code, _BAD)

    def reply(self, request_number: int, **headers: str) -> Reply:
        """Return the error as an answer."""
        content: dict[str, Any] = {
            "code": _NAMES.get(self.code, self.code),
            "description": self.code,
            "message": self.message or None,
            "request_id": identifier("powens", request_number),
        }
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Reply.of_json(content, self.status).but(headers=named)

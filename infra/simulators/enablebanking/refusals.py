"""How the service says no: `ErrorResponse`, its codes, their statuses and sentences."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from infra.simulators.exchange import Reply

ERRORS: dict[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "Access to this resource is denied"),
    "ACCOUNT_DOES_NOT_EXIST": (404, "No account found matching provided id"),
    "ALREADY_AUTHORIZED": (422, "Session is already authorized"),
    "ASPSP_ACCOUNT_NOT_ACCESSIBLE": (
        400,
        "The PSU does not have access to the requested account or it doesn't exist",
    ),
    "ASPSP_ERROR": (400, "Error interacting with ASPSP"),
    "ASPSP_PSU_ACTION_REQUIRED": (403, "PSU action is required to proceed"),
    "ASPSP_RATE_LIMIT_EXCEEDED": (429, "ASPSP Rate limit exceeded"),
    "ASPSP_TIMEOUT": (408, "Timeout interacting with ASPSP"),
    "AUTHORIZATION_NOT_PROVIDED": (401, "Authorization header is not provided"),
    "CLOSED_SESSION": (401, "Session is closed"),
    "DATE_FROM_IN_FUTURE": (422, "date_from can not be in the future"),
    "DATE_TO_WITHOUT_DATE_FROM": (422, "date_from must be provided if date_to provided"),
    "EXPIRED_AUTHORIZATION_CODE": (422, "Authorization code is expired"),
    "EXPIRED_SESSION": (401, "Session is expired"),
    "PSU_HEADER_INVALID": (422, "Provided PSU header contains invalid value"),
    "PSU_HEADER_NOT_PROVIDED": (422, "Required PSU header is not provided"),
    "REDIRECT_URI_NOT_ALLOWED": (400, "Redirect URI not allowed"),
    "REVOKED_SESSION": (401, "Session is revoked"),
    "SESSION_DOES_NOT_EXIST": (404, "No session found matching provided id"),
    "UNAUTHORIZED_ACCESS": (401, "Unauthorized access"),
    "WRONG_ASPSP_PROVIDED": (400, "Wrong ASPSP name provided"),
    "WRONG_AUTHORIZATION_CODE": (422, "Wrong authorization code provided"),
    "WRONG_CONTINUATION_KEY": (422, "Wrong continuation key provided"),
    "WRONG_CREDENTIALS_PROVIDED": (422, "Wrong credentials provided"),
    "WRONG_DATE_INTERVAL": (422, "date_from should be less than or equal date_to"),
    "WRONG_REQUEST_PARAMETERS": (422, "Wrong request parameters provided"),
    "WRONG_SESSION_STATUS": (422, "Wrong session status"),
    "WRONG_TRANSACTIONS_PERIOD": (422, "Wrong transactions period requested"),
}


class RefusedError(Exception):
    """The service says no; `detail` is whatever it adds."""

    def __init__(self, code: str, detail: Any = None, **changes: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.changes = changes

    def reply(self) -> Reply:
        """Return the answer; `status` and `message` may be others than the code's own."""
        status, message = ERRORS.get(self.code, (400, "Error"))
        status = int(self.changes.get("status", status))
        body = {
            "code": status,
            "message": self.changes.get("message", message),
            "detail": self.detail,
            "error": self.code,
        }
        return Reply.of_json(body if self.code else {**body, "error": None}, HTTPStatus(status))

"""How Plaid says no: an object with a code, the same for every endpoint."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from infra.simulators.banking import identifier
from infra.simulators.exchange import Reply

_OFTEN = HTTPStatus.TOO_MANY_REQUESTS
_BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR

# Code: type, and status where it is not 400. Codes of other types are given with their type.
CATALOGUE: dict[str, tuple[str, int]] = {
    "ACCESS_NOT_GRANTED": ("ITEM_ERROR", 400),
    "INSTANT_MATCH_FAILED": ("ITEM_ERROR", 400),
    "INSUFFICIENT_CREDENTIALS": ("ITEM_ERROR", 400),
    "INVALID_CREDENTIALS": ("ITEM_ERROR", 400),
    "INVALID_MFA": ("ITEM_ERROR", 400),
    "INVALID_SEND_METHOD": ("ITEM_ERROR", 400),
    "INVALID_UPDATED_USERNAME": ("ITEM_ERROR", 400),
    "ITEM_CONCURRENTLY_DELETED": ("ITEM_ERROR", 400),
    "ITEM_LOCKED": ("ITEM_ERROR", 400),
    "ITEM_LOGIN_REQUIRED": ("ITEM_ERROR", 400),
    "ITEM_NO_ERROR": ("ITEM_ERROR", 400),
    "ITEM_NOT_FOUND": ("ITEM_ERROR", 400),
    "ITEM_NOT_SUPPORTED": ("ITEM_ERROR", 400),
    "MFA_NOT_SUPPORTED": ("ITEM_ERROR", 400),
    "NO_ACCOUNTS": ("ITEM_ERROR", 400),
    "PASSWORD_RESET_REQUIRED": ("ITEM_ERROR", 400),
    "PRODUCT_NOT_READY": ("ITEM_ERROR", 400),
    "PRODUCTS_NOT_SUPPORTED": ("ITEM_ERROR", 400),
    "USER_INPUT_TIMEOUT": ("ITEM_ERROR", 400),
    "USER_PERMISSION_REVOKED": ("ITEM_ERROR", 400),
    "USER_SETUP_REQUIRED": ("ITEM_ERROR", 400),
    "INSTITUTION_DOWN": ("INSTITUTION_ERROR", 400),
    "INSTITUTION_NOT_RESPONDING": ("INSTITUTION_ERROR", 400),
    "INSTITUTION_NOT_AVAILABLE": ("INSTITUTION_ERROR", 400),
    "INSTITUTION_NO_LONGER_SUPPORTED": ("INSTITUTION_ERROR", 400),
    "INSTITUTION_RATE_LIMIT": ("RATE_LIMIT_EXCEEDED", _OFTEN),
    "RATE_LIMIT": ("RATE_LIMIT_EXCEEDED", _OFTEN),
    "INSTITUTIONS_GET_LIMIT": ("RATE_LIMIT_EXCEEDED", _OFTEN),
    "ITEM_GET_LIMIT": ("RATE_LIMIT_EXCEEDED", _OFTEN),
    "TRANSACTIONS_SYNC_LIMIT": ("RATE_LIMIT_EXCEEDED", _OFTEN),
    "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION": ("TRANSACTIONS_ERROR", 400),
    "INTERNAL_SERVER_ERROR": ("API_ERROR", _BROKEN),
    "PLANNED_MAINTENANCE": ("API_ERROR", HTTPStatus.SERVICE_UNAVAILABLE),
    "INVALID_ACCESS_TOKEN": ("INVALID_INPUT", 400),
    "INVALID_API_KEYS": ("INVALID_INPUT", 400),
    "INVALID_LINK_TOKEN": ("INVALID_INPUT", 400),
    "INVALID_PUBLIC_TOKEN": ("INVALID_INPUT", 400),
    "INVALID_WEBHOOK_VERIFICATION_KEY_ID": ("INVALID_INPUT", 400),
    "INVALID_BODY": ("INVALID_REQUEST", 400),
    "INVALID_FIELD": ("INVALID_REQUEST", 400),
    "INVALID_HEADERS": ("INVALID_REQUEST", 400),
    "INVALID_PRODUCT": ("INVALID_REQUEST", 400),
    "MISSING_FIELDS": ("INVALID_REQUEST", 400),
    "NOT_FOUND": ("INVALID_REQUEST", 404),
    "UNKNOWN_FIELDS": ("INVALID_REQUEST", 400),
    "SANDBOX_WEBHOOK_INVALID": ("SANDBOX_ERROR", 400),
}

# What an owner may read; the rest is for developers only.
_DISPLAYED = {
    "INVALID_CREDENTIALS": "The provided credentials were not correct. Please try again.",
    "INVALID_MFA": "The code you entered was not correct. Please try again.",
    "ITEM_LOCKED": "The account is locked. Unlock it at the bank's own site, then try again.",
    "USER_SETUP_REQUIRED": "The bank wants you to finish something on its own site first.",
    "INSTITUTION_DOWN": "The bank is not available at the moment. Please try again later.",
}


class RefusedError(Exception):
    """Stop answering a request: this is why."""

    def __init__(self, code: str, message: str = "", **changes: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or code.lower().replace("_", " ")
        self.changes = changes

    def content(self) -> dict[str, Any]:
        """Return the error as it is within another answer."""
        kind, _ = CATALOGUE.get(self.code, ("ITEM_ERROR", 400))
        return {
            "error_type": kind,
            "error_code": self.code,
            "error_code_reason": None,
            "error_message": self.message,
            "display_message": _DISPLAYED.get(self.code),
            "documentation_url": "https://plaid.com/docs/errors/",
            "suggested_action": None,
            **{k: v for k, v in self.changes.items() if k != "status"},
        }

    def reply(self, request_number: int) -> Reply:
        """Return the error as an answer of its own."""
        _, status = CATALOGUE.get(self.code, ("ITEM_ERROR", 400))
        number = identifier("request", request_number)[:15]
        content = {**self.content(), "request_id": number}
        return Reply.of_json(content, int(self.changes.get("status", status)))

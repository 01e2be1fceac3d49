"""What Plaid's error codes and webhooks mean.

Plaid tells an error by `error_code`, then by `error_code_reason`, and files it under an
`error_type` (OpenAPI description 2020-09-14, "PlaidError"; plaid.com/docs/errors). `None` is no
error. The keys are those of the provider codes: `reason:` is an `error_code_reason`, `webhook:` a
`webhook_code`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.failures import Verdict
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

_REJECTED = Verdict(Reason.CREDENTIALS_REJECTED)
_CONFIRM = Verdict(Reason.SCA_REQUIRED)
_NOT_GRANTED = Verdict(Reason.ACCESS_NOT_GRANTED)
_REVOKED = Verdict(Reason.CONSENT_REVOKED)
_GONE = Verdict(Reason.CONNECTION_GONE)
_UNSUPPORTED = Verdict(Reason.BANK_NOT_SUPPORTED)
_BANK_DOWN = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER)
_PLAID_DOWN = Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER)
_PREPARING = Verdict(Reason.DATA_PENDING)
_TOO_FAST = Verdict(Reason.RATE_LIMITED, Scope.OPERATOR)
_OURS = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)
UNKNOWN: Final = Verdict(Reason.UNKNOWN)
MUTATION: Final = "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"

CODES: Final[Mapping[str, Verdict | None]] = {
    # The login at the bank.
    "ITEM_LOGIN_REQUIRED": _REJECTED,
    "INVALID_CREDENTIALS": _REJECTED,
    "PASSWORD_RESET_REQUIRED": Verdict(Reason.ACTION_AT_BANK),
    "ACCESS_NOT_GRANTED": _NOT_GRANTED,
    "INSUFFICIENT_CREDENTIALS": _NOT_GRANTED,
    "NO_ACCOUNTS": _NOT_GRANTED,
    "USER_PERMISSION_REVOKED": _REVOKED,
    "ITEM_LOCKED": Verdict(Reason.ACCESS_LOCKED),
    "USER_SETUP_REQUIRED": Verdict(Reason.ACTION_AT_BANK),
    "ITEM_NO_ERROR": None,
    # The item and its token.
    "ITEM_NOT_FOUND": _GONE,
    "ITEM_CONCURRENTLY_DELETED": _GONE,
    "INVALID_ACCESS_TOKEN": _GONE,
    "NO_LONGER_AVAILABLE": UNKNOWN,
    "PRODUCT_NOT_READY": _PREPARING,
    "ITEM_PRODUCT_NOT_READY": _PREPARING,
    # What happens in Link while the owner is there.
    "INVALID_MFA": _CONFIRM,
    "INVALID_OTP": _CONFIRM,
    "INVALID_SEND_METHOD": _CONFIRM,
    "INVALID_UPDATED_USERNAME": _CONFIRM,
    "USER_INPUT_TIMEOUT": _CONFIRM,
    "TOO_MANY_VERIFICATION_ATTEMPTS": _CONFIRM,
    "INVALID_LINK_TOKEN": _CONFIRM,
    "INCORRECT_LINK_TOKEN": _CONFIRM,
    "OAUTH_STATE_ID_ALREADY_PROCESSED": _CONFIRM,
    "OAUTH_STATE_ID_NOT_FOUND": _CONFIRM,
    "INCORRECT_OAUTH_NONCE": _CONFIRM,
    "RECAPTCHA_REQUIRED": _CONFIRM,
    "RECAPTCHA_BAD": _CONFIRM,
    "ADDITIONAL_CONSENT_REQUIRED": _CONFIRM,
    # The institution.
    "INSTITUTION_DOWN": _BANK_DOWN,
    "INSTITUTION_NOT_RESPONDING": _BANK_DOWN,
    "INSTITUTION_NOT_AVAILABLE": _BANK_DOWN,
    "INSTITUTION_RATE_LIMIT": Verdict(Reason.RATE_LIMITED, Scope.PROVIDER),
    "UNSUPPORTED_RESPONSE": Verdict(Reason.BAD_ANSWER, Scope.PROVIDER),
    "INSTITUTION_NO_LONGER_SUPPORTED": Verdict(Reason.BANK_NOT_SUPPORTED, Scope.PROVIDER),
    "ITEM_NOT_SUPPORTED": _UNSUPPORTED,
    "MFA_NOT_SUPPORTED": _UNSUPPORTED,
    "COUNTRY_NOT_SUPPORTED": _UNSUPPORTED,
    "INSTITUTION_NOT_FOUND": _OURS,
    "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT": _OURS,
    "INSTITUTION_REGISTRATION_REQUIRED": _OURS,
    "UNAUTHORIZED_INSTITUTION": _OURS,
    # Plaid itself, and what we ask of it.
    "INTERNAL_SERVER_ERROR": _PLAID_DOWN,
    "PLANNED_MAINTENANCE": _PLAID_DOWN,
    "INVALID_API_KEYS": _OURS,
    "UNAUTHORIZED_ENVIRONMENT": _OURS,
    "PRODUCTS_NOT_SUPPORTED": _OURS,
    MUTATION: Verdict(Reason.DATA_PENDING, Scope.OPERATOR),
    "RATE_LIMIT": _TOO_FAST,
    "ACCOUNTS_LIMIT": _TOO_FAST,
    "ADDITION_LIMIT": _TOO_FAST,
    "AUTH_LIMIT": _TOO_FAST,
    "BALANCE_LIMIT": _TOO_FAST,
    "IDENTITY_LIMIT": _TOO_FAST,
    "ITEM_GET_LIMIT": _TOO_FAST,
    "TRANSACTIONS_LIMIT": _TOO_FAST,
    "TRANSACTIONS_SYNC_LIMIT": _TOO_FAST,
    # Of products that a sync does not use.
    "INSTANT_MATCH_FAILED": None,
    "NO_AUTH_ACCOUNTS": None,
    "NO_INVESTMENT_ACCOUNTS": None,
    "NO_LIABILITY_ACCOUNTS": None,
    # Why a login is required, where the bank says so.
    "reason:OAUTH_INVALID_TOKEN": _REJECTED,
    "reason:OAUTH_CONSENT_EXPIRED": Verdict(Reason.CONSENT_EXPIRED),
    "reason:OAUTH_USER_REVOKED": _REVOKED,
    # What Plaid tells unasked; of ERROR, the error in it counts.
    "webhook:ERROR": UNKNOWN,
    "webhook:PENDING_EXPIRATION": None,
    "webhook:PENDING_DISCONNECT": None,
    "webhook:LOGIN_REPAIRED": None,
    "webhook:USER_PERMISSION_REVOKED": _REVOKED,
    "webhook:USER_ACCOUNT_REVOKED": Verdict(Reason.CONSENT_REVOKED, Scope.ACCOUNT),
    "webhook:NEW_ACCOUNTS_AVAILABLE": None,
    "webhook:WEBHOOK_UPDATE_ACKNOWLEDGED": None,
    "webhook:SYNC_UPDATES_AVAILABLE": None,
}

TYPES: Final[Mapping[str, Verdict]] = {
    "INVALID_REQUEST": _OURS,
    "INVALID_INPUT": _OURS,
    "RATE_LIMIT_EXCEEDED": _TOO_FAST,
    "API_ERROR": _PLAID_DOWN,
    "INSTITUTION_ERROR": _BANK_DOWN,
}
"""What a code that nobody has seen yet means: waiting is right for each of them."""

BEGIN_AGAIN: Final = frozenset({"INVALID_LINK_TOKEN", "INCORRECT_LINK_TOKEN"})
"""The Link session is over: a new one mends it."""


def of_code(code: str, reason: str = "", kind: str = "") -> Verdict | None:
    """Return what an error means, None if it is none: by its code, then reason, then type.

    A reason makes a known red code more precise and decides alone for an unknown one.
    """
    why = CODES.get(f"reason:{reason}")
    if code not in CODES:
        return why or TYPES.get(kind, UNKNOWN)
    verdict = CODES[code]
    if why is not None and verdict is not None and verdict.reason.status is Status.RED:
        return why
    return verdict

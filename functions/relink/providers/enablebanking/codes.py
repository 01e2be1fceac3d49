"""What Enable Banking's errors mean.

Codes are those of `ErrorCode` and `SessionStatus` in its OpenAPI description 1.0.0; the texts,
exception names and bare messages were reported by its users in public issue trackers, where
`error` is sometimes absent. `None` stands for a code that is no error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relink.failures import Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)
_DOWN = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER)
_LIMITED = Verdict(Reason.RATE_LIMITED)

CODES: Mapping[str, Verdict | None] = {
    "session:AUTHORIZED": None,
    "session:RETURNED_FROM_BANK": None,
    "session:PENDING_AUTHORIZATION": Verdict(Reason.SCA_REQUIRED),
    "session:INVALID": Verdict(Reason.ACCESS_NOT_GRANTED),
    "session:EXPIRED": Verdict(Reason.CONSENT_EXPIRED),
    "session:CLOSED": Verdict(Reason.CONNECTION_GONE),
    "session:REVOKED": Verdict(Reason.CONSENT_REVOKED),
    "session:CANCELLED": Verdict(Reason.ACCESS_NOT_GRANTED),
    "EXPIRED_SESSION": Verdict(Reason.CONSENT_EXPIRED),
    "CLOSED_SESSION": Verdict(Reason.CONNECTION_GONE),
    "REVOKED_SESSION": Verdict(Reason.CONSENT_REVOKED),
    "SESSION_DOES_NOT_EXIST": Verdict(Reason.CONNECTION_GONE),
    "WRONG_SESSION_STATUS": Verdict(Reason.CONNECTION_GONE),
    "WRONG_CREDENTIALS_PROVIDED": Verdict(Reason.CREDENTIALS_REJECTED),
    "ASPSP_PSU_ACTION_REQUIRED": Verdict(Reason.ACTION_AT_BANK),
    "EXPIRED_AUTHORIZATION_CODE": Verdict(Reason.SCA_REQUIRED),
    "WRONG_AUTHORIZATION_CODE": Verdict(Reason.SCA_REQUIRED),
    "ALREADY_AUTHORIZED": None,
    "ACCOUNT_DOES_NOT_EXIST": Verdict(Reason.ACCESS_NOT_GRANTED, Scope.ACCOUNT),
    "ASPSP_ACCOUNT_NOT_ACCESSIBLE": Verdict(Reason.ACTION_AT_BANK, Scope.ACCOUNT),
    "ASPSP_ERROR": _DOWN,
    "ASPSP_TIMEOUT": _DOWN,
    "ASPSP_RATE_LIMIT_EXCEEDED": _LIMITED,
    "ACCESS_DENIED": _OURS,
    "AUTHORIZATION_NOT_PROVIDED": _OURS,
    "UNAUTHORIZED_ACCESS": _OURS,
    "UNAUTHORIZED_IP": _OURS,
    "INVALID_HOST": _OURS,
    "REDIRECT_URI_NOT_ALLOWED": _OURS,
    "WEBHOOK_URI_NOT_ALLOWED": _OURS,
    "NO_ACCOUNTS_ADDED": _OURS,
    "WRONG_ASPSP_PROVIDED": _OURS,
    "PSU_HEADER_NOT_PROVIDED": _OURS,
    "PSU_HEADER_INVALID": _OURS,
    "WRONG_TRANSACTIONS_PERIOD": _OURS,
    "WRONG_DATE_INTERVAL": _OURS,
    "DATE_FROM_IN_FUTURE": _OURS,
    "DATE_TO_WITHOUT_DATE_FROM": _OURS,
    "WRONG_CONTINUATION_KEY": _OURS,
    "WRONG_REQUEST_PARAMETERS": _OURS,
    "INVALID_ACCOUNT_ID": _OURS,
    "TRANSACTION_DOES_NOT_EXIST": _OURS,
    "PAYMENT_NOT_FOUND": None,
    "UNTRUSTED_PAYMENT_PARTY": None,
    "PAYMENT_LIMIT_EXCEEDED": None,
    "ASPSP_PAYMENT_NOT_ACCESSIBLE": None,
    "INVALID_PAYMENT": None,
    "PAYMENT_NOT_FINALIZED": None,
}

GENERIC = frozenset({"ASPSP_ERROR"})
"""Codes that wrap whatever the bank said: its own words in the detail decide before them."""

TEXTS: Mapping[str, tuple[re.Pattern[str], Verdict]] = {
    code: (re.compile(pattern, re.IGNORECASE), verdict)
    for code, pattern, verdict in (
        (
            "text:[HUB046] Allowed number of accesses exceeded for consent",
            r"HUB046|allowed number of access(?:es)? exceeded",
            _LIMITED,
        ),
        (
            "text:Daily PSU not present consultation limit has been exceeded",
            r"daily psu not present consultation limit",
            _LIMITED,
        ),
        ("text:Maximum daily access exceeded", r"\b(?:daily )?access exceeded\b", _LIMITED),
        (
            "text:exceeding the consented multiplicity per day",
            r"exceed\w* the consented multiplicity",
            _LIMITED,
        ),
        (
            "text:CLO03941 ... Has superado el numero maximo de accesos",
            r"CLO03941|n[uú]mero m[aá]ximo de accesos|m[aà]xim d['\u2019]accessos",
            _LIMITED,
        ),
        (
            "text:consent expired",
            (
                r"\bconsent (?:(?:has|is|was|already|been) )*expired\b"
                r"|\bconsentimiento (?:(?:ha|est[aá]|ya) )*(?:caducado|expirado)\b"
                r"|\brefresh.token (?:(?:has|is|was|been) )*expired\b"
            ),
            Verdict(Reason.CONSENT_EXPIRED),
        ),
        (
            "text:consent revoked",
            (
                r"\bconsent (?:(?:has|is|was|already|been) )*(?:revoked|withdrawn)\b"
                r"|\bconsentimiento (?:(?:ha|sido|est[aá]|ya) )*revocado\b"
                r"|\brefresh.token (?:(?:has|is|was|been) )*(?:revoked|invalid)\b"
            ),
            Verdict(Reason.CONSENT_REVOKED),
        ),
        (
            "text:period",
            (
                r"\bdate_?from\b.*\b(?:within|older than|cannot|exceed)|"
                r"\b(?:date range|requested (?:time )?period)\b.*\b(?:exceed|out of bound)"
            ),
            _OURS,
        ),
    )
}

EXCEPTIONS: Mapping[str, Verdict] = {
    "RateLimitException": _LIMITED,
    "AccountNotAccessibleException": Verdict(Reason.ACTION_AT_BANK, Scope.ACCOUNT),
    # Seen as "Internal error." at nine banks within minutes, and gone by itself.
    "PsuActionRequiredException": _DOWN,
}

MESSAGES: Mapping[str, str] = {
    "error interacting with aspsp": "ASPSP_ERROR",
    "timeout interacting with aspsp": "ASPSP_TIMEOUT",
    "aspsp rate limit exceeded": "ASPSP_RATE_LIMIT_EXCEEDED",
    "session is expired": "EXPIRED_SESSION",
    "session is closed": "CLOSED_SESSION",
    "session is revoked": "REVOKED_SESSION",
    "no session found matching provided id": "SESSION_DOES_NOT_EXIST",
    "no account found matching provided id": "ACCOUNT_DOES_NOT_EXIST",
    "unauthorized access": "UNAUTHORIZED_ACCESS",
    "wrong transactions period requested": "WRONG_TRANSACTIONS_PERIOD",
    "wrong continuation key provided": "WRONG_CONTINUATION_KEY",
}

STATUSES: Mapping[int, Verdict] = {408: _DOWN}

CALLBACKS: Mapping[str, Verdict] = {
    "access_denied": Verdict(Reason.ACCESS_NOT_GRANTED),
    "cancelled": Verdict(Reason.ACCESS_NOT_GRANTED),
    "server_error": _DOWN,
    "temporarily_unavailable": _DOWN,
    "invalid_request": _OURS,
    "invalid_scope": _OURS,
    "unauthorized_client": _OURS,
    "unsupported_response_type": _OURS,
}
"""What comes back in the redirect's `error` (RFC 6749, section 4.1.2.1)."""

UNKNOWN = Verdict(Reason.UNKNOWN)
PERIOD = frozenset({"WRONG_TRANSACTIONS_PERIOD", "PERIOD_INVALID", "text:period"})
SESSION = frozenset(
    {
        "EXPIRED_SESSION",
        "CLOSED_SESSION",
        "REVOKED_SESSION",
        "SESSION_DOES_NOT_EXIST",
        "WRONG_SESSION_STATUS",
    },
)


def of_session(status: str) -> Verdict | None:
    """Return what a session's status means; an unknown one is never its owner's fault."""
    return CODES.get(f"session:{status}", UNKNOWN)

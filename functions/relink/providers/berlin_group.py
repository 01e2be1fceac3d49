"""What a bank's own codes mean under NextGenPSD2, whoever passes them on.

The codes are the message codes and consent statuses of the Berlin Group's XS2A framework
("Implementation Guidelines", message codes). Aggregators wrap them in errors of their own, so
every adapter of a consent may look here. `None` stands for a code that is no error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.failures import Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)

CODES: Mapping[str, Verdict | None] = {
    "CONSENT_EXPIRED": Verdict(Reason.CONSENT_EXPIRED),
    "CONSENT_INVALID": Verdict(Reason.CONSENT_REVOKED),
    "CONSENT_UNKNOWN": Verdict(Reason.CONNECTION_GONE),
    "PSU_CREDENTIALS_INVALID": Verdict(Reason.CREDENTIALS_REJECTED),
    "CORPORATE_ID_INVALID": Verdict(Reason.CREDENTIALS_REJECTED),
    "TOKEN_EXPIRED": Verdict(Reason.CONSENT_EXPIRED),
    "TOKEN_INVALID": Verdict(Reason.CONSENT_REVOKED),
    "TOKEN_UNKNOWN": Verdict(Reason.CONNECTION_GONE),
    "ACCESS_EXCEEDED": Verdict(Reason.RATE_LIMITED),
    "SERVICE_BLOCKED": Verdict(Reason.ACCESS_LOCKED),
    "FORBIDDEN": Verdict(Reason.ACTION_AT_BANK),
    "SCA_METHOD_UNKNOWN": Verdict(Reason.ACTION_AT_BANK),
    "RESOURCE_UNKNOWN": Verdict(Reason.ACCESS_NOT_GRANTED, Scope.ACCOUNT),
    "RESOURCE_EXPIRED": Verdict(Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT),
    "PERIOD_INVALID": _OURS,
    "SESSIONS_NOT_SUPPORTED": _OURS,
    "FORMAT_ERROR": _OURS,
    "CERTIFICATE_EXPIRED": _OURS,
    "CERTIFICATE_INVALID": _OURS,
    "CERTIFICATE_REVOKED": _OURS,
    "CERTIFICATE_BLOCKED": _OURS,
    "CERTIFICATE_MISSING": _OURS,
    "SIGNATURE_INVALID": _OURS,
    "SIGNATURE_MISSING": _OURS,
    "ROLE_INVALID": _OURS,
    "consent:received": Verdict(Reason.SCA_REQUIRED),
    "consent:partiallyAuthorised": Verdict(Reason.ACTION_AT_BANK),
    "consent:valid": None,
    "consent:rejected": Verdict(Reason.ACCESS_NOT_GRANTED),
    "consent:revokedByPsu": Verdict(Reason.CONSENT_REVOKED),
    "consent:expired": Verdict(Reason.CONSENT_EXPIRED),
    "consent:terminatedByTpp": Verdict(Reason.CONSENT_REVOKED),
    "consent:terminatedByAspsp": Verdict(Reason.CONSENT_REVOKED),
}

AMBIGUOUS = frozenset({"TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_UNKNOWN"})
"""Codes that an aggregator may use of our own token, too: the bank's only where it is quoted."""

"""What Powens' connection states and error codes mean.

A connection and each of its sources have a `state`, of which `null` is success; a refused request
has an error `code` in its body, here with `error:` before it. The keys are those of the provider
codes. `None` is no trouble. (docs.powens.com: "Connections", "SCA & connection states", "Errors".)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.failures import Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

_REJECTED = Verdict(Reason.CREDENTIALS_REJECTED)
_CONFIRM = Verdict(Reason.SCA_REQUIRED)
_AT_BANK = Verdict(Reason.ACTION_AT_BANK)
_UNSUPPORTED = Verdict(Reason.BANK_NOT_SUPPORTED, Scope.PROVIDER)
_BANK_DOWN = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER)
_POWENS_DOWN = Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER)
_OURS = Verdict(Reason.MISCONFIGURED, Scope.OPERATOR)

UNKNOWN: Final = Verdict(Reason.UNKNOWN)
GONE: Final = Verdict(Reason.CONNECTION_GONE)
NO_ACCOUNT: Final = Verdict(Reason.ACCESS_NOT_GRANTED)
PENDING: Final = Verdict(Reason.DATA_PENDING)
NOT_SET_UP: Final = _OURS

OK: Final = "null"
SCA: Final = "SCARequired"
WEBAUTH: Final = "webauthRequired"
MORE: Final = "additionalInformationNeeded"
DECOUPLED: Final = "decoupled"
VALIDATING: Final = "validating"
WRONGPASS: Final = "wrongpass"
ERROR: Final = "error:"
LOCKED: Final = "error:connectionLocked"
REFUSED: Final = "error:wrongpass"

CODES: Final[Mapping[str, Verdict | None]] = {
    # The state of a connection, or of one of its sources.
    OK: None,
    SCA: _CONFIRM,
    WEBAUTH: Verdict(Reason.CONSENT_EXPIRED),
    MORE: _CONFIRM,
    DECOUPLED: _CONFIRM,
    VALIDATING: None,
    "actionNeeded": _AT_BANK,
    "passwordExpired": _AT_BANK,
    WRONGPASS: _REJECTED,
    "rateLimiting": Verdict(Reason.RATE_LIMITED),
    "websiteUnavailable": _BANK_DOWN,
    "bug": _POWENS_DOWN,
    "notSupported": _UNSUPPORTED,
    # What a refused request says.
    "error:noAccount": NO_ACCOUNT,
    REFUSED: _REJECTED,
    "error:websiteUnavailable": _BANK_DOWN,
    "error:tooManySync": Verdict(Reason.RATE_LIMITED),
    LOCKED: None,
    "error:bankMessage": _AT_BANK,
    "error:actionNeeded": _AT_BANK,
    "error:bug": _POWENS_DOWN,
    "error:notSupported": _UNSUPPORTED,
    "error:config": _OURS,
    "error:keymanager": _OURS,
    "error:dataError": Verdict(Reason.BAD_ANSWER, Scope.PROVIDER),
    "error:forbidden": _OURS,
    "error:missingParameter": _OURS,
    "error:invalidValue": _OURS,
    "error:methodNotAllowed": _OURS,
}

_BY_ANY_CASE: Final = {code.lower(): code for code in CODES}


def known_error(code: str) -> str:
    """Return the key of a refused request's code, nothing if nobody has seen it yet.

    The documents write one of them in two ways (`wrongpass`, `wrongPass`). A state may be told as
    an error, too.
    """
    spelled = code.lower()
    return _BY_ANY_CASE.get(ERROR + spelled) or _BY_ANY_CASE.get(spelled, "")


def of_state(state: str | None) -> Verdict | None:
    """Return what a state means; waiting is right for one that nobody has seen yet."""
    return CODES.get(state or OK, UNKNOWN)

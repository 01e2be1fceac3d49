"""What the owner is told when Plaid's page sends him back without success: message ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.provider import Rejected
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError

LEFT: Final = "You left the bank's page before you were done. Nothing was changed: try it again."
NOT_LISTED: Final = "The bank could not be found or is no longer offered there."
TOO_LATE: Final = "The bank's page was open for too long or was opened twice. Try it again."
WRONG_CODE: Final = "The bank did not accept the code. Try it again with a new one."
TOO_OFTEN: Final = "The bank was asked for too many codes. Wait for a while, then try it again."
OTHER_USER: Final = "This is another user name than before. Use the one that you connected with."

_MESSAGES: Final[Mapping[str, str]] = {
    "USER_INPUT_TIMEOUT": TOO_LATE,
    "INVALID_LINK_TOKEN": TOO_LATE,
    "INCORRECT_LINK_TOKEN": TOO_LATE,
    "OAUTH_STATE_ID_ALREADY_PROCESSED": TOO_LATE,
    "OAUTH_STATE_ID_NOT_FOUND": TOO_LATE,
    "INCORRECT_OAUTH_NONCE": TOO_LATE,
    "RECAPTCHA_REQUIRED": LEFT,
    "RECAPTCHA_BAD": LEFT,
    "INVALID_MFA": WRONG_CODE,
    "INVALID_OTP": WRONG_CODE,
    "INVALID_SEND_METHOD": WRONG_CODE,
    "TOO_MANY_VERIFICATION_ATTEMPTS": TOO_OFTEN,
    "INVALID_UPDATED_USERNAME": OTHER_USER,
}
_STATUSES: Final = frozenset({"institution_not_found", "institution_not_supported"})


def refusal(code: str, error: ProviderError | None, status: str = "") -> Rejected:
    """Return the refusal for an error; without one, for an owner who left at `status`."""
    if error is None:
        if status in _STATUSES:
            return Rejected({"": NOT_LISTED}, Reason.BANK_NOT_SUPPORTED)
        return Rejected({"": LEFT}, Reason.ACCESS_NOT_GRANTED)
    message = _MESSAGES.get(code, error.reason.explanation.text)
    return Rejected({"": message}, error.reason, code, error.provider_text)

"""What the owner is told of a login that did not work or is not over yet: message ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relink.provider import Rejected
from relink.providers.powens import codes
from relink.reasons import Reason, Scope, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError

CHECKING: Final = "The bank is checking your access details."
APPROVE: Final = "Confirm the access in your bank's app, then wait here."
GIVE_MORE: Final = "The bank wants to know more before it gives access."
ENTER_CODE: Final = "Enter what the bank has just sent you."
WRONG_DETAILS: Final = "The bank did not accept these access details. Check them and try again."
WRONG_CODE: Final = "The bank did not accept the code. Try it again with a new one."
CHANGE_FIRST: Final = (
    "Your password has expired. Choose a new one at your bank, then enter that one here."
)
UNCERTAIN: Final = (
    "It is not known whether the bank has received your access details. Enter them again."
)
LEFT: Final = "You left the bank's page before you were done. Nothing was changed: try it again."
NO_NEW: Final = "New connections to this bank cannot be made in this way at the moment."
ENDED: Final = "The bank has ended this login. Start again."
NO_ACCOUNTS: Final = "This login shows no accounts."

_MESSAGES: Final[Mapping[str, str]] = {
    codes.WRONGPASS: WRONG_DETAILS,
    codes.REFUSED: WRONG_DETAILS,
    "passwordExpired": CHANGE_FIRST,
    "error:noAccount": NO_ACCOUNTS,
    "404": ENDED,
}
_LEFT_BY_OWNER: Final = frozenset({"access_denied", "tos_declined"})


def is_verdict(error: ProviderError) -> bool:
    """Tell whether the bank has said no, rather than nothing."""
    return error.reason.status is Status.RED and error.scope is not Scope.OPERATOR


def refusal(error: ProviderError, *, code_sent: bool = False) -> Rejected:
    """Return the refusal for an error that is one; `code_sent` says that a code was refused."""
    message = _MESSAGES.get(error.provider_code, error.reason.explanation.text)
    if code_sent and message == WRONG_DETAILS:
        message = WRONG_CODE
    return Rejected({"": message}, error.reason, error.provider_code, error.provider_text)


def left(error: str) -> Rejected | None:
    """Return the refusal for an owner who came back saying that he left, None otherwise."""
    if error not in _LEFT_BY_OWNER:
        return None
    return Rejected({"": LEFT}, Reason.ACCESS_NOT_GRANTED, error)


def undone(reason: Reason) -> Rejected:
    """Return the refusal for what Powens has not done, and why."""
    return Rejected({"": reason.explanation.text}, reason)


def uncertain() -> Rejected:
    """Return the refusal for what may or may not have reached the bank."""
    return Rejected({"": UNCERTAIN}, Reason.BANK_UNAVAILABLE)

"""Why a connection is not green: a closed list, each with its colour, text and instruction.

The texts are message ids: English as it is shown, translated by `relink.languages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """The only three colours, everywhere: store, API, page, mail."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


class Scope(StrEnum):
    """Whom an error concerns."""

    CONNECTION = "connection"
    ACCOUNT = "account"
    PROVIDER = "provider"
    OPERATOR = "operator"


class Reason(StrEnum):
    """The closed list of reasons; the stored value is the stable name that the API shows."""

    CONSENT_EXPIRED = "consent_expired"
    CONSENT_REVOKED = "consent_revoked"
    CREDENTIALS_REJECTED = "credentials_rejected"
    ACCESS_LOCKED = "access_locked"
    SCA_REQUIRED = "sca_required"
    ACTION_AT_BANK = "action_at_bank"
    PAYMENT_REQUIRED = "payment_required"
    ACCESS_NOT_GRANTED = "access_not_granted"
    CONNECTION_GONE = "connection_gone"
    OTHER_ACCOUNTS = "other_accounts"
    BANK_NOT_SUPPORTED = "bank_not_supported"

    AWAITING_CREDENTIALS = "awaiting_credentials"
    DISCONNECTED = "disconnected"
    FIRST_SYNC_PENDING = "first_sync_pending"
    BANK_UNAVAILABLE = "bank_unavailable"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    NOT_REACHED = "not_reached"
    RATE_LIMITED = "rate_limited"
    DATA_PENDING = "data_pending"
    BAD_ANSWER = "bad_answer"
    ACCOUNT_UNAVAILABLE = "account_unavailable"
    MISCONFIGURED = "misconfigured"
    INTERNAL = "internal"
    UNKNOWN = "unknown"

    @property
    def explanation(self) -> Explanation:
        """Return the colour and the two texts of this reason."""
        return EXPLANATIONS[self]

    @property
    def status(self) -> Status:
        """Return the colour that this reason gives a connection."""
        return EXPLANATIONS[self].status


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an owner is told: the plain reason and what to do about it."""

    status: Status
    text: str
    instruction: str


_RED, _ORANGE = Status.RED, Status.ORANGE
_WAIT: Final = "There is nothing to do: we try again automatically."

EXPLANATIONS: Final[dict[Reason, Explanation]] = {
    Reason.CONSENT_EXPIRED: Explanation(
        _RED,
        "The permission to read your accounts has expired.",
        "Reconnect the bank to give the permission again.",
    ),
    Reason.CONSENT_REVOKED: Explanation(
        _RED,
        "The permission to read your accounts was withdrawn.",
        "Reconnect the bank if you want it to keep syncing.",
    ),
    Reason.CREDENTIALS_REJECTED: Explanation(
        _RED,
        "The bank no longer accepts the access details that we have.",
        "Reconnect the bank with your current access details.",
    ),
    Reason.ACCESS_LOCKED: Explanation(
        _RED,
        "The bank has locked this access.",
        "Unlock it at your bank first, then reconnect here.",
    ),
    Reason.SCA_REQUIRED: Explanation(
        _RED,
        "The bank wants you to confirm that it is you.",
        "Reconnect the bank and have your code or banking app at hand.",
    ),
    Reason.ACTION_AT_BANK: Explanation(
        _RED,
        "The bank is waiting for you to do something on its own site.",
        "Log in at your bank, finish what it asks for, then reconnect here.",
    ),
    Reason.PAYMENT_REQUIRED: Explanation(
        _RED,
        "The subscription of the service that reads this bank has not been paid.",
        "Renew the subscription there, then reconnect here.",
    ),
    Reason.ACCESS_NOT_GRANTED: Explanation(
        _RED,
        "The bank did not give access to the accounts.",
        "Reconnect and allow access to the accounts that you want to see.",
    ),
    Reason.CONNECTION_GONE: Explanation(
        _RED,
        "The bank no longer knows this connection.",
        "Reconnect the bank to set the connection up again.",
    ),
    Reason.OTHER_ACCOUNTS: Explanation(
        _RED,
        "The access that we have shows other accounts than those of this connection.",
        "Reconnect the bank with the login that you connected it with.",
    ),
    Reason.BANK_NOT_SUPPORTED: Explanation(
        _RED,
        "This way of reaching the bank is no longer offered.",
        "Connect the bank in the other way that is offered for it.",
    ),
    Reason.AWAITING_CREDENTIALS: Explanation(
        _ORANGE,
        "The bank has not been connected yet.",
        "Connect the bank to see its accounts.",
    ),
    Reason.DISCONNECTED: Explanation(
        _ORANGE,
        "This bank has been disconnected.",
        "Connect it again if you want it to sync.",
    ),
    Reason.FIRST_SYNC_PENDING: Explanation(
        _ORANGE,
        "The bank said yes; the first sync follows.",
        _WAIT,
    ),
    Reason.BANK_UNAVAILABLE: Explanation(
        _ORANGE,
        "The bank is not answering at the moment.",
        _WAIT,
    ),
    Reason.PROVIDER_UNAVAILABLE: Explanation(
        _ORANGE,
        "The service that reaches this bank is not answering at the moment.",
        _WAIT,
    ),
    Reason.NOT_REACHED: Explanation(
        _ORANGE,
        "The bank could not be reached.",
        _WAIT,
    ),
    Reason.RATE_LIMITED: Explanation(
        _ORANGE,
        "The bank allows no more requests for now.",
        _WAIT,
    ),
    Reason.DATA_PENDING: Explanation(
        _ORANGE,
        "The bank is still preparing the data.",
        _WAIT,
    ),
    Reason.BAD_ANSWER: Explanation(
        _ORANGE,
        "The bank sent an answer that could not be read.",
        _WAIT,
    ),
    Reason.ACCOUNT_UNAVAILABLE: Explanation(
        _ORANGE,
        "The bank did not send this account.",
        _WAIT,
    ),
    Reason.MISCONFIGURED: Explanation(
        _ORANGE,
        "Something on our side keeps us from reaching the bank.",
        "There is nothing to do: we have been told and are mending it.",
    ),
    Reason.INTERNAL: Explanation(
        _ORANGE,
        "Something went wrong on our side.",
        "There is nothing to do: we have been told and are mending it.",
    ),
    Reason.UNKNOWN: Explanation(
        _ORANGE,
        "The bank reported a problem that we do not know yet.",
        "There is nothing to do for now: we try again automatically and look into it.",
    ),
}

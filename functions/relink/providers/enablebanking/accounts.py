"""What a connection keeps of a consent, and its accounts in our terms.

The secret is the session's id with the accounts as they were told when the consent was given:
they are described once, and later only named by their hashes.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from relink.bank_accounts import Account, identity
from relink.provider import Secret
from relink.providers.wire import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relink.providers.enablebanking.messages import BankAccount, NewSession

NO_CURRENCY = frozenset({"", "XXX"})
_KINDS = {
    "CACC": "Account",
    "CARD": "Card",
    "LOAN": "Loan",
    "SVGS": "Savings",
}


@dataclass(frozen=True, slots=True)
class Described:
    """An account as the bank described it when the consent was given."""

    uid: str
    identities: tuple[str, ...]
    name: str
    currency: str
    kind: str

    @property
    def key(self) -> str:
        """Return what names the account for good: even a hash may be shared by two currencies."""
        return identity("account", *self.identities)[:16]

    def account(self) -> Account:
        """Return the account in our terms, without a balance."""
        return Account(
            provider_id=self.uid or self.key,
            identities=self.identities,
            name=self.name,
            currency=self.currency,
            kind=self.kind,
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """A session and the accounts that it opens."""

    session_id: str = field(repr=False)
    psu_type: str
    expires_at: int | None
    accounts: tuple[Described, ...]

    def sealed(self) -> bytes:
        """Return it as it is kept."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    def secret(self) -> Secret:
        """Return what opens the accounts."""
        return Secret(self.sealed())

    def described(self, uid: str, identification_hash: str) -> Described:
        """Return what was told of an account of the session, found by its uid or its hash."""
        own = own_identity(identification_hash)
        by_uid = (a for a in self.accounts if a.uid == uid)
        by_hash = (a for a in self.accounts if a.identities[0] == own)
        known = next(chain(by_uid, by_hash), None)
        return replace(known, uid=uid) if known else Described(uid, (own,), "", "", "")


def opened(sealed: bytes) -> Consent:
    """Return a consent as it was kept."""
    value: dict[str, Any] = json.loads(sealed)
    accounts = (
        Described(**{**each, "identities": tuple(each["identities"])})
        for each in value.pop("accounts")
    )
    return Consent(**value, accounts=tuple(accounts))


def from_session(session: NewSession, psu_type: str) -> Consent:
    """Return what is kept of a new session. Raises `Temporary` for more than any real one has."""
    bounded(session.accounts, 0)
    told = [
        _described(a, n) for a, n in zip(session.accounts, _names(session.accounts), strict=True)
    ]
    accounts = {each.uid or each.key: each for each in told}
    return Consent(
        session_id=session.session_id,
        psu_type=session.psu_type or psu_type,
        expires_at=session.access.valid_until if session.access else None,
        accounts=tuple(accounts.values()),
    )


def own_identity(identification_hash: str) -> str:
    """Return the identity by Enable Banking's hash: the same in every session of every user."""
    return identity("enablebanking", identification_hash)


def _described(account: BankAccount, name: str) -> Described:
    """Identify an account: its hash, then its number.

    Accounts in several currencies may share one number, so that the currency belongs to it.
    """
    currency = "" if account.currency in NO_CURRENCY else account.currency
    identities = [own_identity(account.identification_hash)]
    number = account.account_id
    if number and number.iban:
        identities.append(identity("iban", number.iban, currency))
    elif number and number.other and number.other.scheme_name == "BBAN":
        identities.append(identity("bban", number.other.identification, currency))
    return Described(
        uid=account.uid or "",
        identities=tuple(identities),
        name=name,
        currency=currency,
        kind=account.cash_account_type or "",
    )


def _names(accounts: Iterable[BankAccount]) -> list[str]:
    """Name the accounts; the number's end tells those apart that the bank calls the same."""
    shown = [(a, _label(a)) for a in accounts]
    often = Counter(label for _, label in shown)
    return [f"{label} {_tail(a)}".strip() if often[label] > 1 else label for a, label in shown]


def _label(account: BankAccount) -> str:
    kind = _KINDS.get(account.cash_account_type or "", "Account")
    return account.details or account.product or account.name or kind


def _tail(account: BankAccount) -> str:
    number = account.account_id
    other = number.other.identification if number and number.other else ""
    digits = (number.iban if number else "") or other
    return f"··{digits.strip()[-4:]}" if digits.strip() else account.currency

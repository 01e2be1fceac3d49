"""The accounts of a login, from what banks tell of them: user parameters, SEPA list, balances.

User parameters (HIUPD) have names, currency and permissions; the SEPA list (HISPA) has the BIC.
Either may be missing an account that the other has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from fints.models import SEPAAccount  # type: ignore[import-untyped]

from relink.bank_accounts import Account, identity
from relink.failures import plain
from relink.providers.transport import bad_answer
from relink.providers.wire import ACCOUNT_LIMIT, Amount, Wire, checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from relink.providers.fints.syntax import Segment

_IBAN = re.compile(r"[A-Z]{2}[0-9A-Z]{6,32}")
_BIC = re.compile(r"[0-9A-Z]{8}([0-9A-Z]{3})?", re.IGNORECASE)
_NO_BIC: Final = "XXXXDEXX"
_LONGEST: Final = 30
_READS: Final = frozenset({"HKSAL", "HKKAZ", "HKCAZ"})
_CONCLUSIVE: Final = "0"
_KINDS: Final = ((10, "current"), (20, "savings"), (30, "savings"), (40, "depot"), (50, "loan"))
_CARDS: Final = range(50, 60)


class _Figure(Wire):
    amount: Amount


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account; `allowed` are the orders it takes, `None` if the bank does not say."""

    iban: str = ""
    bic: str = ""
    number: str = ""
    sub: str = ""
    bank_code: str = ""
    currency: str = ""
    product: str = ""
    kind: str = ""
    allowed: frozenset[str] | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> BankAccount:
        """Return an account from its fields in JSON."""
        allowed = fields["allowed"]
        return cls(**{**fields, "allowed": None if allowed is None else frozenset(allowed)})

    @property
    def key(self) -> str:
        """Return what names it among the login's accounts."""
        return self.iban or f"{self.bank_code}/{self.number}/{self.sub}"

    @property
    def readable(self) -> bool:
        """Tell whether it is an account with a balance or movements (a depot has neither)."""
        return bool(self.iban or self.number) and (
            self.allowed is None or bool(self.allowed & _READS)
        )

    def takes(self, order: str) -> bool:
        """Tell whether it takes an order, as far as the bank says."""
        return self.allowed is None or order in self.allowed

    def for_library(self) -> SEPAAccount:
        """Return it as the library wants it, which reads the country from the BIC."""
        bic = self.bic if self.bic[4:6].isalpha() else _NO_BIC
        return SEPAAccount(self.iban, bic, self.number, self.sub, self.bank_code)

    def in_our_terms(self, balance: Balance | None) -> Account:
        """Return it with its balance, if the bank told one."""
        told = balance or Balance()
        names = (
            identity("iban", self.iban) if self.iban else "",
            identity("fints", self.bank_code, self.number, self.sub) if self.number else "",
        )
        return Account(
            provider_id=self.key,
            identities=tuple(n for n in names if n),
            name=self._name(told.product),
            currency=told.currency or self.currency or "EUR",
            balance=told.booked,
            available=told.available,
            balance_at=told.at,
            kind=self.kind,
        )

    def _name(self, product: str) -> str:
        end = (self.iban or self.number)[-4:]
        return plain(f"{plain(self.product or product) or 'Konto'} …{end}")


@dataclass(frozen=True, slots=True)
class Balance:
    """What HISAL tells of an account."""

    product: str = ""
    currency: str = ""
    booked: Decimal | None = None
    available: Decimal | None = None
    at: int | None = None


def merged(found: Sequence[Segment], known: Iterable[BankAccount] = ()) -> tuple[BankAccount, ...]:
    """Return the accounts of an answer together with those known before, each once.

    Raises `Temporary` (bad answer) if there are more than anybody has.
    """
    conclusive = {s.text(3) for s in found if s.kind == "HIUPA"} == {_CONCLUSIVE}
    told = [*known]
    told += [_of_parameters(s, conclusive=conclusive) for s in found if s.kind == "HIUPD"]
    told += [
        _of_sepa(s, position)
        for s in found
        if s.kind == "HISPA"
        for position in range(1, len(s.elements))
    ]
    if len(told) > ACCOUNT_LIMIT:
        raise bad_answer("too many accounts")
    by_key: dict[str, BankAccount] = {}
    for account in told:
        if account.iban or account.number:
            before = by_key.get(account.key)
            by_key[account.key] = _joined(before, account) if before else account
    return tuple(by_key.values())


def balance(found: Iterable[Segment]) -> Balance | None:
    """Return the balance in an answer (HISAL, versions 5 to 7), `None` if there is none.

    Raises `Temporary` (bad answer) for figures beyond all sense.
    """
    segment = next((s for s in found if s.kind == "HISAL"), None)
    if segment is None:
        return None
    booked = _figure(segment.text(4, 1))
    return Balance(
        product=segment.text(2),
        currency=plain(segment.text(3)),
        booked=-booked if booked and segment.text(4) == "D" else booked,
        available=_figure(segment.text(7)),
        at=_moment(segment.text(4, 3)),
    )


def _of_parameters(segment: Segment, *, conclusive: bool) -> BankAccount:
    allowed = {segment.text(p) for p in range(10, len(segment.elements))} - {""}
    return BankAccount(
        iban=_iban(segment.text(2)),
        number=_number(segment.text(1, 0)),
        sub=_number(segment.text(1, 1)),
        bank_code=_number(segment.text(1, 3)),
        currency=plain(segment.text(5)),
        product=segment.text(8),
        kind=_kind(segment.text(4)),
        allowed=frozenset(allowed) if conclusive and allowed else None,
    )


def _of_sepa(segment: Segment, position: int) -> BankAccount:
    return BankAccount(
        iban=_iban(segment.text(position, 1)),
        bic=_bic(segment.text(position, 2)),
        number=_number(segment.text(position, 3)),
        sub=_number(segment.text(position, 4)),
        bank_code=_number(segment.text(position, 6)),
    )


def _joined(first: BankAccount, second: BankAccount) -> BankAccount:
    """Return an account with what each of two descriptions says, the first one's word first."""
    names = ("bic", "number", "sub", "bank_code", "currency", "product", "kind")
    some = {n: getattr(first, n) or getattr(second, n) for n in names}
    allowed = first.allowed if first.allowed is not None else second.allowed
    return replace(first, **some, allowed=allowed)


def _iban(text: str) -> str:
    compact = text.replace(" ", "").upper()
    return compact if _IBAN.fullmatch(compact) else ""


def _bic(text: str) -> str:
    return text if _BIC.fullmatch(text) else ""


def _number(text: str) -> str:
    """Return what an account is addressed by. Raises `Temporary` for what no order can carry."""
    if len(text) > _LONGEST or not text.isprintable():
        raise bad_answer("an account number")
    return text


def _kind(number: str) -> str:
    if not number.isdecimal():
        return ""
    if int(number) in _CARDS:
        return "card"
    return next((kind for limit, kind in _KINDS if int(number) < limit), "")


def _figure(text: str) -> Decimal | None:
    if not text:
        return None
    return checked(_Figure, {"amount": text.replace(",", ".")}).amount


def _moment(text: str) -> int | None:
    """Return the start of a day (YYYYMMDD): the hour would differ at every look."""
    if not re.fullmatch(r"(19|20|21)\d{6}", text):
        return None
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

"""Plaid's answers, as far as they are used (OpenAPI description 2020-09-14, "Schemas")."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from relink.bank_accounts import Account, Transaction, identity
from relink.providers.wire import Amount, Day, Identifier, Wire, Words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_OWED = frozenset({"credit", "loan"})
CURSOR_LIMIT = 1024


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        msg = "a moment is an ISO 8601 text"
        raise ValueError(msg)  # noqa: TRY004 - Pydantic wants ValueError
    told = datetime.fromisoformat(value)
    moment = told if told.tzinfo else told.replace(tzinfo=UTC)
    if not _FIRST <= moment <= _LAST:
        msg = "a moment beyond all sense"
        raise ValueError(msg)
    return int(moment.timestamp())


Moment = Annotated[int, BeforeValidator(_moment)]
Cursor = Annotated[str, Field(max_length=CURSOR_LIMIT)]


class Failure(Wire):
    """An error, as an answer of its own or within another. `error_message` is not for users."""

    error_code: str | None = None
    error_type: str | None = None
    error_code_reason: str | None = None
    display_message: str | None = None


class Balances(Wire):
    """What an account holds; of a credit or loan, `current` is what is owed."""

    current: Amount | None = None
    available: Amount | None = None
    iso_currency_code: Words | None = None
    unofficial_currency_code: Words | None = None
    last_updated_datetime: Moment | None = None


class BankAccount(Wire):
    """An account. Ids are case-sensitive; `mask` is the last two to four digits of its number."""

    account_id: Identifier
    balances: Balances
    name: Words
    type: Words
    official_name: Words | None = None
    subtype: Words | None = None
    mask: Words | None = None
    persistent_account_id: str | None = None

    @property
    def currency(self) -> str:
        """Return the currency, official or not."""
        money = self.balances
        return money.iso_currency_code or money.unofficial_currency_code or ""

    def number(self) -> tuple[str, ...] | None:
        """Return what a new item still knows the account by, if Plaid tells a mask."""
        return (self.mask, self.type, self.subtype or "", self.currency) if self.mask else None

    def account(self, institution: str, *, told_apart: bool) -> Account:
        """Return the account in our terms.

        `account_id` stays in update mode, `persistent_account_id` across items. The mask counts
        within the same institution only, and only if no other account has the same one
        (`told_apart`).
        """
        names = [("persistent", self.persistent_account_id), ("account", self.account_id)]
        found = [identity("plaid", kind, _exactly(name)) for kind, name in names if name]
        number = self.number()
        if number and institution and told_apart:
            found.append(identity("plaid", "mask", institution, *number))
        owed, current = self.type in _OWED, self.balances.current
        return Account(
            provider_id=self.account_id,
            identities=tuple(found),
            name=self.name or self.official_name or "",
            currency=self.currency,
            balance=negated(current) if owed and current is not None else current,
            available=self.balances.available,
            balance_at=self.balances.last_updated_datetime,
            kind=self.subtype or self.type,
        )


class Counterparty(Wire):
    """Somebody on the other side of a movement."""

    name: Words | None = None


class Movement(Wire):
    """A transaction: a positive `amount` leaves the account."""

    transaction_id: Identifier
    account_id: Identifier
    amount: Amount
    date: Day
    pending: bool
    name: Words | None = None
    original_description: Words | None = None
    merchant_name: Words | None = None
    counterparties: tuple[Counterparty, ...] | None = None
    iso_currency_code: Words | None = None
    unofficial_currency_code: Words | None = None

    def transaction(self) -> Transaction:
        """Return the movement in our terms; a pending one keeps its day as the value date."""
        others = [c.name for c in self.counterparties or () if c.name]
        return Transaction(
            account=self.account_id,
            transaction_id=self.transaction_id,
            amount=negated(self.amount),
            currency=self.iso_currency_code or self.unofficial_currency_code or "",
            description=self.original_description or self.name or "",
            counterparty=self.merchant_name or next(iter(others), ""),
            booked_on=None if self.pending else self.date,
            value_on=self.date if self.pending else None,
        )


class Removed(Wire):
    """A transaction that is no more."""

    transaction_id: Identifier
    account_id: Identifier


class Changes(Wire):
    """The answer of `/transactions/sync`: a page of what has changed since a cursor."""

    accounts: tuple[BankAccount, ...]
    added: tuple[Movement, ...]
    modified: tuple[Movement, ...]
    removed: tuple[Removed, ...]
    next_cursor: Cursor
    has_more: bool
    transactions_update_status: str = ""


class Item(Wire):
    """One login at one institution; `error` is what keeps it from being read, if anything."""

    item_id: Identifier
    institution_id: Words | None = None
    error: Failure | None = None
    consent_expiration_time: Moment | None = None


class Updates(Wire):
    """When Plaid last read the item's transactions at the bank, and when it last could not."""

    last_successful_update: Moment | None = None
    last_failed_update: Moment | None = None


class ItemStatus(Wire):
    """What `/item/get` tells besides the item."""

    transactions: Updates | None = None


class ItemAnswer(Wire):
    """The answer of `/item/get`."""

    item: Item
    status: ItemStatus | None = None


class AccountsAnswer(Wire):
    """The answer of `/accounts/get`."""

    accounts: tuple[BankAccount, ...]
    item: Item


class Exchanged(Wire):
    """The answer of `/item/public_token/exchange`."""

    access_token: Identifier = Field(repr=False)
    item_id: Identifier


class Nothing(Wire):
    """An answer that says no more than that it worked."""


def in_our_terms(accounts: Iterable[BankAccount], institution: str) -> tuple[Account, ...]:
    """Return the accounts in our terms, each once."""
    once = {a.account_id: a for a in accounts}
    numbers = Counter(a.number() for a in once.values())
    return tuple(a.account(institution, told_apart=numbers[a.number()] == 1) for a in once.values())


def negated(amount: Decimal) -> Decimal:
    """Return an amount of the other sign, exact to the last digit, and zero as it is."""
    return amount.copy_negate() if amount else amount


def _exactly(name: str) -> str:
    """Return an id so that identities, which ignore case, tell its case apart."""
    return name.encode().hex()

"""SimpleFIN's account set, versions 1 and 2 (protocol documents, "Data")."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field

from relink.bank_accounts import Account, Transaction, identity
from relink.providers.wire import Amount, Identifier, Wire, Words, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_STATUS_NAMES = {"Forbidden", "Unauthorized", "Payment Required", "Bad Request"}


class Error(Wire):
    """An entry of `errlist`; servers are seen to send the text as `msg` or `message`."""

    code: str
    msg: Words = ""
    message: Words = ""
    conn_id: str | None = None
    account_id: str | None = None

    @property
    def text(self) -> str:
        """Return the words for the user; the name of an HTTP status says nothing to him."""
        words = self.msg or self.message
        return "" if words in _STATUS_NAMES else words


class Organization(Wire):
    """Version 1's institution of an account: domain or name is there."""

    domain: str | None = None
    name: str | None = None
    id: str | None = None


class BankConnection(Wire):
    """Version 2's link of the user to one institution."""

    conn_id: Identifier
    name: Words = ""
    org_id: str | None = None
    org_url: str | None = None

    @property
    def domain(self) -> str | None:
        """Return the institution's domain, which version 1 gives bare."""
        url = self.org_url or ""
        return (urlsplit(url).hostname or url) or None


class Movement(Wire):
    """A transaction; `posted` may be 0 while it is pending."""

    id: Identifier
    posted: int = 0
    amount: Amount
    description: Words = ""
    payee: Words = ""
    pending: bool = False


class BankAccount(Wire):
    """An account with some of its transactions."""

    id: Identifier
    name: Words
    currency: Words
    balance: Amount
    available: Amount | None = Field(default=None, alias="available-balance")
    balance_at: int | None = Field(default=None, alias="balance-date")
    conn_id: str | None = None
    org: Organization | None = None
    transactions: tuple[Movement, ...] = ()

    @property
    def home(self) -> str:
        """Return what names the institution's link: version 2's id, or version 1's domain."""
        org = self.org or Organization()
        return self.conn_id or org.domain or org.name or org.id or ""

    @property
    def key(self) -> str:
        """Return an id unique in the answer: accounts of two institutions may share theirs."""
        return f"{self.home}|{self.id}"

    def account(self, bank: BankConnection | None) -> Account:
        """Return the account in our terms, `bank` being its entry of `connections`.

        The protocol makes the id unique within the connection (version 1: the organization). A
        new setup token may bring another connection id, and a server another version, so the
        institution's own names count, too. Where no institution is named, the id is all there is.
        """
        org = self.org or Organization()
        homes = (
            ("connection", self.conn_id),
            ("organization", bank.org_id if bank else org.id),
            ("domain", bank.domain if bank else org.domain or org.name),
        )
        names = [(kind, home) for kind, home in homes if home] or [("account", "")]
        return Account(
            provider_id=self.key,
            identities=tuple(identity("simplefin", k, h, self.id) for k, h in names),
            name=self.name,
            currency=self.currency,
            balance=self.balance,
            available=self.available,
            balance_at=self.balance_at,
        )

    def movements(self) -> Iterator[Transaction]:
        """Yield the transactions in our terms."""
        for movement in self.transactions:
            pending = movement.pending or movement.posted == 0
            yield Transaction(
                account=self.key,
                transaction_id=movement.id,
                amount=movement.amount,
                currency=self.currency,
                description=movement.description,
                counterparty=movement.payee,
                booked_on=None if pending else day_of(movement.posted),
            )


class AccountSet(Wire):
    """The answer of `GET /accounts`; version 1 has `errors`, version 2 `errlist`."""

    errlist: tuple[Error, ...] = ()
    errors: tuple[str, ...] = ()
    connections: tuple[BankConnection, ...] = ()
    accounts: tuple[BankAccount, ...]

    def in_our_terms(self) -> tuple[Account, ...]:
        """Return the accounts, each once."""
        banks = {c.conn_id: c for c in self.connections}
        found = {a.key: a.account(banks.get(a.conn_id or "")) for a in self.accounts}
        return tuple(found.values())

    def movements(self) -> tuple[Transaction, ...]:
        """Return the transactions in our terms, each once."""
        told = (t for account in self.accounts for t in account.movements())
        return tuple({(t.account, t.transaction_id): t for t in told}.values())

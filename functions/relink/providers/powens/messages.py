"""Powens' messages, as far as we read them (docs.powens.com, "Data model" of each resource)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from relink.bank_accounts import Account, identity
from relink.providers.wire import ACCOUNT_LIMIT, Amount, Identifier, Wire, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_CURRENCY = "XXX"
PLAIN_NUMBER = 6
_FIRST, _LAST = 0, 7_258_118_400


def _number(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _state(value: Any) -> Any:
    return None if value in ("", "null") else value


def moment(value: Any) -> int | None:
    """Return a DateTime in epoch seconds, or None for one that says nothing.

    Powens writes `2026-04-12 21:04:01` and no time zone; UTC is what it documents where it does.
    """
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        seconds = int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if _FIRST < seconds < _LAST else None


def _named(key: str) -> BeforeValidator:
    """Take a code as it is, or out of the object that the documents describe instead."""
    return BeforeValidator(lambda value: value.get(key) if isinstance(value, dict) else value)


Id = Annotated[Identifier, BeforeValidator(_number)]
State = Annotated[Words | None, BeforeValidator(_state)]
Moment = Annotated[int | None, BeforeValidator(moment)]
Name = Annotated[Words | None, _named("name")]


class Token(Wire):
    """The answer of `POST /auth/init`."""

    auth_token: str = Field(pattern=r"^[!-~]{1,4096}$", repr=False)
    type: str = "permanent"
    id_user: Id | None = None


class Code(Wire):
    """The answer of `GET /auth/token/code`."""

    code: str = Field(min_length=1, max_length=2_048, repr=False)


class Address(Wire):
    """The answer of `GET /webauth-url`."""

    url: str = Field(min_length=1, max_length=8_192)


class Value(Wire):
    """A choice of a `list` field."""

    label: Words = ""
    value: str = Field(max_length=512)


class AskedField(Wire):
    """A field that the owner must fill in: of a connector, or of a connection in trouble."""

    name: Identifier
    type: str = "text"
    label: Words | None = ""
    description: Words | None = ""
    required: bool = True
    regex: str | None = None
    values: tuple[Value, ...] | None = None
    auth_mechanisms: tuple[str, ...] | None = None
    connector_sources: tuple[str, ...] | None = None


class ConnectorSource(Wire):
    """A way to one bank: its web site (`directaccess`) or its API (`openapi`)."""

    name: Identifier
    auth_mechanism: str | None = None
    disabled: Any = None
    priority: int = 0


class Connector(Wire):
    """A bank as Powens knows it."""

    id: Id
    uuid: Identifier | None = None
    auth_mechanism: str | None = None
    restricted: bool = False
    fields: tuple[AskedField, ...] | None = None
    sources: tuple[ConnectorSource, ...] | None = None


class Source(Wire):
    """One of a connection's ways to its bank, with its own state and its own consent."""

    id: Id
    name: Words | None = ""
    state: State = None
    disabled: Any = None
    access_expire: Moment = None
    next_try: Moment = None


class Connection(Wire):
    """A connection; `error` is the old name of `state`."""

    id: Id
    state: State = None
    error: State = None
    error_message: str | None = None
    fields: tuple[AskedField, ...] | None = None
    last_update: Moment = None
    expire: Moment = None
    next_try: Moment = None
    sources: tuple[Source, ...] | None = None

    @property
    def condition(self) -> str | None:
        """Return the state, None for a good one."""
        return self.state or self.error

    @property
    def ways(self) -> tuple[Source, ...]:
        """Return the sources that are in use."""
        return tuple(s for s in self.sources or () if not s.disabled)

    @property
    def expires_at(self) -> int | None:
        """Return when the first of its consents ends; its own `expire` is the last one's."""
        ends = [s.access_expire for s in self.ways if s.access_expire]
        return min(ends) if ends else self.expire


class Connections(Wire):
    """The answer of `GET /users/me/connections`."""

    connections: tuple[Connection, ...]


class BankAccount(Wire):
    """An account. A new one is disabled until its owner consents to its being read."""

    id: Id
    id_connection: Id | None = None
    id_source: Id | None = None
    name: Words | None = ""
    original_name: Words | None = ""
    number: str | None = None
    iban: str | None = None
    webid: str | None = None
    currency: Annotated[Words | None, _named("id")] = None
    balance: Amount | None = None
    coming: Amount | None = None
    type: Name = None
    last_update: Moment = None
    deleted: Any = None
    disabled: Any = None
    error: State = None

    def in_our_terms(self, bank_id: str) -> Account:
        """Return the account. The bank's own names count for when the connection is made anew."""
        number = self.number or ""
        plain = len(number) >= PLAIN_NUMBER and number.isalnum() and "X" not in number.upper()
        names = (
            ("powens", "account", self.id),
            ("iban", self.iban) if self.iban else (),
            ("powens", "webid", bank_id, self.webid) if self.webid else (),
            ("powens", "number", bank_id, number) if plain else (),
        )
        balance, coming = self.balance, self.coming
        return Account(
            provider_id=self.id,
            identities=tuple(identity(*n) for n in names if n),
            name=self.name or self.original_name or self.type or self.id,
            currency=self.currency or NO_CURRENCY,
            balance=balance,
            available=None if balance is None else balance + (coming or Decimal(0)),
            balance_at=self.last_update,
            kind=self.type or "",
        )


class Accounts(Wire):
    """The answer of `GET /users/me/accounts`."""

    accounts: tuple[BankAccount, ...] = Field(max_length=ACCOUNT_LIMIT)


def active(accounts: Iterable[BankAccount]) -> tuple[BankAccount, ...]:
    """Return the accounts that are still at the bank and that the owner lets us read."""
    return tuple(a for a in accounts if not a.deleted and not a.disabled)

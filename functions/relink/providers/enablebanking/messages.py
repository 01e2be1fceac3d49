"""Enable Banking's messages, cut to what is read of them (OpenAPI description 1.0.0)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from relink.providers.wire import Amount, Day, Identifier, Wire, Words

LAST = 7_258_118_400
"""2200-01-01: no consent and no balance is later."""


def _moment(value: Any) -> int:
    """Return the epoch second of an RFC 3339 date-time; without an offset it is UTC."""
    if not isinstance(value, str):
        msg = "a moment is a text"
        raise ValueError(msg)  # noqa: TRY004 - Pydantic wants ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = int(moment.timestamp())
    if not 0 <= seconds <= LAST:
        msg = "a moment beyond all sense"
        raise ValueError(msg)
    return seconds


def _several(value: Any) -> Any:
    """Return a list: some banks' single sentence is not wrapped in one."""
    return [value] if isinstance(value, str) else (value or ())


Moment = Annotated[int, BeforeValidator(_moment)]
Sentences = Annotated[tuple[str, ...], BeforeValidator(_several)]
Key = Annotated[str, Field(max_length=8_192)]


class Number(Wire):
    """An account's number in another scheme than IBAN."""

    identification: str
    scheme_name: str = ""


class AccountId(Wire):
    """What an account is addressed by."""

    iban: str | None = None
    other: Number | None = None


class BankAccount(Wire):
    """An account in a new session; without `uid` it cannot be read."""

    identification_hash: Identifier
    uid: Identifier | None = None
    account_id: AccountId | None = None
    name: Words | None = None
    details: Words | None = None
    product: Words | None = None
    currency: Words = ""
    cash_account_type: Words | None = None


class Access(Wire):
    """What was granted, and until when."""

    valid_until: Moment


class NewSession(Wire):
    """The answer of `POST /sessions`: the only message that describes the accounts."""

    session_id: Identifier = Field(repr=False)
    accounts: tuple[BankAccount, ...]
    psu_type: str = ""
    access: Access | None = None


class SessionAccount(Wire):
    """An account in an older session."""

    uid: Identifier
    identification_hash: Identifier


class Session(Wire):
    """The answer of `GET /sessions/{id}`."""

    status: Words
    accounts: tuple[Identifier, ...] = ()
    accounts_data: tuple[SessionAccount, ...] = ()
    access: Access | None = None
    authorized: Moment | None = None


class Money(Wire):
    """An amount and its currency."""

    amount: Amount
    currency: Words


class Balance(Wire):
    """One of an account's balances (ISO 20022 types)."""

    balance_amount: Money
    balance_type: str
    last_change_date_time: Moment | None = None
    reference_date: Day | None = None


class Balances(Wire):
    """The answer of `GET /accounts/{id}/balances`."""

    balances: tuple[Balance, ...]


class Party(Wire):
    """Who pays or is paid."""

    name: Words | None = None


class BankCode(Wire):
    """What the bank calls this kind of movement."""

    description: Words | None = None


class Movement(Wire):
    """A transaction. Amounts are unsigned, as a rule; `credit_debit_indicator` tells which way."""

    transaction_amount: Money
    credit_debit_indicator: str
    status: str = "OTHR"
    entry_reference: str | None = None
    booking_date: Day | None = None
    value_date: Day | None = None
    transaction_date: Day | None = None
    creditor: Party | None = None
    debtor: Party | None = None
    remittance_information: Sentences = ()
    bank_transaction_code: BankCode | None = None
    reference_number: Words | None = None
    note: Words | None = None


class Page(Wire):
    """The answer of `GET /accounts/{id}/transactions`; an empty one may still have a next."""

    transactions: tuple[Movement, ...]
    continuation_key: Key | None = None


class Credential(Wire):
    """A name or number by which the bank knows its customer."""

    name: str
    title: Words = ""
    required: bool = False
    description: Words | None = None
    template: str | None = None


class AuthMethod(Wire):
    """One way to prove oneself to a bank."""

    name: str | None = None
    psu_type: str = ""
    approach: str = ""
    hidden_method: bool = False
    credentials: tuple[Credential, ...] | None = None


class Aspsp(Wire):
    """A bank in the catalogue."""

    name: str
    country: str
    psu_types: tuple[str, ...] = ()
    auth_methods: tuple[AuthMethod, ...] = ()
    maximum_consent_validity: int | None = None
    bic: str | None = None


class Aspsps(Wire):
    """The answer of `GET /aspsps`."""

    aspsps: tuple[Aspsp, ...]


class Started(Wire):
    """The answer of `POST /auth`."""

    url: Annotated[str, Field(min_length=8, max_length=4_096, repr=False)]

"""A bank in the same process that answers at once: what is counted is ours alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from relink.bank_accounts import Account, Transaction, identity
from relink.provider import Accepted, Field, Secret, SyncResult

if TYPE_CHECKING:
    from relink.connection import Bank, Connection
    from relink.provider import Call, Login, Outcome

ACCOUNTS = 3
FIRST_DAY = date(2026, 1, 2)


@dataclass
class ScriptedBank:
    """An adapter whose bank holds three accounts and tells `news` movements with each answer."""

    history_by_login: bool = False
    renews_in_place: bool = False
    news: int = 0
    _told: dict[str, int] = field(default_factory=dict)

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for one token."""
        del bank
        return (Field("setup_token", "Setup token", "password"),)

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Accept whatever is given."""
        del connection, login, now
        return Accepted(Secret(b"https://user:password@bank.example/simplefin"), _accounts(0))

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Tell the accounts and what is new."""
        del call
        told = self._told.get(connection.connection_id, 0)
        added = tuple(_movement(n) for n in range(told, told + self.news))
        self._told[connection.connection_id] = told + self.news
        return SyncResult(
            accounts=_accounts(told + self.news),
            added=added,
            next_cursor=f"cursor-{told + self.news}",
            incremental=True,
        )

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Do nothing."""

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Say yes: there is nothing to end."""
        del one, other
        return True


def _accounts(told: int) -> tuple[Account, ...]:
    return tuple(
        Account(
            provider_id=f"account-{number}",
            identities=(identity("simplefin", "connection", str(number)),),
            name=f"Current account {number}",
            currency="EUR",
            balance=Decimal(1000 + told if number == 0 else 1000),
        )
        for number in range(ACCOUNTS)
    )


def _movement(number: int) -> Transaction:
    return Transaction(
        account="account-0",
        transaction_id=f"movement-{number:08}",
        amount=Decimal("-12.34"),
        currency="EUR",
        description=f"Card payment {number} at a shop in the high street",
        counterparty="A shop in the high street",
        booked_on=FIRST_DAY + timedelta(days=number // 10),
    )

"""Powens' transactions and their pages (docs.powens.com, "Bank transactions")."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from relink.bank_accounts import Transaction
from relink.providers.powens.messages import Id, Moment  # noqa: TC001 - Pydantic reads them
from relink.providers.wire import Amount, Day, Wire, Words

LIMIT: Final = 1_000
MOST: Final = 5 * LIMIT
"""What no page holds: Powens gives as many as it is asked for at most."""


class Counterparty(Wire):
    """Whom a movement came from or went to."""

    label: Words | None = ""


class Movement(Wire):
    """A transaction: `coming` until it is posted, `deleted` when the bank has withdrawn it."""

    id: Id
    id_account: Id
    date: Day | None = None
    rdate: Day | None = None
    vdate: Day | None = None
    value: Amount | None = None
    gross_value: Amount | None = None
    wording: Words | None = ""
    original_wording: Words | None = ""
    simplified_wording: Words | None = ""
    coming: bool = False
    counterparty: Counterparty | None = None
    date_scraped: Moment = None
    last_update: Moment = None
    deleted: Any = None

    @property
    def changed_at(self) -> int:
        """Return when Powens last changed it."""
        return self.last_update or self.date_scraped or 0

    def in_our_terms(self, currency: str) -> Transaction | None:
        """Return the transaction, None for one without a value."""
        amount = self.gross_value if self.value is None else self.value
        day = self.date or self.rdate
        if amount is None or (day is None and not self.coming):
            return None
        return Transaction(
            account=self.id_account,
            transaction_id=self.id,
            amount=amount,
            currency=currency,
            description=self.original_wording or self.wording or self.simplified_wording or "",
            booked_on=None if self.coming else day,
            value_on=self.vdate,
            counterparty=(self.counterparty.label if self.counterparty else "") or "",
        )


class Link(Wire):
    """Where a page is."""

    href: str = Field(max_length=2_048)


class Links(Wire):
    """The pages around one."""

    next: Link | None = None


class Page(Wire):
    """The answer of `GET /users/me/transactions`."""

    transactions: tuple[Movement, ...] = Field(max_length=MOST)
    links: Links | None = Field(default=None, alias="_links")

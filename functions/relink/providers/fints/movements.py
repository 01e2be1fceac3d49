"""A movement in either statement format, and the name that it keeps for ever.

FinTS gives movements no id. Theirs is made of what a bank never changes about one (day, amount,
the letters and digits of its purpose), the same from MT940 and camt, and of its position among
those alike: two equal coffees on a day are two movements.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from relink.bank_accounts import Transaction
from relink.providers.wire import Amount, Day, Wire, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

_PURPOSE, _NAME = 60, 20


class Movement(Wire):
    """An entry of a statement; `booked_on` is absent while it is pending."""

    amount: Amount
    currency: Words
    booked_on: Day | None = None
    value_on: Day | None = None
    purpose: Words = ""
    name: Words = ""

    @property
    def content(self) -> str:
        """Return a hash of what makes it this movement and no other."""
        letters = _letters(self.purpose)[:_PURPOSE], _letters(self.name)[:_NAME]
        day = self.booked_on or self.value_on
        amount = f"{self.amount.normalize():f}"
        state = "booked" if self.booked_on else "pending"
        said = "\0".join((state, str(day), amount, self.currency, *letters))
        return hashlib.sha256(said.encode()).hexdigest()[:24]


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def transactions(account: str, movements: Iterable[Movement]) -> tuple[Transaction, ...]:
    """Return an account's movements in our terms, in their order."""
    alike: Counter[str] = Counter()
    found = []
    for movement in movements:
        content = movement.content
        found.append(_transaction(account, movement, f"{content}-{alike[content]}"))
        alike[content] += 1
    return tuple(found)


def _transaction(account: str, movement: Movement, name: str) -> Transaction:
    return Transaction(
        account=account,
        transaction_id=name,
        amount=movement.amount,
        currency=movement.currency,
        description=movement.purpose or movement.name,
        booked_on=movement.booked_on,
        value_on=movement.value_on,
        counterparty=movement.name,
    )

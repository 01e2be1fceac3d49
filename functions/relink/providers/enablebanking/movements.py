"""An account's movements and balances in our terms, each movement under an id that lasts.

`entry_reference` is the id "for accounts with the same identification hashes"; `transaction_id`
is none, says the description: it "may change if the list of transactions is retrieved again".
Where banks send no reference, a place holder, or a position in the day's list that comes and goes,
the id is a hash of what was paid. Equal payments of a day are numbered: a list begins with a whole
day, so that the numbers are the same each time.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from relink.bank_accounts import Transaction
from relink.failures import plain
from relink.providers.wire import ID_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from relink.providers.enablebanking.messages import Balance, Movement

WAITING = frozenset({"PDNG", "HOLD"})
NEVER = frozenset({"SCHD", "CNCL", "RJCT"})
BOOKED_BALANCES = ("ITBD", "CLBD", "XPCD", "OPBD", "PRCD", "VALU", "OTHR", "INFO")
AVAILABLE_BALANCES = ("ITAV", "CLAV", "OPAV", "FWAV")
_NO_REFERENCE = re.compile(r"0*|\d{4}-\d{2}-\d{2}\.\d+|(?i:none|null|notprovided|nonref)")


def transactions(account: str, movements: Iterable[Movement]) -> tuple[Transaction, ...]:
    """Return the movements in our terms, each once; what never happens is left out."""
    contents: defaultdict[str, dict[str, Transaction]] = defaultdict(dict)
    bare: defaultdict[str, int] = defaultdict(int)
    found: list[Transaction] = []
    for movement in movements:
        if movement.status in NEVER:
            continue
        reference = _reference(movement)
        shown = _shown(account, movement, reference)
        if reference:
            contents[reference].setdefault(_content(shown), shown)
        else:
            content = _content(shown)
            bare[content] += 1
            number = f".{bare[content]}" if bare[content] > 1 else ""
            found.append(_shown(account, movement, content + number))
    return (*found, *_referenced(contents))


def balance(
    balances: Sequence[Balance],
    currency: str,
) -> tuple[Decimal | None, Decimal | None, int | None, str]:
    """Return the booked and the available balance, when it was, and in which currency.

    Without a booked one the available one stands for it. The newest of a type counts.
    """
    own = [b for b in balances if b.balance_amount.currency == currency] or [*balances]
    kinds = {b.balance_type: b for b in sorted(own, key=_age)}
    booked = next((kinds[k] for k in BOOKED_BALANCES if k in kinds), None)
    available = next((kinds[k] for k in AVAILABLE_BALANCES if k in kinds), None)
    chosen = booked or available
    if chosen is None:
        return None, None, None, currency
    return (
        chosen.balance_amount.amount,
        available.balance_amount.amount if available else None,
        chosen.last_change_date_time,
        currency or chosen.balance_amount.currency,
    )


def _referenced(contents: dict[str, dict[str, Transaction]]) -> Iterator[Transaction]:
    """Yield the movements that have a reference; one that several share is told apart by content.

    It is so for all that share it, so that their order in the list does not matter. The same
    movement pending and booked is not two.
    """
    for shared in contents.values():
        for pending in (True, False):
            same = {c: t for c, t in shared.items() if t.pending is pending}
            for content, shown in same.items():
                if len(same) == 1:
                    yield shown
                else:
                    name = f"{shown.transaction_id[: ID_LIMIT - 17]}.{content[:16]}"
                    yield replace(shown, transaction_id=name)


def _shown(account: str, movement: Movement, name: str) -> Transaction:
    amount = abs(movement.transaction_amount.amount)
    leaves = movement.credit_debit_indicator == "DBIT"
    party = movement.creditor if leaves else movement.debtor
    return Transaction(
        account=account,
        transaction_id=name,
        amount=-amount if leaves else amount,
        currency=movement.transaction_amount.currency,
        description=_description(movement),
        booked_on=_booked_on(movement),
        value_on=movement.value_date,
        counterparty=(party.name if party else None) or "",
    )


def _booked_on(movement: Movement) -> date | None:
    """Return the day of booking: banks that leave it out send another, or it is still pending."""
    if movement.status in WAITING:
        return None
    if movement.status == "BOOK":
        return movement.booking_date or movement.value_date or movement.transaction_date
    return movement.booking_date


def _description(movement: Movement) -> str:
    code = movement.bank_transaction_code
    words = " ".join(movement.remittance_information)
    others = (movement.note, movement.reference_number, code.description if code else None)
    return plain(words) or next((text for text in others if text), "")


def _reference(movement: Movement) -> str:
    reference = (movement.entry_reference or "").strip()
    usable = len(reference) <= ID_LIMIT and reference.isprintable()
    return "" if not usable or _NO_REFERENCE.fullmatch(reference) else reference


def _content(shown: Transaction) -> str:
    """Return a hash of what banks do not add later or write differently the next day."""
    words = "".join(shown.description.split()).upper()
    payee = "".join(shown.counterparty.split()).upper()
    facts = (shown.booked_on, shown.amount.normalize(), shown.currency, payee, words)
    return hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()[:32]


def _age(each: Balance) -> tuple[int, str]:
    return each.last_change_date_time or 0, str(each.reference_date or "")

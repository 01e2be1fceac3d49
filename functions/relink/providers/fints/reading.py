"""Read a login's accounts, balances and statements in an open dialog.

What a bank refuses for one account is that account's trouble; what it refuses for the user, or by
ending the dialog, is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from fints.formals import SupportedMessageTypes  # type: ignore[import-untyped]
from fints.segments.accounts import HKSPA1  # type: ignore[import-untyped]
from fints.segments.saldo import HKSAL5, HKSAL6, HKSAL7  # type: ignore[import-untyped]
from fints.segments.statement import (  # type: ignore[import-untyped]
    HKCAZ1,
    HKKAZ5,
    HKKAZ6,
    HKKAZ7,
)

from relink.providers.fints import accounts, camt, codes, mt940, syntax
from relink.providers.fints.challenge import Demand
from relink.providers.fints.library import Refused
from relink.providers.transport import bad_answer
from relink.providers.wire import MOVEMENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relink.providers.fints.accounts import Balance, BankAccount
    from relink.providers.fints.dialogue import Dialogue
    from relink.providers.fints.library import BankClient
    from relink.providers.fints.line import Reply
    from relink.providers.fints.movements import Movement

PAGES: Final = 100
STATEMENT_LIMIT: Final = 16 * 1024 * 1024
_FOR_EVER: Final = 3_650
_NEWEST_CAMT: Final = "urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"
_KAZ, _CAZ = (HKKAZ5, HKKAZ6, HKKAZ7), (HKCAZ1,)


class Asked(Exception):
    """The bank wants a TAN for an order that nobody is there to give."""

    def __init__(self, demand: Demand) -> None:
        super().__init__(demand.code)
        self.demand = demand


@dataclass(frozen=True, slots=True)
class Statement:
    """What a bank sent of an account's movements, page by page, in one of two formats."""

    booked: tuple[bytes, ...]
    pending: tuple[bytes, ...]
    as_camt: bool

    def movements(self, currency: str) -> Iterator[Movement]:
        """Yield all movements. Raises `Temporary` (bad answer) for too many, or unreadable ones."""
        found = self._all(currency)
        for count, movement in enumerate(found):
            if count >= MOVEMENT_LIMIT:
                raise bad_answer("too much content")
            yield movement

    def _all(self, currency: str) -> Iterator[Movement]:
        for pages, pending in ((self.booked, False), (self.pending, True)):
            if self.as_camt:
                for page in pages:
                    yield from camt.movements(page, currency, pending=pending)
            else:
                # Banks split pages anywhere, even within a line.
                text = syntax.text_of(b"".join(pages))
                yield from mt940.movements(text, currency, pending=pending)


def list_order(client: BankClient) -> Any | None:
    """Return the order for the SEPA list of accounts, `None` if the bank has none."""
    return HKSPA1() if client.offers("HKSPA") else None


def balance(dialogue: Dialogue, account: BankAccount) -> Balance | None:
    """Return an account's balance, `None` if there is no way to ask. Raises `Refused`."""
    order = balance_order(dialogue.client, account)
    return accounts.balance(_told(dialogue, order).found) if order is not None else None


def balance_order(client: BankClient, account: BankAccount) -> Any | None:
    """Return the order for an account's balance, `None` if there is none."""
    kind = client.newest(HKSAL5, HKSAL6, HKSAL7)
    if kind is None or not account.takes("HKSAL"):
        return None
    return kind(account=_addressed(kind, account), all_accounts=False)


def statement_orders(
    client: BankClient,
    account: BankAccount,
    since: date,
    today: date,
) -> list[Any]:
    """Return the orders for an account's movements from a day on, the one to try first in front.

    MT940 where the bank still has it, else camt. None reaches further back than the bank keeps.
    """
    found = []
    for kinds in (_KAZ, _CAZ):
        kind = client.newest(*kinds)
        if kind is None or not account.takes(kind.TYPE):
            continue
        start = max(since, today - timedelta(days=_kept_days(client, kind)))
        order = kind(account=_addressed(kind, account), all_accounts=False, date_start=start)
        if kind is HKCAZ1:
            order.supported_camt_messages = SupportedMessageTypes(_formats(client))
        found.append(order)
    return found


def statement(
    dialogue: Dialogue,
    account: BankAccount,
    since: date,
    today: date,
) -> Statement | None:
    """Return an account's movements from a day on, `None` if there is no way to ask.

    Raises `Refused`, or `Temporary` if there is no end of it.
    """
    orders = statement_orders(dialogue.client, account, since, today)
    for position, order in enumerate(orders, start=1):
        try:
            return pages(dialogue, order)
        except Refused as refusal:
            if refusal.over or position == len(orders):
                raise
    return None


def pages(dialogue: Dialogue, order: Any, first: Reply | None = None) -> Statement:
    """Return what an order brings, page by page; `first` is its first answer, if it is there.

    Raises as `statement` does, and `Asked`.
    """
    booked: list[bytes] = []
    pending: list[bytes] = []
    seen: set[str] = set()
    as_camt = order.header.type == HKCAZ1.TYPE
    reply = first
    while len(seen) < PAGES and sum(map(len, booked)) <= STATEMENT_LIMIT:
        reply = reply or _told(dialogue, order)
        _take(reply, booked, pending, as_camt=as_camt)
        touchdown = reply.parameter(codes.MORE)
        if not touchdown:
            return Statement(tuple(booked), tuple(pending), as_camt)
        if touchdown in seen:
            break
        seen.add(touchdown)
        order.touchdown_point = touchdown
        reply = None
    raise bad_answer("no end")


def _take(reply: Reply, booked: list[bytes], pending: list[bytes], *, as_camt: bool) -> None:
    """Sort an answer's data (HIKAZ, HICAZ) into booked and pending."""
    kind, first = ("HICAZ", 3) if as_camt else ("HIKAZ", 1)
    for segment in reply.all(kind):
        booked += segment.binaries(first)
        pending += segment.binaries(first + 1)


def _told(dialogue: Dialogue, order: Any) -> Reply:
    answer = dialogue.order(order)
    if isinstance(answer, Demand):
        raise Asked(answer)
    return answer


def _addressed(kind: Any, account: BankAccount) -> Any:
    """Return an account in the form that an order's version has for it."""
    form = kind._fields["account"].type
    address = form.from_sepa_account(account.for_library())
    if not account.bic and hasattr(address, "bic"):
        address.bic = None
    return address


def _kept_days(client: BankClient, kind: Any) -> int:
    """Return how many days back a bank has movements."""
    days = next(iter(_parameters(client, f"HI{kind.TYPE[2:]}S", kind.VERSION)), None)
    return int(days) if isinstance(days, str) and days.isdecimal() and int(days) else _FOR_EVER


def _formats(client: BankClient) -> list[str]:
    listed = _parameters(client, "HICAZS", HKCAZ1.VERSION)[3:]
    return [f for f in listed if isinstance(f, str)] or [_NEWEST_CAMT]


def _parameters(client: BankClient, name: str, version: int) -> list[Any]:
    """Return what the bank says of an order: the last group of its parameter segment."""
    segment = client.bpd.find_segment_first(name, version)
    rest = segment._additional_data if segment is not None else []  # noqa: SLF001
    last = rest[-1] if rest else []
    return last if isinstance(last, list) else [last]

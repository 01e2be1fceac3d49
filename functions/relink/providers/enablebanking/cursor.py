"""Where a sync stands: the newest day known of each account, and a place within a long list.

Accounts are named by what outlives a session. The place is good for the session that it was found
in, and for a while; without it, or where the bank no longer knows it, the list is read afresh.
Pending movements found on the way are carried along, because they are told all at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from relink.bank_accounts import Transaction
from relink.providers.enablebanking.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = 1
PATIENCE = 900
CARRIED = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A place within an account's list: the next page, and how the list was asked for."""

    account: str
    key: str
    window: Window
    pages: int
    newest: date | None
    pending: tuple[Transaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What an account's next window begins with, and how far this run has come."""

    days: dict[str, date] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    place: Place | None = None
    session: str = ""
    at: int = 0

    def text(self) -> str:
        """Return it as it is stored."""
        value: dict[str, Any] = {
            "v": VERSION,
            "days": {k: d.isoformat() for k, d in sorted(self.days.items())},
        }
        if self.done or self.place:
            value |= {"done": self.done, "session": self.session, "at": self.at}
        if self.place:
            value["place"] = _packed(self.place)
        return json.dumps(value, separators=(",", ":"))

    def resumed(self, session: str, now: int) -> Cursor:
        """Return it for a run that goes on now: what another session or another day left is over.

        A later run reads all accounts again, but goes on within a list where it can.
        """
        place = self.place if self.session == session else None
        going_on = self.session == session and 0 <= now - self.at <= PATIENCE
        done = self.done if going_on else ()
        return replace(self, done=done, place=place, session=session, at=now)


def parsed(text: str) -> Cursor:
    """Return a stored cursor; one that cannot be read is none at all."""
    try:
        value = json.loads(text)
        if value["v"] != VERSION:
            return Cursor()
        place = value.get("place")
        return Cursor(
            days={k: date.fromisoformat(d) for k, d in value["days"].items()},
            done=tuple(value.get("done", ())),
            place=_unpacked(place) if place else None,
            session=value.get("session", ""),
            at=value.get("at", 0),
        )
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
        return Cursor()


def _packed(place: Place) -> dict[str, Any]:
    return {
        "account": place.account,
        "key": place.key,
        "start": place.window.start.isoformat() if place.window.start else "",
        "longest": place.window.longest,
        "pages": place.pages,
        "newest": place.newest.isoformat() if place.newest else "",
        "pending": [_packed_pending(t) for t in place.pending[:CARRIED]],
    }


def _unpacked(value: dict[str, Any]) -> Place:
    return Place(
        account=value["account"],
        key=value["key"],
        window=Window(_day(value["start"]), bool(value["longest"])),
        pages=int(value["pages"]),
        newest=_day(value["newest"]),
        pending=tuple(_unpacked_pending(row) for row in value["pending"]),
    )


def _packed_pending(t: Transaction) -> list[str]:
    value_on = t.value_on.isoformat() if t.value_on else ""
    return [t.transaction_id, str(t.amount), t.currency, t.description, t.counterparty, value_on]


def _unpacked_pending(row: list[str]) -> Transaction:
    name, amount, currency, description, counterparty, value_on = row
    return Transaction(
        account="",
        transaction_id=name,
        amount=Decimal(amount),
        currency=currency,
        description=description,
        counterparty=counterparty,
        value_on=_day(value_on),
    )


def pending_of(movements: Iterable[Transaction], account: str) -> tuple[Transaction, ...]:
    """Return the pending ones among some movements, as those of an account."""
    return tuple(replace(t, account=account) for t in movements if t.pending)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

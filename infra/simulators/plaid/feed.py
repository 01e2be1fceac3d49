"""The transactions of an item as a feed of changes, and the cursors into it."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import Account, Kind
from infra.simulators.history import DAY
from infra.simulators.plaid.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.history import Entry, Histories
    from infra.simulators.plaid.items import Item

LONGEST_PENDING = 4 * DAY
Change = tuple[str, dict[str, Any]]

TYPES = {
    Kind.CURRENT: ("depository", "checking"),
    Kind.SAVINGS: ("depository", "savings"),
    Kind.CARD: ("credit", "credit card"),
}


@dataclass(frozen=True)
class Place:
    """Where a client stands: it knows all until `seen`, and `offset` changes from there to `to`."""

    item: str
    seen: int
    to: int | None = None
    offset: int = 0

    def cursor(self) -> str:
        """Return it as the client keeps it."""
        text = json.dumps([self.item[:12], self.seen, self.to, self.offset])
        return base64.b64encode(text.encode()).decode()

    @classmethod
    def of(cls, cursor: str, item: Item) -> Place:
        """Return what a cursor stands for. Raises `RefusedError`."""
        try:
            name, seen, to, offset = json.loads(base64.b64decode(cursor, validate=True))
        except (binascii.Error, ValueError) as error:
            raise RefusedError("INVALID_FIELD", "cursor is not valid") from error
        if name != item.item_id[:12]:
            raise RefusedError("INVALID_FIELD", "cursor not associated with access_token")
        return cls(item.item_id, seen, to, offset)


@dataclass(frozen=True)
class Feed:
    """The changes of one item."""

    item: Item
    histories: Histories

    def page(self, cursor: str, count: int, until: int, now: int) -> dict[str, Any]:
        """Return a page of changes up to `until`, which is what Plaid has read at the bank."""
        place = Place.of(cursor, self.item) if cursor else Place(self.item.item_id, -1)
        to = until if place.to is None else place.to
        if place.to is not None and place.to != until:
            raise RefusedError("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
        changes = self._changes(place.seen, to, now)
        end = place.offset + count
        more = end < len(changes)
        after = replace(place, to=to, offset=end) if more else Place(self.item.item_id, to)
        found: dict[str, Any] = {"added": [], "modified": [], "removed": []}
        for kind, change in changes[place.offset : end]:
            found[kind].append(change)
        return {**found, "next_cursor": after.cursor(), "has_more": more}

    def accounts(self, until: int) -> list[dict[str, Any]]:
        """Return the accounts as Plaid tells them."""
        return [self._account(account, until) for account in self.item.accounts]

    def _changes(self, seen: int, to: int, now: int) -> list[Change]:
        first = now - self.item.days * DAY if seen < 0 else seen + 1
        found: list[tuple[int, str, Change]] = []
        change: Change
        for account in self.item.accounts:
            for entry in self.histories.posted(account, to, first, to + 1):
                change = ("added", self._transaction(account, entry, pending=False))
                found.append((entry.posted, entry.key, change))
            for entry in self.histories.pending(
                account, to, max(first, to - LONGEST_PENDING), to + 1
            ):
                change = ("added", self._transaction(account, entry, pending=True))
                found.append((entry.happened, entry.key, change))
            found += [
                (entry.posted, entry.key, ("removed", self._gone(account, entry)))
                for entry in self._held(account, seen)
                if entry.posted <= to
            ]
        return [change for _, _, change in sorted(found, key=lambda each: each[:2])]

    def _held(self, account: Account, at: int) -> list[Entry]:
        """Return what was on hold at a moment, none before the first."""
        if at < 0:
            return []
        return self.histories.pending(account, at, at - LONGEST_PENDING, at + 1)

    def _gone(self, account: Account, entry: Entry) -> dict[str, str]:
        return {
            "transaction_id": self._id(account, entry, pending=True),
            "account_id": self.item.account_id(account),
        }

    def _id(self, account: Account, entry: Entry, *, pending: bool) -> str:
        name = entry.identifier(account, pending=pending).replace("-", "")
        return f"{name}{self.item.item_id[:5]}"

    def _transaction(self, account: Account, entry: Entry, *, pending: bool) -> dict[str, Any]:
        cents = entry.held_cents if pending else entry.cents
        moment = entry.happened if pending else entry.posted
        merchant = entry.payee if entry.category else None
        held = None if pending or entry.posted == entry.happened else entry
        return {
            "transaction_id": self._id(account, entry, pending=pending),
            "account_id": self.item.account_id(account),
            "account_owner": None,
            "amount": -cents / 100,
            "iso_currency_code": account.currency,
            "unofficial_currency_code": None,
            "date": day(moment),
            "datetime": None,
            "authorized_date": day(entry.happened),
            "authorized_datetime": None,
            "name": f"{entry.payee} {entry.description}",
            "merchant_name": merchant,
            "original_description": entry.memo,
            "pending": pending,
            "pending_transaction_id": self._id(account, held, pending=True) if held else None,
            "payment_channel": "in store" if merchant else "other",
            "payment_meta": dict.fromkeys(("payee", "payer", "reason", "reference_number")),
            "location": dict.fromkeys(("address", "city", "country", "postal_code")),
            "counterparties": [{"name": entry.payee, "type": "merchant"}],
            "transaction_code": None,
            "check_number": None,
        }

    def _account(self, account: Account, until: int) -> dict[str, Any]:
        kind, subtype = TYPES[account.kind]
        owed = -1 if kind == "credit" else 1
        booked = self.histories.balance_cents(account, until)
        held = self.histories.pending_cents(account, until)
        return {
            "account_id": self.item.account_id(account),
            "balances": {
                "current": owed * booked / 100,
                "available": None if kind == "credit" else (booked + held) / 100,
                "limit": None,
                "iso_currency_code": account.currency,
                "unofficial_currency_code": None,
            },
            "mask": account.name[-5:-1],
            "name": account.name,
            "official_name": None,
            "type": kind,
            "subtype": subtype,
            "holder_category": "business",
        }


def day(moment: int) -> str:
    """Return the day of an epoch second as Plaid writes it."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date().isoformat()


def stamp(moment: int | None) -> str | None:
    """Return an epoch second as Plaid writes it."""
    if moment is None:
        return None
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""What happened on an account: a business's payments, derived from the account's name and the day.

The same day gives the same entries in every process and however often it is asked, so a history
grows as the clock advances and never changes. Every balance is the opening balance plus what has
posted. Money that leaves one account for another of the same login arrives there.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from infra.simulators.banking import Account, Kind, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

DAY = 86_400
OPENED = (dt.date(2026, 1, 1) - dt.date(1970, 1, 1)).days
SLOWEST_POSTING_DAYS = 4
KEPT_DAYS = 100_000  # days of accounts that are not computed again

# Payee, merchant category code (ISO 18245), smallest and largest amount in cents.
CUSTOMERS = (
    "Aldgate Joinery",
    "Bluefin Catering",
    "Cordoba Tiles",
    "Dune Outfitters",
    "Ebro Print",
)
SUPPLIERS = ("Fjord Packaging", "Granite Freight", "Hillside Dairy", "Isar Components")
MERCHANTS = (
    ("Café Peñalara", "5812", 450, 6_200),
    ("Kestrel Airlines", "4511", 8_900, 61_000),
    ("Lumen Software", "5734", 900, 24_900),
    ("Metro Taxi", "4121", 700, 5_400),
    ("North Fuel", "5541", 3_000, 11_000),
    ("Office Grove", "5943", 1_200, 38_000),
)
RESTAURANT = "5812"
SAVING = ("Own account", "Transfer to reserve")
SETTLEMENT = ("Own account", "Card settlement")


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment. Pending from `happened` to `posted`, both epoch seconds, and booked after.

    `held_cents` is what a pending one shows; a restaurant's tip makes the booked amount larger.
    """

    key: str
    happened: int
    posted: int
    cents: int
    held_cents: int
    payee: str
    description: str
    memo: str
    category: str | None = None

    def identifier(self, account: Account, *, pending: bool) -> str:
        """Return the id under which a bank shows it: another one once it has posted."""
        return identifier(account.seed, self.key, "pending" if pending else "posted")


class Chance:
    """Draws that are the same for the same seed: a small part of `random.Random`, and faster."""

    def __init__(self, seed: str) -> None:
        self._left = int.from_bytes(hashlib.blake2b(seed.encode()).digest())

    def number(self, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`, both included."""
        self._left, drawn = divmod(self._left, most - least + 1)
        return least + drawn

    def one_of(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.number(0, len(values) - 1)]


class Histories:
    """Computes entries and balances; keeps what a day moved, so that a balance is a short sum.

    Not safe for two threads at once: the world's lock is held around it.
    """

    def __init__(self) -> None:
        self._moved: dict[str, list[int]] = {}  # by account: cents until the end of each day
        self._card_months: dict[tuple[str, int], int] = {}
        self._days: dict[tuple[str, int], list[Entry]] = {}

    def balance_cents(self, account: Account, at: int) -> int:
        """Return the booked balance at an epoch second."""
        settled = at // DAY - SLOWEST_POSTING_DAYS
        recent = (
            entry.cents
            for day in range(max(settled, OPENED), at // DAY + 1)
            for entry in self.entries(account, day)
            if entry.posted <= at
        )
        return account.opening_cents + self._moved_before(account, settled) + sum(recent)

    def pending_cents(self, account: Account, at: int) -> int:
        """Return what is on hold at an epoch second."""
        return sum(
            entry.held_cents
            for entry in self.pending(account, at, at - SLOWEST_POSTING_DAYS * DAY, at + 1)
        )

    def posted(self, account: Account, at: int, start: int, end: int) -> list[Entry]:
        """Return what has posted in `[start, end)` and is booked at `at`, oldest first."""
        first = start // DAY - SLOWEST_POSTING_DAYS
        found = [
            entry
            for day in range(max(first, OPENED), min(end, at + 1) // DAY + 1)
            for entry in self.entries(account, day)
            if start <= entry.posted < end and entry.posted <= at
        ]
        return sorted(found, key=lambda entry: (entry.posted, entry.key))

    def pending(self, account: Account, at: int, start: int, end: int) -> list[Entry]:
        """Return what happened in `[start, end)` and has not posted yet at `at`."""
        first = max(start, at - SLOWEST_POSTING_DAYS * DAY) // DAY
        return [
            entry
            for day in range(max(first, OPENED), at // DAY + 1)
            for entry in self.entries(account, day)
            if start <= entry.happened < end and entry.happened <= at < entry.posted
        ]

    def entries(self, account: Account, day: int) -> list[Entry]:
        """Return what happens on an account on a day (days since 1970-01-01, UTC)."""
        if day < OPENED:
            return []
        if len(self._days) > KEPT_DAYS:
            self._days.clear()
        key = (account.seed, day)
        if key not in self._days:
            self._days[key] = self._compute(account, day)
        return self._days[key]

    def _compute(self, account: Account, day: int) -> list[Entry]:
        entries = _ENTRIES[account.kind](account, day, Chance(f"{account.seed}/{day}"))
        return [*entries, *self._transfers(account, day)]

    def _moved_before(self, account: Account, day: int) -> int:
        moved = self._moved.setdefault(account.seed, [0])
        while len(moved) <= day - OPENED:
            entries = self._compute(account, OPENED + len(moved) - 1)
            moved.append(moved[-1] + sum(entry.cents for entry in entries))
        return moved[max(day - OPENED, 0)]

    def _transfers(self, account: Account, day: int) -> Iterator[Entry]:
        date = _date(day)
        sign = -1 if account.kind is Kind.CURRENT else 1
        if date.day == _SAVING_DAY and account.kind is not Kind.CARD:
            cents = 100_000 + 10_000 * (int(identifier(_family(account), "saved")[:4], 16) % 20)
            yield _at(day * DAY + 32_400, "saved", sign * cents, SAVING)
        if date.day == _SETTLEMENT_DAY and account.kind is not Kind.SAVINGS:
            cents = self._card_month(account, day)
            yield _at(day * DAY + 36_000, "settled", sign * cents, SETTLEMENT)

    def _card_month(self, account: Account, day: int) -> int:
        """Return what the login's card has spent in the calendar month before this day."""
        seed = f"{_family(account)}/{Kind.CARD.value}"
        last = day - _date(day).day
        if (seed, last) not in self._card_months:
            card = Account(seed, account.bank, Kind.CARD, account.currency, 0)
            days = range(max(last - _date(last).day + 1, OPENED), last + 1)
            chances = ((d, Chance(f"{seed}/{d}")) for d in days)
            spent = sum(entry.cents for d, c in chances for entry in _card_entries(card, d, c))
            self._card_months[seed, last] = -spent
        return self._card_months[seed, last]


_SETTLEMENT_DAY, _SAVING_DAY, _PAYROLL_DAY = 5, 15, 28


def _current_entries(account: Account, day: int, chance: Chance) -> Iterator[Entry]:
    date = _date(day)
    if date.weekday() < calendar.SATURDAY:
        for number in range(chance.one_of((0, 1, 1, 2))):
            payee, cents = chance.one_of(CUSTOMERS), chance.number(18_000, 480_000)
            second = chance.number(28_800, 64_800)
            text = f"Invoice {chance.number(1_000, 9_999)}"
            yield _at(day * DAY + second, f"in{number}", cents, (payee, text))
        for number in range(chance.one_of((0, 0, 1, 2))):
            payee, cents = chance.one_of(SUPPLIERS), -chance.number(4_000, 220_000)
            second, wait = chance.number(28_800, 64_800), chance.one_of((0, 0, 0, 1))
            yield _at(day * DAY + second, f"out{number}", cents, (payee, "Direct debit"), wait)
    if date.day == 1:
        yield _at(day * DAY + 21_600, "rent", -185_000, ("Quayside Offices", "Rent"))
        yield _at(day * DAY + 25_200, "fee", -1_250, (account.bank.name, "Account fee"))
    if date.day == _PAYROLL_DAY:
        cents = -chance.number(1_900_000, 2_300_000)
        yield _at(day * DAY + 30_600, "payroll", cents, ("Payroll", "Salaries"))


def _savings_entries(account: Account, day: int, chance: Chance) -> Iterator[Entry]:
    date = _date(day)
    if date.day == calendar.monthrange(date.year, date.month)[1]:
        yield _at(
            day * DAY + 79_200,
            "interest",
            chance.number(900, 4_200),
            (account.bank.name, "Interest"),
        )


def _card_entries(_account: Account, day: int, chance: Chance) -> Iterator[Entry]:
    for number in range(chance.one_of((0, 1, 1, 2, 3))):
        payee, category, least, most = chance.one_of(MERCHANTS)
        held = -chance.number(least, most)
        tip = chance.one_of((0, 0, held // 10)) if category == RESTAURANT else 0
        second, wait = chance.number(25_200, 82_800), chance.one_of((1, 2, 3))
        entry = _at(day * DAY + second, f"card{number}", held, (payee, "Card purchase"), wait)
        yield replace(entry, cents=held + tip, category=category)


_ENTRIES = {
    Kind.CURRENT: _current_entries,
    Kind.SAVINGS: _savings_entries,
    Kind.CARD: _card_entries,
}


def _at(happened: int, name: str, cents: int, texts: tuple[str, str], wait: int = 0) -> Entry:
    """Make an entry that posts at once, or at six in the morning after `wait` days."""
    day = happened // DAY
    posted = (day + wait) * DAY + 21_600 if wait else happened
    memo = " ".join(texts).upper()
    return Entry(f"{day}.{name}", happened, posted, cents, cents, *texts, memo)


def _family(account: Account) -> str:
    return account.seed.rpartition("/")[0]


def _date(day: int) -> dt.date:
    return dt.date.fromordinal(dt.date(1970, 1, 1).toordinal() + day)

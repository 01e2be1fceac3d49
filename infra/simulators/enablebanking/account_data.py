"""Accounts, balances and movements in the API's words."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from infra.simulators.banking import NAMES, Account, Kind, identifier
from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.history import DAY, OPENED, Entry, Histories

if TYPE_CHECKING:
    from infra.simulators.enablebanking.asking import Period

TYPES = {Kind.CURRENT: "CACC", Kind.SAVINGS: "SVGS", Kind.CARD: "CARD"}
REACH_DAYS = 90


def identification_hash(account: Account) -> str:
    """Return what names an account in every session."""
    fields = base64.b64encode(b'[["account","account_id","iban"]]').decode()
    digest = hashlib.sha256(account.seed.encode()).digest()
    return f"{fields}.{base64.b64encode(digest).decode()}"


def iban(account: Account) -> str:
    """Return an IBAN whose check digits are right (ISO 13616, MOD 97-10)."""
    number = str(int(identifier(account.seed, "iban").replace("-", ""), 16))[:18]
    letters = "".join(str(ord(c) - 55) for c in account.bank.country)
    check = 98 - int(f"{number}{letters}00") % 97
    return f"{account.bank.country}{check:02d}{number}"


def described(account: Account, uid: str | None, owner: str) -> dict[str, Any]:
    """Return an `AccountResource`; a card has a masked number only."""
    masked = f"{'*' * 12}{identifier(account.seed, 'pan')[:4]}"
    card = {"iban": None, "other": {"identification": masked, "scheme_name": "CPAN"}}
    return {
        "account_id": card if account.kind is Kind.CARD else {"iban": iban(account), "other": None},
        "name": owner,
        "details": None,
        "product": NAMES[account.kind],
        "usage": "ORGA",
        "cash_account_type": TYPES[account.kind],
        "currency": account.currency,
        "uid": uid,
        "identification_hash": identification_hash(account),
        "identification_hashes": [identification_hash(account)],
    }


def balances(account: Account, histories: Histories, now: int) -> dict[str, Any]:
    """Return `HalBalances`: booked, and available with what is on hold."""
    booked = histories.balance_cents(account, now)
    held = histories.pending_cents(account, now)
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    shown = (("Booked balance", "CLBD", booked), ("Available balance", "ITAV", booked + held))
    return {
        "balances": [
            {
                "name": name,
                "balance_amount": {"currency": account.currency, "amount": money(cents)},
                "balance_type": kind,
                "last_change_date_time": moment.isoformat(),
                "reference_date": moment.date().isoformat(),
                "last_committed_transaction": None,
            }
            for name, kind, cents in shown
        ]
    }


def movements(
    account: Account, asked: Period, histories: Histories, now: int, *, fresh: bool
) -> list[dict[str, Any]]:
    """Return all that a list holds, newest first. Raises `RefusedError` for a period too long."""
    today = now // DAY
    reach = OPENED if fresh else today - REACH_DAYS
    start = reach if asked.longest else today - REACH_DAYS
    if asked.start is not None:
        start = (asked.start - dt.date(1970, 1, 1)).days
        if start < reach and not asked.longest:
            raise RefusedError("WRONG_TRANSACTIONS_PERIOD", {"message": "period out of bound"})
    start = max(start, reach)
    until = now + 1
    if asked.end is not None and not asked.longest:
        until = min(until, ((asked.end - dt.date(1970, 1, 1)).days + 1) * DAY)
    posted = histories.posted(account, now, start * DAY, until)
    waiting = histories.pending(account, now, start * DAY, until)
    found = [_movement(account, e, pending=True) for e in reversed(waiting)]
    found += [_movement(account, e, pending=False) for e in reversed(posted)]
    return [each for each in found if asked.status in {"", each["status"]}]


def page(
    found: list[dict[str, Any]], asked: Period, uid: str, size: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page and the key of the next. Raises `RefusedError` for another list's key."""
    mark = hashlib.sha256(f"{uid}/{asked.mark()}".encode()).hexdigest()[:12]
    start = 0
    if asked.key:
        try:
            theirs, start = json.loads(base64.urlsafe_b64decode(asked.key))
        except (ValueError, TypeError) as error:
            raise RefusedError("WRONG_CONTINUATION_KEY") from error
        if theirs != mark:
            raise RefusedError("WRONG_CONTINUATION_KEY")
    end = start + size
    return found[start:end], key(mark, end) if end < len(found) else None


def never_ending(found: list[dict[str, Any]], given: str, *, same: bool) -> dict[str, Any]:
    """Return a page of a list that never ends: with another key each time, or the same."""
    number = 0 if same or not given else json.loads(base64.urlsafe_b64decode(given))[1] + 1
    return {"transactions": found[:1], "continuation_key": key("on and on", number)}


def key(mark: str, start: int) -> str:
    """Return the key of the page that begins there."""
    return base64.urlsafe_b64encode(json.dumps([mark, start]).encode()).decode()


def money(cents: int) -> str:
    """Write an amount as the API's decimal text."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _movement(account: Account, entry: Entry, *, pending: bool) -> dict[str, Any]:
    cents = entry.held_cents if pending else entry.cents
    happened = dt.datetime.fromtimestamp(entry.happened, dt.UTC).date().isoformat()
    booked = dt.datetime.fromtimestamp(entry.posted, dt.UTC).date().isoformat()
    party = {"name": entry.payee}
    return {
        "entry_reference": None if pending else entry.identifier(account, pending=False),
        "merchant_category_code": entry.category,
        "transaction_amount": {"currency": account.currency, "amount": money(abs(cents))},
        "creditor": party if cents < 0 else None,
        "debtor": None if cents < 0 else party,
        "credit_debit_indicator": "DBIT" if cents < 0 else "CRDT",
        "status": "PDNG" if pending else "BOOK",
        "booking_date": None if pending else booked,
        "value_date": None if pending else booked,
        "transaction_date": happened,
        "remittance_information": [entry.description],
        "transaction_id": None,
    }

"""Accounts and movements in Powens' words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.simulators.banking import NAMES, Account, Kind, identifier
from infra.simulators.history import DAY
from infra.simulators.powens.state import State, day, written

if TYPE_CHECKING:
    from infra.simulators.history import Entry
    from infra.simulators.powens.users import Held

LONGEST_COMING = 4 * DAY
TYPES = {Kind.CURRENT: "checking", Kind.SAVINGS: "savings", Kind.CARD: "card"}
_LENGTHS = {"ES": 24, "FR": 27, "DE": 22}
_EUROS = {
    "id": "EUR",
    "symbol": "€",
    "prefix": False,
    "crypto": False,
    "precision": 2,
    "marketcap": None,
    "datetime": None,
    "name": "Euro",
}


def iban(account: Account) -> str:
    """Return an IBAN whose length and check digits are right (ISO 13616)."""
    country = account.bank.country
    length = _LENGTHS[country] - 4
    drawn = str(int(identifier(account.seed, "powens iban").replace("-", ""), 16))
    number = drawn[:length].rjust(length, "7")
    letters = "".join(str(ord(letter) - 55) for letter in country)
    return f"{country}{98 - int(f'{number}{letters}00') % 97:02d}{number}"


class Feed:
    """What Powens knows of one connection."""

    def __init__(self, state: State, held: Held) -> None:
        self._held = held
        self._histories = state.world.histories
        self._first = held.created - state.settings.days * DAY
        self._apart = state.trouble(held).kind == "source-trouble"

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts, those that are disabled, too."""
        return [self._account(n, a) for n, a in enumerate(self._held.accounts)]

    def movements(self) -> list[dict[str, Any]]:
        """Return the movements of the enabled accounts, the newest first."""
        found = []
        until = self._held.known_until
        for account in self._held.accounts:
            if account.seed not in self._held.enabled:
                continue
            posted = self._histories.posted(account, until, self._first, until + 1)
            coming = self._histories.pending(account, until, until - LONGEST_COMING, until + 1)
            found += [self._movement(account, entry, coming=False) for entry in posted]
            found += [self._movement(account, entry, coming=True) for entry in coming]
        return sorted(found, key=lambda each: (each["date"], each["id"]), reverse=True)

    def account_id(self, account: Account) -> int:
        """Return the id of an account."""
        return self._held.number(account.seed)

    def _account(self, place: int, account: Account) -> dict[str, Any]:
        until = self._held.known_until
        card = account.kind is Kind.CARD
        number = identifier(account.seed, "number").replace("-", "").upper()[:12]
        source = "other source" if self._apart and place == 1 else "source"
        enabled = account.seed in self._held.enabled
        return {
            "id": self.account_id(account),
            "id_connection": self._held.id,
            "id_user": self._held.user.id,
            "id_source": self._held.number(source),
            "id_parent": None,
            "number": f"XXXXXXXXXXXX{number[:4]}" if card else number,
            "webid": identifier(account.seed, "webid"),
            "original_name": NAMES[account.kind],
            "name": account.name,
            "balance": self._histories.balance_cents(account, until) / 100,
            "coming": self._histories.pending_cents(account, until) / 100,
            "coming_balance": 0,
            "display": True,
            "last_update": written(until),
            "deleted": None,
            "disabled": None if enabled else written(self._held.created),
            "iban": None if card else iban(account),
            "bic": None,
            "currency": _EUROS,
            "id_type": list(Kind).index(account.kind) + 1,
            "type": TYPES[account.kind],
            "usage": "ORGA",
            "ownership": "owner",
            "bookmarked": 0,
            "company_name": None,
            "opening_date": None,
            "error": None,
        }

    def _movement(self, account: Account, entry: Entry, *, coming: bool) -> dict[str, Any]:
        seen = max(self._held.seen(entry.happened), self._held.created)
        changed = seen if coming else max(self._held.seen(entry.posted), seen)
        withdrawn = self._held.withdrawn.get(f"{account.seed}/{entry.key}")
        cents = entry.held_cents if coming else entry.cents
        moment = entry.happened if coming else entry.posted
        text = f"{entry.payee} {entry.description}"
        return {
            "id": self._held.number(account.seed, entry.key),
            "id_account": self.account_id(account),
            "application_date": None,
            "date": day(moment),
            "datetime": None,
            "vdate": day(moment),
            "vdatetime": None,
            "rdate": day(entry.happened),
            "rdatetime": None,
            "value": cents / 100,
            "gross_value": None,
            "type": "card" if entry.category else "transfer",
            "original_wording": entry.memo,
            "simplified_wording": text.upper(),
            "wording": text,
            "categories": [],
            "date_scraped": written(seen),
            "coming": coming,
            "active": True,
            "id_cluster": None,
            "comment": None,
            "last_update": written(withdrawn or changed),
            "deleted": written(withdrawn),
            "original_value": None,
            "original_gross_value": None,
            "original_currency": None,
            "commission": None,
            "commission_currency": None,
            "country": None,
            "card": None,
            "counterparty": {"label": entry.payee, "type": None},
        }

    def newest(self) -> str:
        """Return what names the newest movement of the first account."""
        account = self._held.accounts[0]
        until = self._held.known_until
        entry = self._histories.posted(account, until, until - 30 * DAY, until + 1)[-1]
        return f"{account.seed}/{entry.key}"

"""Items and the tokens that open them."""

from __future__ import annotations

import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import BANKS, Account, Bank, identifier
from infra.simulators.history import DAY
from infra.simulators.plaid.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.world import Login

CONSENT_SECONDS = 180 * DAY
PUBLIC_TOKEN_SECONDS = 1_800
SYNCS_A_MINUTE = 50
HOME = "US"

INSTITUTIONS = {f"ins_{900_001 + n}": bank for n, bank in enumerate(BANKS.values())}


def institution_id(bank: Bank) -> str:
    """Return Plaid's id of a bank."""
    return next(name for name, each in INSTITUTIONS.items() if each == bank)


def token(kind: str) -> str:
    """Return a new token of Plaid's format."""
    return f"{kind}-sandbox-{uuid.UUID(bytes=secrets.token_bytes(16))}"


@dataclass
class Item:
    """One login at one bank. `generation` changes its account ids."""

    login: Login
    bank: Bank
    item_id: str
    access_token: str
    created: int
    days: int
    webhook: str | None
    consented: int
    generation: int = 0
    removed: bool = False
    _syncs: deque[int] = field(default_factory=deque)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return its accounts."""
        return self.login.accounts(self.bank)

    @property
    def consent_ends(self) -> int | None:
        """Return when the owner must renew it; banks of Plaid's home country do not ask."""
        return None if self.bank.country == HOME else self.consented + CONSENT_SECONDS

    def account_id(self, account: Account) -> str:
        """Return the id of an account: another one in every item."""
        name = identifier(account.seed, self.item_id, self.generation).replace("-", "")
        return f"{name}pL4id"

    def count_sync(self, now: int) -> None:
        """Count a request for transactions. Raises `RefusedError` for too many in a minute."""
        self._syncs.append(now)
        while self._syncs[0] <= now - 60:
            self._syncs.popleft()
        if len(self._syncs) > SYNCS_A_MINUTE:
            raise RefusedError("TRANSACTIONS_SYNC_LIMIT", "rate limit exceeded for this item")


@dataclass
class Items:
    """All items, and the public tokens that have not been exchanged."""

    by_token: dict[str, Item] = field(default_factory=dict)
    _public: dict[str, tuple[Item, int]] = field(default_factory=dict)

    def add(self, login: Login, bank: Bank, now: int, days: int, webhook: str | None) -> Item:
        """Make an item; only a public token leads to it yet."""
        item_id = secrets.token_urlsafe(28)[:37]
        item = Item(login, bank, item_id, token("access"), now, days, webhook, now)
        self.by_token[item.access_token] = item
        return item

    def public_token(self, item: Item, now: int) -> str:
        """Return a token that can be exchanged once, within half an hour."""
        made = token("public")
        self._public[made] = (item, now + PUBLIC_TOKEN_SECONDS)
        return made

    def exchange(self, public_token: str, now: int) -> Item:
        """Spend a public token."""
        item, until = self._public.pop(public_token, (None, 0))
        if item is None or now >= until:
            raise RefusedError("INVALID_PUBLIC_TOKEN", "could not find matching public token")
        return item

    def item(self, access_token: str) -> Item:
        """Return the item of a token."""
        item = self.by_token.get(access_token)
        if item is None:
            raise RefusedError("INVALID_ACCESS_TOKEN", "could not find matching access token")
        if item.removed:
            raise RefusedError("ITEM_NOT_FOUND", "The Item you requested cannot be found.")
        return item

    def of(self, login: str) -> list[Item]:
        """Return the live items of a login."""
        return [i for i in self.by_token.values() if i.login.name == login and not i.removed]

    def forget(self, login: str) -> None:
        """Forget a login's items."""
        self.by_token = {k: v for k, v in self.by_token.items() if v.login.name != login}
        self._public = {k: v for k, v in self._public.items() if v[0].login.name != login}

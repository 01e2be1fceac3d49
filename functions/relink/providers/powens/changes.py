"""The movements since the last sync: page after page, as one set of changes.

Powens filters by when it last changed a movement (`last_update`), so a posted, an altered and a
withdrawn one all come again. The time is its own, written as it writes it: ours would be another.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from relink.failures import ProviderError
from relink.providers.powens.movements import LIMIT, Page
from relink.providers.transport import bad_answer
from relink.providers.wire import day_of

if TYPE_CHECKING:
    from datetime import date

    from relink.bank_accounts import Transaction
    from relink.providers.powens.access import Access
    from relink.providers.powens.client import Client
    from relink.providers.powens.movements import Movement

PATH: Final = "/users/me/transactions"
PAGES: Final = 20
OVERLAP: Final = 600
"""Seconds that are read twice: what Powens was storing while we read has an earlier time."""
RESERVE: Final = 10
"""Seconds of a call that are left when no further page is begun."""
LOST_PAGE: Final = frozenset({"404", "410", "error:invalidValue", "error:missingParameter"})


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the movements of one connection are known up to.

    `known` and `newest` are times of changes; they are the same between two runs. `page` is where
    an unfinished run goes on.
    """

    known: int = 0
    newest: int = 0
    page: str = ""

    @classmethod
    def of(cls, kept: str, access: Access) -> Cursor:
        """Return the cursor that was kept, if it is one of this connection."""
        if not kept:
            return cls()
        connection, known, newest, page = json.loads(kept)
        return cls(known, newest, page) if connection == access.connection else cls()

    def kept(self, access: Access) -> str:
        """Return it as a text to keep."""
        parts = [access.connection, self.known, self.newest, self.page]
        return json.dumps(parts, separators=(",", ":"))

    @property
    def fresh(self) -> bool:
        """Tell whether nothing is known yet."""
        return self == Cursor()


@dataclass(slots=True)
class Found:
    """What a run has brought so far: of several mentions of one movement, the last counts."""

    added: dict[tuple[str, str], Transaction] = field(default_factory=dict)
    modified: dict[tuple[str, str], Transaction] = field(default_factory=dict)
    removed: dict[tuple[str, str], None] = field(default_factory=dict)

    def take(self, movement: Movement, currency: str, known: int) -> None:
        """Add a movement; one that Powens had seen before `known` may be another now."""
        key = (movement.id_account, movement.id)
        told = movement.in_our_terms(currency)
        for place in (self.added, self.modified, self.removed):
            place.pop(key, None)
        if movement.deleted:
            self.removed[key] = None
        elif told is not None:
            seen = movement.date_scraped is not None and movement.date_scraped <= known
            (self.modified if seen else self.added)[key] = told


@dataclass
class Run:
    """One call's share of the changes of some accounts: `currencies` by account."""

    client: Client
    access: Access
    currencies: dict[str, str]
    now: int
    until: float
    since: int | None = None

    def run(self, cursor: Cursor) -> tuple[Found, Cursor, bool]:
        """Return what was found, where it ended, and whether there is more."""
        try:
            return self._pages(cursor)
        except ProviderError as error:
            if not cursor.page or error.provider_code not in LOST_PAGE:
                raise
        return self._pages(replace(cursor, page=""))

    def _pages(self, cursor: Cursor) -> tuple[Found, Cursor, bool]:
        found, seen = Found(), set[str]()
        for _ in range(PAGES):
            address = cursor.page or self._first(cursor)
            if address in seen:
                raise bad_answer("pages without end")
            seen.add(address)
            page = self._page(address)
            newest = max([cursor.newest, *(m.changed_at for m in page.transactions)])
            cursor = replace(cursor, newest=newest, page=self._next(page, address))
            self._take(page, found, cursor)
            if not cursor.page:
                return found, Cursor(newest, newest), False
            if time.monotonic() >= self.until - RESERVE:
                break
        return found, cursor, True

    def _page(self, address: str) -> Page:
        left = max(self.until - time.monotonic(), 1.0)
        return self.client.get(address, Page, self.now, self.access, left)

    def _take(self, page: Page, found: Found, cursor: Cursor) -> None:
        first = day_of(self.since) if self.since is not None and not cursor.known else None
        for movement in page.transactions:
            currency = self.currencies.get(movement.id_account)
            if currency is not None and not _is_before(movement, first):
                found.take(movement, currency, cursor.known)

    def _first(self, cursor: Cursor) -> str:
        """Return the first page. A withdrawn movement matters only where it may be known."""
        asked = {"limit": str(LIMIT)}
        if cursor.known:
            asked["last_update"] = _written(cursor.known - OVERLAP)
            return f"{PATH}?{urlencode(asked)}&all"
        if self.since is not None:
            asked |= {"filter": "date", "min_date": day_of(self.since).isoformat()}
        return f"{PATH}?{urlencode(asked)}"

    def _next(self, page: Page, address: str) -> str:
        """Return where the next page is, nothing after the last one.

        The link is used as it is but for its host: our token goes to no other than our own.
        """
        if page.links is None:
            return _offset(address) if len(page.transactions) >= LIMIT else ""
        if page.links.next is None:
            return ""
        parts, root = urlsplit(page.links.next.href), urlsplit(self.client.root).path
        path = parts.path.removeprefix(root)
        if not path.startswith("/users/") or ".." in path:
            raise bad_answer("a page elsewhere")
        return f"{path}?{parts.query}" if parts.query else path


def _is_before(movement: Movement, first: date | None) -> bool:
    """Tell whether a new connection tells again what an older one has told, under another id."""
    day = movement.date or movement.rdate
    return first is not None and day is not None and not movement.coming and day < first


def _offset(address: str) -> str:
    base, _, offset = address.partition("&offset=")
    return f"{base}&offset={int(offset or 0) + LIMIT}"


def _written(moment: int) -> str:
    return datetime.fromtimestamp(max(moment, 0), UTC).strftime("%Y-%m-%d %H:%M:%S")

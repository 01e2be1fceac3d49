"""The loop over `/transactions/sync`: pages from a cursor to the present, as one set of changes.

If the data change meanwhile, Plaid wants the whole loop again from the cursor it began with, and
its pages thrown away (OpenAPI description, `/transactions/sync`). A loop too long for one call
goes on in the next, so the cursor that we keep remembers the beginning, too.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from relink.failures import ProviderError
from relink.providers.plaid import codes, messages
from relink.providers.transport import bad_answer
from relink.providers.wire import bounded

if TYPE_CHECKING:
    from relink.bank_accounts import Transaction
    from relink.providers.plaid.access import Access
    from relink.providers.plaid.client import Client

COUNT: Final = 500
PAGES: Final = 40
RESTARTS: Final = 3
RESERVE: Final = 10
"""Seconds of a call that are left for what follows the loop."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a loop began and where it stands; both are the same between two loops."""

    began: str = ""
    stands: str = ""

    @classmethod
    def of(cls, kept: str, access: Access) -> Cursor:
        """Return the cursor that was kept, if it is one of this item."""
        if not kept:
            return cls()
        tag, began, stands = json.loads(kept)
        return cls(began, stands) if tag == access.tag else cls()

    def kept(self, access: Access) -> str:
        """Return it as a text to keep, nothing if there is nothing to go on from."""
        if not self.stands:
            return ""
        return json.dumps([access.tag, self.began, self.stands], separators=(",", ":"))


@dataclass(slots=True)
class Found:
    """What a loop has brought so far: of several changes of one movement, the last counts."""

    accounts: dict[str, messages.BankAccount] = field(default_factory=dict)
    added: dict[tuple[str, str], Transaction] = field(default_factory=dict)
    modified: dict[tuple[str, str], Transaction] = field(default_factory=dict)
    removed: dict[tuple[str, str], None] = field(default_factory=dict)
    ready: bool = True

    def take(self, page: messages.Changes) -> None:
        """Add a page."""
        bounded(page.accounts, len(page.added) + len(page.modified) + len(page.removed))
        self.accounts |= {a.account_id: a for a in page.accounts}
        for movement in page.added:
            key = (movement.account_id, movement.transaction_id)
            self._forget(key)
            self.added[key] = movement.transaction()
        for movement in page.modified:
            key = (movement.account_id, movement.transaction_id)
            place = self.added if key in self.added else self.modified
            self._forget(key)
            place[key] = movement.transaction()
        for gone in page.removed:
            key = (gone.account_id, gone.transaction_id)
            self._forget(key)
            self.removed[key] = None
        self.ready = page.transactions_update_status != "NOT_READY"

    def _forget(self, key: tuple[str, str]) -> None:
        for place in (self.added, self.modified, self.removed):
            place.pop(key, None)


@dataclass
class Loop:
    """One call's share of a loop."""

    client: Client
    access: Access
    now: int
    seconds: float

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds

    def run(self, cursor: Cursor) -> tuple[Found, Cursor, bool]:
        """Return what was found, where it ended, and whether there is more.

        Raises `ProviderError`: also if the data have changed under several loops in a row.
        """
        for restart in range(RESTARTS + 1):
            begin = cursor if restart == 0 else Cursor(cursor.began, cursor.began)
            try:
                return self._pages(begin)
            except ProviderError as error:
                if error.provider_code != codes.MUTATION or restart == RESTARTS:
                    raise
        raise AssertionError  # pragma: no cover - the last round returns or raises

    def _pages(self, cursor: Cursor) -> tuple[Found, Cursor, bool]:
        found = Found()
        for _ in range(PAGES):
            page = self._page(cursor.stands)
            found.take(page)
            if page.has_more and page.next_cursor in {"", cursor.stands}:
                raise bad_answer("pages without end")
            cursor = replace(cursor, stands=page.next_cursor or cursor.stands)
            if not page.has_more:
                return found, Cursor(cursor.stands, cursor.stands), False
            if time.monotonic() >= self._until - RESERVE:
                break
        return found, cursor, True

    def _page(self, cursor: str) -> messages.Changes:
        content: dict[str, Any] = {
            "access_token": self.access.token,
            "count": COUNT,
            "options": {"include_original_description": True},
        }
        if cursor:
            content["cursor"] = cursor
        left = max(self._until - time.monotonic(), 1.0)
        return self.client.post("/transactions/sync", messages.Changes, self.now, left, **content)

"""One sync: how the connection is, its accounts, and what has changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from relink.failures import NeedsOwner, ProviderError
from relink.provider import SyncResult
from relink.providers.powens import codes, health
from relink.providers.powens.access import Access
from relink.providers.powens.changes import Cursor, Found, Run
from relink.providers.powens.messages import NO_CURRENCY, BankAccount, active
from relink.providers.powens.progress import CONNECTIONS, accounts_of

if TYPE_CHECKING:
    from relink.connection import Bank
    from relink.provider import Call
    from relink.providers.powens.client import Client
    from relink.providers.powens.messages import Connection as Told

REFRESH_SECONDS: Final = 20.0
REQUEST_SECONDS: Final = 30.0


class Visit:
    """One page of one connection's sync."""

    def __init__(self, client: Client, bank: Bank, call: Call) -> None:
        self._client = client
        self._bank = bank
        self._call = call
        self._access = Access.of(call.secret)
        self._cursor = Cursor.of(call.cursor, self._access)
        self._until = time.monotonic() + call.deadline - call.now

    def result(self) -> SyncResult:
        """Return what Powens knows. Raises what the connection's state says, if it is of all."""
        if self._call.presence is not None and not self._cursor.page:
            self._refresh()
        told = self._told()
        trouble = health.trouble(told, self._call.now)
        if trouble is not None and not health.may_be_in_part(told):
            raise trouble
        accounts = self._accounts()
        if trouble is not None and not health.in_part(told, accounts):
            raise trouble
        found, cursor, more = self._changes(accounts)
        return SyncResult(
            accounts=tuple(a.in_our_terms(self._bank.bank_id) for a in accounts),
            added=tuple(found.added.values()),
            modified=tuple(found.modified.values()),
            removed=tuple(found.removed),
            next_cursor=cursor.kept(self._access),
            has_more=more,
            incremental=more or not self._cursor.fresh,
            consent_expires_at=told.expires_at,
            reference=self._access.connection,
            account_errors=dict(health.account_errors(told, accounts, self._call.now)),
            trouble=health.staleness(told, self._call.now),
        )

    def _refresh(self) -> None:
        """Have the bank read now. Whatever is wrong with that, the state tells better."""
        path = f"{CONNECTIONS}/{self._access.connection}?psu_requested=true"
        seconds = min(REFRESH_SECONDS, self._left / 2)
        try:
            self._client.call("PUT", path, self._call.now, self._access, seconds=seconds)
        except NeedsOwner:
            raise
        except ProviderError:
            return

    def _told(self) -> Told:
        asked = {"expand": "sources"}
        return self._client.connection(self._access, self._call.now, self._seconds, asked)

    def _accounts(self) -> tuple[BankAccount, ...]:
        """Return the accounts that may be read. Raises if there are none."""
        everything = accounts_of(self._client, self._access, self._call.now, self._seconds)
        readable = active(everything)
        if not everything:
            raise codes.PENDING.error("no accounts yet")
        if not readable:
            raise codes.NO_ACCOUNT.error("error:noAccount")
        return readable

    def _changes(self, accounts: tuple[BankAccount, ...]) -> tuple[Found, Cursor, bool]:
        """Return what has changed; nothing yet where Powens is busy reading the bank."""
        currencies = {a.id: a.currency or NO_CURRENCY for a in accounts}
        since = self._call.since
        if since is None:  # a history goes back to where the first sync of this connection did
            since = self._access.known_until
        run = Run(self._client, self._access, currencies, self._call.now, self._until, since)
        try:
            return run.run(self._cursor)
        except ProviderError as error:
            if error.provider_code != codes.LOCKED or self._cursor.fresh:
                raise
        return Found(), self._cursor, False

    @property
    def _left(self) -> float:
        return max(self._until - time.monotonic(), 1.0)

    @property
    def _seconds(self) -> float:
        return min(REQUEST_SECONDS, self._left)

"""What is there before the first made-up request: something to find behind each kind of name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from relink import unsubscribing
from relink.bank_accounts import Account, Transaction, identity
from relink.connection import Bank, Connection, Method
from relink.failures import NeedsOwner
from relink.ledger import Ledger
from relink.links import issue, link_for
from relink.notices import Notice, Notices, Topic
from relink.provider import SyncResult
from relink.reasons import Reason
from relink.repository import Connections
from relink.signing import KeyRing
from relink.trail import Trail
from relink.transitions import Synced, failed, synced

if TYPE_CHECKING:
    from infra.local.stack import Stack

OWNER: Final = "own_fuzz"
WORKSPACE: Final = "ws_fuzz"
BANK: Final = Bank("ria", "Banco de la Ría", "ES", "simplefin", Method.TOKEN)
EACH: Final = 40
"""Connections of a kind: many are given up on the way."""
WRONG: Final = NeedsOwner(Reason.CREDENTIALS_REJECTED, provider_code="403")


@dataclass
class Seeds:
    """Fills a stack's tables; `names` says what may stand where in a request."""

    stack: Stack
    each: int = EACH

    def __post_init__(self) -> None:
        client = self.stack.clients("dynamodb")
        trail = Trail(client, self._table("LedgerTable"))
        self._ledger = Ledger(client, self._table("LedgerTable"))
        self._connections = Connections(client, self._table("ConnectionsTable"), trail)
        self._notices = Notices(client, self._table("OwnersTable"))
        self._now = int(self.stack.clock.now())
        secret = self.stack.attributes["LinkKeySecret"]["Ref"]
        secrets = self.stack.clients("secretsmanager")
        self._keys = KeyRing(secrets, secret, lambda: self._now).keys()

    def sow(self) -> dict[str, list[str]]:
        """Make green, red and new connections; return names by the parameter that takes them."""
        made = [self._made(n) for n in range(3 * self.each)]
        accounts = {a.account_id for c in made[:3] for a in self._ledger.accounts(c.connection_id)}
        red = [c for c in made if c.red_since is not None]
        return {
            "connection_id": [c.connection_id for c in made],
            "account_id": sorted(accounts),
            "account": sorted(accounts),
            "token": [
                *(issue(link_for(c, self._now), self._keys) for c in made[:12]),
                *(unsubscribing.issue(owner, self._keys) for owner in (OWNER, "own_2", "own_3")),
            ],
            "notification_id": [self._told(c).notice_id for c in red],
            "provider": ["plaid", "powens", "enablebanking"],
            "file": ["pages.css", "icon.svg"],
        }

    def _made(self, number: int) -> Connection:
        """Return a stored connection: every third one green, red, or without credentials."""
        new = Connection(
            connection_id=f"con_fuzz_{number:04}",
            workspace_id=WORKSPACE,
            owner_id=OWNER,
            bank=BANK,
            created_at=self._now - 1_000_000,
            since=self._now - 1_000_000,
        )
        self._connections.create(new)
        if number % 3 == 2:  # noqa: PLR2004 - the third kind
            return new
        green = synced(replace(new, credentials_version=1), Synced("d"), self._now - 500_000)
        self._connections.save(new, green, expect=())
        if number < self.each:
            self._fetch(green)
        if number % 3 == 0:
            return green
        red = failed(green, WRONG, self._now - 400_000, counted=False)
        self._connections.save(green, red, expect=())
        return red

    def _fetch(self, connection: Connection) -> None:
        accounts = [Account(n, (identity("iban", n),), f"Account {n}", "EUR") for n in "12"]
        first = dt.date(2025, 1, 1)
        movements = tuple(
            Transaction(
                account="12"[n % 2],
                transaction_id=f"t{n}",
                amount=Decimal(n) / 100,
                currency="EUR",
                description=f"No. {n}",
                booked_on=first + dt.timedelta(days=n) if n else None,
            )
            for n in range(10)
        )
        result = SyncResult(tuple(accounts), added=movements)
        self._ledger.store(connection.connection_id, result, self._now)

    def _told(self, red: Connection) -> Notice:
        notice = Notice(
            owner_id=OWNER,
            connection_id=red.connection_id,
            topic=Topic.RED,
            moment=red.red_since or 0,
            created_at=self._now,
            bank_name=red.bank.name,
        )
        self._notices.add(notice)
        return notice

    def _table(self, logical_id: str) -> Any:
        return self.stack.attributes[logical_id]["Ref"]

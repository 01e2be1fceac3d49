"""A sync among stand-ins: a shelf for the connection, a ledger of lists, a vault without a lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from relink.accounts import StoredAccount, match
from relink.provider import Secret, SyncResult
from relink.writes import Conflict
from sync.credentials.vault import Sealed
from sync.visits.syncing import Syncer
from sync.visits.visit import Told, Visit
from tests.fakes import NOON, Clock, FakeProvider, connection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relink.changes import Changes
    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.repository import Connections
    from sync.credentials.vault import Vault

MINUTES = 120
"""Seconds that a visit has."""


@dataclass
class Shelf:
    """One stored connection."""

    stored: Connection
    table: str = "Connections"

    def get(self, connection_id: str) -> Connection | None:
        """Return it."""
        return self.stored if self.stored.connection_id == connection_id else None

    def save(self, before: Connection, after: Connection, *, expect: Iterable[str]) -> None:
        """Replace it, if it is as expected."""
        if any(getattr(self.stored, n) != getattr(before, n) for n in expect):
            raise Conflict
        self.stored = after


@dataclass
class FakeLedger:
    """The pages that were stored, in their order."""

    pages: list[SyncResult] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    fault: Exception | None = None

    def accounts(self, connection_id: str) -> list[StoredAccount]:
        """Return the accounts of all pages."""
        shown = {a.provider_id: a for page in self.pages for a in page.accounts}
        ids = match(connection_id, shown.values(), [])
        return [
            StoredAccount(
                account_id=ids[a.provider_id],
                identities=a.identities,
                bank_name=a.name,
                currency=a.currency,
            )
            for a in shown.values()
        ]

    def cursor(self, connection_id: str, place: str) -> str:
        """Return where the last sync ended."""
        del place
        return self.cursors.get(connection_id, "")

    def store(
        self, connection_id: str, result: SyncResult, now: int, place: str, changes: Changes
    ) -> dict[str, str]:
        """Keep a page."""
        del now, place
        changes.as_told(result)
        if self.fault:
            raise self.fault
        self.pages.append(result)
        self.cursors[connection_id] = result.next_cursor
        return match(connection_id, result.accounts, [])


class OpenVault:
    """Credentials that lie open."""

    def read(self, made: Connection) -> Sealed:
        """Return the credentials of a connection's own version."""
        return Sealed(made.credentials_version, made.rotation, b"box")

    def open(self, made: Connection, box: bytes) -> Secret:
        """Return what is in the box."""
        del made
        return Secret(box)


@dataclass
class Desk:
    """A visit to be made, and everything around it."""

    provider: FakeProvider = field(default_factory=FakeProvider)
    clock: Clock = field(default_factory=Clock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    shelf: Shelf = field(default_factory=lambda: Shelf(claimed()))

    def play(self, *answers: SyncResult | Exception) -> Desk:
        """Tell the bank what to answer, page by page."""
        self.provider.syncs.extend(answers)
        return self

    def visit(self, *, cursor: str | None = "", known: str = "", counted: bool = True) -> Told:
        """Make the visit."""
        syncer = Syncer(
            client=cast("Any", None),
            connections=cast("Connections", self.shelf),
            ledger=cast("Ledger", self.ledger),
            vault=cast("Vault", OpenVault()),
            provider=lambda _: self.provider,
            time=self.clock,
        )
        deadline = NOON + MINUTES
        visit = Visit(self.shelf.stored, deadline, counted=counted, known=known)
        return syncer.sync(visit, None, cursor)


def claimed(**facts: Any) -> Connection:
    """Return a connection that a run has just claimed."""
    return connection(
        **{"lease": "run", "lease_until": NOON + 180, "calls": (NOON, 9, 8, 7), **facts},
    )

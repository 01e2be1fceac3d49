"""The owner's API for his workspace's connections: what there is, a new one, a link to mend one.

API Gateway has verified the token before we are called; that the object belongs to the caller's
workspace is checked here, and what does not is not there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.api.asking import Query
from reconnect.api.caller import Caller, NotFound, caller_of, own_connection
from reconnect.api.connection_views import bank_notices, connection_view, reader_view
from reconnect.api.pausing import TOUCHED, automatic
from reconnect.api.revalidating import kept
from reconnect.deciding import decided
from reconnect.explaining import iso
from reconnect.visit import JSON, below
from relink.connection import Connection
from relink.disconnecting import disappears
from relink.links import issue, link_for
from relink.reader import Reader
from relink.writes import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.api.bodies import BankBody
    from reconnect.api.workspace_pages import WorkspacePages
    from reconnect.shapes.connections import (
        ConnectionShape,
        ConnectionsShape,
        LinkShape,
        NewConnectionShape,
    )
    from reconnect.visit import Visit
    from relink.accounts import StoredAccount
    from relink.connection import Bank
    from relink.ledger import Ledger
    from relink.outages import Outage
    from relink.owners import Owners
    from relink.repository import Connections
    from relink.signing import KeyRing

WIDTH: Final = 8
"""Reads at once, within the connections that a client of boto3 keeps."""


@dataclass(frozen=True, slots=True)
class ConnectionsApi:
    """Answers what is asked of connections; `outages` tells which banks are down for everybody.

    `chosen` returns the bank that a way leads to at a moment, or raises `Invalid`.

    Each raises `NoWorkspace` for a token that names none; those with an id raise `NotFound`,
    those with a body what `Visit.body` and `bodies.read` raise.
    """

    connections: Connections
    pages: WorkspacePages
    ledger: Ledger
    owners: Owners
    keys: KeyRing
    outages: Callable[[], Mapping[str, Outage]]
    chosen: Callable[[BankBody, int], Bank]
    public_url: str
    log: Logger

    def list_connections(self, visit: Visit, now: int) -> Response[str]:
        """Return a page of the workspace's connections, oldest first, and which banks are down.

        `disconnected=true` adds those that were given up. Raises `Invalid` for a bad query.
        """
        caller, query = caller_of(visit.claims), Query.of(visit.query)
        profile, also = self.owners.profile(caller.owner_id), query.flag("disconnected")
        reader = Reader.of(profile, visit.language)
        page = query.page("connections", caller.workspace_id, str(also))
        found = self.pages.read(
            caller.workspace_id,
            page.after,
            page.limit + 1,
            lambda c: not disappears(c) and (also or not c.disconnected_at),
        )
        shown, more = found[: page.limit], len(found) > page.limit
        told: ConnectionsShape = {
            "reader": reader_view(profile, reader),
            "connections": self._views(shown, reader, now),
            "bank_notices": bank_notices(shown, self.outages(), reader),
            "next_cursor": page.cursor(shown[-1].connection_id) if more else None,
        }
        return kept(visit, told)

    def read_connection(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Return one connection."""
        caller = caller_of(visit.claims)
        connection = self._connection(caller, connection_id)
        return kept(visit, self._view(connection, self._reader(caller, visit), now))

    def change(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Have the schedule sync a connection, or not; return it as it then is.

        Raises `Conflict` if others kept changing the connection.
        """
        from reconnect.api.bodies import read  # noqa: PLC0415 - a start without Pydantic
        from reconnect.api.change_bodies import ConnectionChange  # noqa: PLC0415

        caller = caller_of(visit.claims)
        self._connection(caller, connection_id)
        wanted = read(ConnectionChange, visit.body(JSON)).auto_sync
        after = decided(lambda: self._switch(caller, connection_id, wanted=wanted))
        return answers.document(self._view(after, self._reader(caller, visit), now))

    def connect(self, visit: Visit, seed: str, now: int) -> Response[str]:
        """Make a connection that waits for its credentials; return the link that takes them.

        The same seed makes the same one, and so none besides. Raises `Conflict` if others kept it
        from being written.
        """
        from reconnect.api.bodies import ConnectBody, read  # noqa: PLC0415 - a start without Pydantic

        caller = caller_of(visit.claims)
        wanted = read(ConnectBody, visit.body(JSON)).bank
        connection = Connection(
            connection_id=f"con_{seed}",
            workspace_id=caller.workspace_id,
            owner_id=caller.owner_id,
            bank=self.chosen(wanted, now),
            created_at=now,
            since=now,
            spread=self.pages.many(caller.workspace_id),
        )
        reader = self._known(caller, visit)
        try:
            self.connections.create(connection)
        except Conflict as conflict:
            try:
                connection = self._connection(caller, connection.connection_id)
            except NotFound:
                raise conflict from None
        self.log.info("connection made", connection_id=connection.connection_id)
        view = connection_view(connection, (), reader, now)
        link = self._link(connection, visit, now)
        told: NewConnectionShape = {
            **view,
            "connect_url": link["url"],
            "connect_url_expires_at": link["expires_at"],
        }
        where = below(self.public_url, f"/connections/{connection.connection_id}")
        return answers.document(told, 201, {"Location": where})

    def reconnect(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Return a fresh link to a connection's reconnect page."""
        connection = self._connection(caller_of(visit.claims), connection_id)
        return answers.document(self._link(connection, visit, now))

    def _switch(self, caller: Caller, connection_id: str, *, wanted: bool) -> Connection:
        before = self._connection(caller, connection_id)
        after = automatic(before, wanted=wanted)
        self.connections.save(before, after, expect=TOUCHED)
        return after

    def _connection(self, caller: Caller, connection_id: str) -> Connection:
        return own_connection(self.connections, caller, connection_id)

    def _views(
        self, connections: Sequence[Connection], reader: Reader, now: int
    ) -> list[ConnectionShape]:
        """Return a page of views; their accounts lie apart, so they are read side by side."""
        with ThreadPoolExecutor(WIDTH) as threads:
            found = threads.map(self._accounts, connections)
            return [
                connection_view(c, accounts, reader, now)
                for c, accounts in zip(connections, found, strict=True)
            ]

    def _view(self, connection: Connection, reader: Reader, now: int) -> ConnectionShape:
        return connection_view(connection, self._accounts(connection), reader, now)

    def _accounts(self, connection: Connection) -> Sequence[StoredAccount]:
        """Return a connection's accounts; one that never had credentials has none."""
        never = connection.credentials_version == 0
        return () if never else self.ledger.accounts(connection.connection_id)

    def _link(self, connection: Connection, visit: Visit, now: int) -> LinkShape:
        link = link_for(connection, now)
        url = f"{visit.root(self.public_url)}/reconnect/{issue(link, self.keys.keys())}"
        return {"url": url, "expires_at": iso(link.expires_at)}

    def _reader(self, caller: Caller, visit: Visit) -> Reader:
        return Reader.of(self.owners.profile(caller.owner_id), visit.language)

    def _known(self, caller: Caller, visit: Visit) -> Reader:
        """See to it that the owner of a connection can be reached when it turns red.

        By the address that his token says, its form tells whom it is for (`opened_link`).
        """
        guess, known = caller.guess(visit.language), {"login_email": caller.email}
        return Reader.of(self.owners.change_profile(guess, known), visit.language)

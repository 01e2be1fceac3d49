"""The owner's API: his workspace's connections, their links, his notices, his profile.

API Gateway has verified the token before we are called; that the object belongs to the caller's
workspace is checked here, and what does not is not there.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconnect import answers
from reconnect.api_views import bank_notices, connection_view, notice_view, profile_view
from reconnect.caller import ID_LIMIT, Caller, caller_of
from reconnect.reporting import iso
from relink.connection import Bank, Connection
from relink.links import issue, link_for
from relink.owners import Profile
from relink.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.visit import Visit
    from relink.ledger import Ledger
    from relink.links import KeyRing
    from relink.outages import Outage
    from relink.owners import Owners
    from relink.repository import Connections

JSON = "application/json"


class NotFound(Exception):
    """There is no such object in the caller's workspace."""


@dataclass(frozen=True, slots=True)
class OwnersApi:
    """Answers the owner's requests; `outages` tells which banks are down for everybody.

    Each raises `NoWorkspace` for a token that names none; those with an id raise `NotFound`,
    those with a body what `Visit.body` and `bodies.read` raise.
    """

    connections: Connections
    ledger: Ledger
    owners: Owners
    keys: KeyRing
    outages: Callable[[], Mapping[str, Outage]]
    public_url: str
    log: Logger

    def list_connections(self, visit: Visit, now: int) -> Response[str]:
        """Return the workspace's connections, oldest first."""
        caller = caller_of(visit.claims)
        reader = self._reader(caller, visit)
        found = self.connections.in_workspace(caller.workspace_id)
        return answers.document(
            {
                "connections": [self._view(c, reader, now) for c in found],
                "bank_notices": bank_notices(found, self.outages(), reader),
            }
        )

    def read_connection(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Return one connection."""
        caller = caller_of(visit.claims)
        connection = self._connection(caller, connection_id)
        return answers.document(self._view(connection, self._reader(caller, visit), now))

    def connect(self, visit: Visit, now: int) -> Response[str]:
        """Make a connection that waits for its credentials; return the link that takes them."""
        from reconnect.bodies import ConnectBody, read  # noqa: PLC0415 - a start without Pydantic

        caller = caller_of(visit.claims)
        wanted = read(ConnectBody, visit.body(JSON)).bank
        connection = Connection(
            connection_id=f"con_{secrets.token_hex(10)}",
            workspace_id=caller.workspace_id,
            owner_id=caller.owner_id,
            bank=Bank(wanted.bank_id, wanted.name, wanted.country, wanted.provider, wanted.method),
            created_at=now,
            since=now,
        )
        reader = self._known(caller, visit)
        self.connections.create(connection)
        self.log.info("connection made", connection_id=connection.connection_id)
        view = connection_view(connection, (), reader, now)
        link = self._link(connection, visit, now)
        return answers.document(
            {**view, "connect_url": link["url"], "connect_url_expires_at": link["expires_at"]},
            201,
            {"Location": f"/connections/{connection.connection_id}"},
        )

    def reconnect(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Return a fresh link to a connection's reconnect page."""
        connection = self._connection(caller_of(visit.claims), connection_id)
        return answers.document(self._link(connection, visit, now))

    def notifications(self, visit: Visit) -> Response[str]:
        """Return the caller's notices whose incident is not over: no ghost of one that is."""
        caller = caller_of(visit.claims)
        reader = self._reader(caller, visit)
        shown = []
        for notice in self.owners.notices(caller.owner_id):
            if notice.cleared_at is None and notice.dismissed_at is None:
                connection = self.connections.get(notice.connection_id)
                if connection and _stands(connection, notice.red_since, caller):
                    shown.append(notice_view(notice, connection, reader))
        return answers.document({"notifications": shown})

    def read_profile(self, visit: Visit) -> Response[str]:
        """Return how the caller is reached; what nobody has said is guessed from his request."""
        caller = caller_of(visit.claims)
        profile = self.owners.profile(caller.owner_id) or _guessed(caller, visit)
        return answers.document(profile_view(profile))

    def write_profile(self, visit: Visit) -> Response[str]:
        """Store how the caller is reached, and return it."""
        from reconnect.bodies import ProfileBody, read  # noqa: PLC0415 - a start without Pydantic

        caller = caller_of(visit.claims)
        wanted = read(ProfileBody, visit.body(JSON))
        before = self.owners.profile(caller.owner_id) or _guessed(caller, visit)
        profile = replace(
            before,
            workspace_id=caller.workspace_id,
            email=wanted.email,
            language=wanted.language,
            time_zone=wanted.time_zone,
        )
        self.owners.save_profile(profile)
        return answers.document(profile_view(profile))

    def _connection(self, caller: Caller, connection_id: str) -> Connection:
        connection = None
        if len(connection_id) <= ID_LIMIT:
            connection = self.connections.get(connection_id)
        if connection is None or not caller.may_see(connection):
            raise NotFound
        return connection

    def _view(self, connection: Connection, reader: Reader, now: int) -> dict[str, Any]:
        accounts = self.ledger.accounts(connection.connection_id)
        return connection_view(connection, accounts, reader, now)

    def _link(self, connection: Connection, visit: Visit, now: int) -> dict[str, Any]:
        link = link_for(connection, now)
        url = f"{visit.root(self.public_url)}/reconnect/{issue(link, self.keys.keys())}"
        return {"url": url, "expires_at": iso(link.expires_at)}

    def _reader(self, caller: Caller, visit: Visit) -> Reader:
        return Reader.of(self.owners.profile(caller.owner_id), visit.language)

    def _known(self, caller: Caller, visit: Visit) -> Reader:
        """See to it that the owner of a connection can be reached when it turns red."""
        profile = self.owners.profile(caller.owner_id)
        if profile is None:
            profile = _guessed(caller, visit)
            self.owners.save_profile(profile)
        return Reader.of(profile, visit.language)


def _stands(connection: Connection, red_since: int, caller: Caller) -> bool:
    incident = connection.incident_since == red_since
    return incident and caller.may_see(connection)


def _guessed(caller: Caller, visit: Visit) -> Profile:
    return Profile(
        owner_id=caller.owner_id,
        workspace_id=caller.workspace_id,
        email=caller.email,
        language=visit.language,
    )

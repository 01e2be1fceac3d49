"""Who calls the owner's API: what the host app's access token says, which API Gateway verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink.disconnecting import disappears
from relink.owners import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from relink.connection import Connection
    from relink.repository import Connections

EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,189}")
ID_LIMIT = 256


class NoWorkspace(Exception):
    """The token names no owner or no workspace."""


class NotFound(Exception):
    """There is no such object in the caller's workspace, or of his own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An owner, the workspace whose connections he may see, and the address his app knows."""

    owner_id: str
    workspace_id: str
    email: str = ""

    def may_see(self, connection: Connection) -> bool:
        """Tell whether a connection belongs to the caller's workspace."""
        return connection.workspace_id == self.workspace_id

    @property
    def vouched(self) -> dict[str, str]:
        """Return what his token says of how he is reached, to be stored; it may say nothing."""
        return {"login_email": self.email} if self.email else {}

    def guess(self, language: str) -> Profile:
        """Return how he is reached, as far as can be told before anybody has said."""
        return Profile(
            owner_id=self.owner_id,
            workspace_id=self.workspace_id,
            email=self.email,
            language=language,
        )


def own_connection(connections: Connections, caller: Caller, connection_id: str) -> Connection:
    """Return a connection of the caller's workspace. Raises `NotFound`, also for one that ends."""
    connection = connections.get(connection_id) if len(connection_id) <= ID_LIMIT else None
    if connection is None or not caller.may_see(connection) or disappears(connection):
        raise NotFound
    return connection


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Return who calls. Raises `NoWorkspace`."""
    owner_id, workspace_id = _text(claims, "sub"), _text(claims, "workspace")
    if not owner_id or not workspace_id:
        raise NoWorkspace
    email = _text(claims, "email")
    trusted = EMAIL.fullmatch(email) and _text(claims, "email_verified").lower() != "false"
    return Caller(owner_id, workspace_id, email if trusted else "")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = str(claims.get(name, ""))
    return value if value.isprintable() and len(value) <= ID_LIMIT else ""

"""Who calls the owner's API: what the host app's access token says, which API Gateway verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from relink.connection import Connection

EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,189}")
ID_LIMIT = 256


class NoWorkspace(Exception):
    """The token names no owner or no workspace."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An owner, the workspace whose connections he may see, and the address his app knows."""

    owner_id: str
    workspace_id: str
    email: str = ""

    def may_see(self, connection: Connection) -> bool:
        """Tell whether a connection belongs to the caller's workspace."""
        return connection.workspace_id == self.workspace_id


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

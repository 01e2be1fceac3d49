"""The pages that owners are sent to: for whom each is, and where it leads back to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from infra.simulators.powens.connectors import Connector
    from infra.simulators.powens.users import Held, User


@dataclass(frozen=True)
class Page:
    """One visit. The bank's own page names a connection in another way than the webview does."""

    user: User
    connector: Connector
    held: Held | None
    back: str
    state: str
    until: int
    webview: bool = False

    def way_back(self, **answers: object) -> str:
        """Return the address to come back to, with what is told there."""
        told = {**answers, **({"state": self.state} if self.state else {})}
        return f"{self.back}?{urlencode(told)}"

    def done(self, held: Held) -> str:
        """Return the address to come back to with a connection."""
        return self.way_back(**{"connection_id" if self.webview else "id_connection": held.id})


@dataclass
class Pages:
    """The pages that may be visited."""

    _open: dict[str, Page] = field(default_factory=dict)

    def add(self, page: Page) -> str:
        """Return the name of a new page."""
        name = secrets.token_urlsafe(24)
        self._open[name] = page
        return name

    def at(self, name: str, now: int) -> Page | None:
        """Return a page that is still open."""
        page = self._open.get(name)
        return page if page is not None and now < page.until else None

    def close(self, name: str) -> None:
        """Let nobody visit a page any more."""
        self._open.pop(name, None)

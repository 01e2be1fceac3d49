"""What a route is: a method and a path, and what answers a request to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.event_handler import Response

    from reconnect.assembly import Services
    from reconnect.visit import Visit

_VARIABLE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who can answer it, what was sent and when, and the names in its path.

    `seed` begins the name of what is made for it: a moment in hexadecimal and 64 random bits, so
    that names are in the order of their making. One that is done again has the same seed.
    """

    services: Services
    visit: Visit
    now: int
    names: Mapping[str, str] = field(repr=False)
    seed: str

    @property
    def token(self) -> str:
        """Return the link's token in the path."""
        return self.names["token"]

    @property
    def connection_id(self) -> str:
        """Return the connection that the path names."""
        return self.names["connection_id"]


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a path (`/connections/{connection_id}`), and what answers it.

    With `once`, a request that comes again with its `Idempotency-Key` is not done again. `changes`
    marks a GET that does more than tell, so that nobody causes it by looking (HEAD).
    """

    method: str
    path: str
    answer: Callable[[Asked], Response[str]]
    once: bool = False
    changes: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the methods that it answers: HEAD as GET, without a body."""
        return ("GET", "HEAD") if self.method == "GET" and not self.changes else (self.method,)

    @property
    def key(self) -> str:
        """Return what API Gateway calls it."""
        return f"{self.method} {self.path}"

    @property
    def rule(self) -> str:
        """Return the path as Powertools writes it."""
        return _VARIABLE.sub(r"<\1>", self.path)

    def leads_to(self, path: str) -> bool:
        """Tell whether a path is this route's, whatever the method."""
        return re.fullmatch(_VARIABLE.sub("[^/]+", self.path), path) is not None

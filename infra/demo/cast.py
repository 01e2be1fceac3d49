"""Everybody in the story: the stack, its teller, the simulated banks, and the owners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.demo.narrator import Narrator, NotObservedError
from infra.demo.owner import Owner

if TYPE_CHECKING:
    from infra.local.stack import Stack

CYCLE = 6 * 3600
DAY = 86_400
GATHERED = 61
"""How long a mail waits for more of its owner's banks, and a second."""


@dataclass
class Cast:
    """Everybody in the story, and what they do besides what owners do."""

    stack: Stack
    tell: Narrator
    secrets: list[str] = field(default_factory=list)
    """What was entered and must be found nowhere."""
    spent: dict[str, str] = field(default_factory=dict)
    """Setup tokens that have been used, by the bank's name."""

    def __post_init__(self) -> None:
        self.founder = Owner(self.stack, "owner-1", "workspace-1", "owner@example.com")
        self.treasurer = Owner(self.stack, "owner-2", "workspace-2", "treasurer@example.com")

    def bank(self, method: str, path: str, body: Any = None) -> Any:
        """Use a switch of the simulated banks."""
        return self.stack.simulators.control(method, path, body)

    def mark(self) -> int:
        """Return a mark from which calls can be counted."""
        return int(self.bank("GET", "/calls")["mark"])

    def calls(self, provider: str, login: str, endpoint: str, since: int) -> int:
        """Return how often a provider was asked for something of a login since a mark."""
        query = f"provider={provider}&login={login}&endpoint={endpoint}&since={since}"
        return int(self.bank("GET", f"/calls?{query}")["total"])

    def trouble(self, provider: str, login: str, name: str, **limits: Any) -> None:
        """Let something go wrong with a login."""
        self.bank("PATCH", f"/logins/{provider}/{login}", {"trouble": name, **limits})

    def secret(self, value: str) -> str:
        """Remember what is about to be entered."""
        if value not in self.secrets:
            self.secrets.append(value)
        return value

    def credentials(self, connection_id: str) -> Any:
        """Return the sealed credentials of a connection as they are stored."""
        items = self.stack.items("CredentialsTable")
        return next(i for i in items if i["connection_id"]["S"] == connection_id)

    def pass_time(self, seconds: int) -> None:
        """Let time pass and everything that it brings come to rest."""
        self.stack.clock.advance(seconds)
        if not self.stack.settle():
            raise NotObservedError(f"the stack was still at work 30 s after {seconds} s passed")

"""Everybody in the story: the stack, its teller, the simulated banks, and the owners."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from infra.demo.narrator import Narrator, NotObservedError
from infra.demo.owner import Owner
from relink.schedule import MINUTE, SLOTS

if TYPE_CHECKING:
    from infra.local.stack import Stack

CYCLE = SLOTS * MINUTE
GATHERED = 61
"""How long a mail waits for more of its owner's banks, and a second."""
ZONE = ZoneInfo("Europe/Madrid")
"""Where the owners live; the clock on the wall is the same in Berlin."""
MOMENT = 5
"""Seconds by which a time must have come, so that whoever waited for it has."""


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
        self.colleague = Owner(self.stack, "owner-3", "workspace-1", "colleague@example.com")

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
        return self.stored("CredentialsTable", connection_id)

    def stored(self, table: str, connection_id: str) -> dict[str, Any]:
        """Return what a table holds under the id of a connection, in DynamoDB's JSON."""
        items = self.stack.items(table)
        return next(i for i in items if i["connection_id"]["S"] == connection_id)

    def today(self) -> dt.date:
        """Return the day on which the owners are."""
        return dt.datetime.fromtimestamp(self.stack.clock.now(), ZONE).date()

    def pass_until(self, day: dt.date, hour: int, minute: int = 0) -> None:
        """Let time pass until the owners' clocks show some time, and a moment more."""
        self.pass_time(math.ceil(epoch(day, hour, minute) + MOMENT - self.stack.clock.now()))

    def pass_time(self, seconds: int) -> None:
        """Let time pass and everything that it brings come to rest."""
        self.stack.clock.advance(seconds)
        if not self.stack.settle():
            raise NotObservedError(f"the stack found no rest after {seconds} s passed")


def until_ten(now: float) -> int:
    """Return how many seconds it takes until it is next ten in the morning where the owners are."""
    today = dt.datetime.fromtimestamp(now, ZONE).date()
    mornings = (epoch(today + dt.timedelta(days), 10, 0) for days in (0, 1))
    return math.ceil(next(m for m in mornings if m >= now) - now)


def epoch(day: dt.date, hour: int, minute: int) -> float:
    """Return the moment at which the owners' clocks show some time."""
    return dt.datetime.combine(day, dt.time(hour, minute), ZONE).timestamp()

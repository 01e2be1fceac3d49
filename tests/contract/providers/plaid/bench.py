"""The adapter before a simulated Plaid, and an owner with a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from relink.connection import Bank, Connection, Method
from relink.failures import ProviderError
from relink.provider import Accepted, Call, Login, Redirect, Secret
from tests.contract.simulators.client import Answer, Simulators, call
from tests.fakes import NOON, Clock

if TYPE_CHECKING:
    from relink.provider import Outcome, SyncResult
    from relink.providers.plaid.adapter import Plaid

NOW = NOON + 300 * 86_400
DAY = 86_400
RIGHT = "right"
HOUR = 3_600
AMERICAN, SPANISH = "ins_900001", "ins_900004"
BACK = "https://relink.example/reconnect/callback"


def connection(bank_id: str = AMERICAN, country: str = "US") -> Connection:
    """Return a connection to a bank of the simulated world."""
    bank = Bank(bank_id, "A bank", country, "plaid", Method.CONSENT)
    return Connection(
        connection_id="con_1",
        workspace_id="ws_1",
        owner_id="own_1",
        bank=bank,
        created_at=NOW,
        since=NOW,
    )


@dataclass
class Bench:
    """The adapter before a simulated Plaid, and an owner with a browser."""

    simulators: Simulators
    adapter: Plaid
    clock: Clock
    connection: Connection = field(default_factory=connection)
    kept: list[bytes] = field(default_factory=list)

    def step(self, continuation: bytes | None = None, secret: Secret | None = None) -> Outcome:
        """Authenticate as an attempt does."""
        login = Login({}, self.kept.append, continuation, secret, return_url=BACK, state="att_1")
        return self.adapter.authenticate(self.connection, login, self.clock())

    def away(self, secret: Secret | None = None) -> Redirect:
        """Have the owner sent to the page, and open it."""
        outcome = self.step(secret=secret)
        assert isinstance(outcome, Redirect)
        assert call("GET", outcome.url).status == 200
        return outcome

    def submit(self, url: str, login: str, password: str = RIGHT, **more: str) -> Answer:
        """Fill in the page's form."""
        form = {"login": login, "password": password, "action": "continue", **more}
        return call("POST", url, urlencode(form).encode())

    def log_in(self, login: str, secret: Secret | None = None, password: str = RIGHT) -> Outcome:
        """Go to the page, sign in, come back."""
        out = self.away(secret)
        assert self.submit(out.url, login, password).status == 303
        return self.step(out.continuation, secret)

    def connect(self, login: str) -> Accepted:
        """Connect for the first time."""
        outcome = self.log_in(login)
        assert isinstance(outcome, Accepted)
        return outcome

    def sync(self, secret: Secret, cursor: str = "", seconds: int = 20) -> SyncResult:
        """Fetch what has changed."""
        now = self.clock()
        wanted = Call(secret, cursor, now, now + seconds, lambda _: None)
        return self.adapter.sync(self.connection, wanted)

    def fails(self, secret: Secret, seconds: int = 20) -> ProviderError:
        """Return the error of a sync."""
        with pytest.raises(ProviderError) as raised:
            self.sync(secret, seconds=seconds)
        return raised.value

    def switch(self, login: str, trouble: str, **options: object) -> None:
        """Let a trouble begin."""
        self.simulators.control("PATCH", f"/logins/plaid/{login}", trouble=trouble, **options)

    def settings(self, **changes: object) -> None:
        """Change how the simulated Plaid behaves."""
        self.simulators.control("POST", "/plaid/settings", **changes)

    def calls(self, endpoint: str) -> int:
        """Return how often an endpoint was called."""
        path = f"/calls?provider=plaid&endpoint={endpoint}"
        return int(self.simulators.control("GET", path)["total"])

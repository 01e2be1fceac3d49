"""The adapter before a simulated bank, and an owner with his devices."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from infra.simulators.fints.member import PIN
from infra.simulators.fints.parameters import BANK_CODE
from relink.connection import Bank, Connection, Method
from relink.failures import ProviderError
from relink.provider import Accepted, Ask, Call, Login, Secret
from relink.providers.fints import build
from tests.fakes import NOON, Clock

if TYPE_CHECKING:
    from relink.provider import Outcome, SyncResult
    from relink.providers.fints.adapter import FinTs
    from tests.contract.simulators.client import Simulators

NOW = NOON + 300 * 86_400
DAY, HOUR = 86_400, 3_600
BANK = Bank(BANK_CODE, "A bank", "DE", "fints", Method.DIRECT)
CONNECTION = Connection(
    connection_id="con_1",
    workspace_id="ws_1",
    owner_id="own_1",
    bank=BANK,
    created_at=NOW,
    since=NOW,
)


@dataclass
class Bench:
    """The adapter before a simulated bank. What is kept is all that outlives a call."""

    simulators: Simulators
    clock: Clock
    kept: list[bytes] = field(default_factory=list)
    rotated: list[Secret] = field(default_factory=list)

    @property
    def adapter(self) -> FinTs:
        """Return the adapter as another process has it."""
        servers = json.dumps({BANK_CODE: f"{self.simulators.base}/fints"})
        return build({"FINTS_SERVERS": servers, "FINTS_PRODUCT_ID": "RELINKTEST"})

    def go_on(self, continuation: bytes, secret: Secret | None = None, **answers: str) -> Outcome:
        """Take the next step of a login."""
        login = Login(answers, self.kept.append, continuation, secret)
        return self.adapter.authenticate(CONNECTION, login, self.clock())

    def log_in(self, user: str, pin: str = PIN, secret: Secret | None = None) -> Outcome:
        """Enter user name and PIN."""
        login = Login({"user": user, "pin": pin}, self.kept.append, secret=secret)
        return self.adapter.authenticate(CONNECTION, login, self.clock())

    def confirm(self, user: str, asked: Outcome, secret: Secret | None = None) -> Outcome:
        """Enter the TAN that the owner's generator shows."""
        assert isinstance(asked, Ask)
        return self.go_on(asked.continuation, secret, code=self.tan(user))

    def connect(self, user: str, secret: Secret | None = None) -> Accepted:
        """Log in, with a TAN if one is wanted."""
        outcome = self.log_in(user, secret=secret)
        if isinstance(outcome, Ask):
            outcome = self.confirm(user, outcome, secret)
        assert isinstance(outcome, Accepted)
        return outcome

    def sync(
        self,
        secret: Secret,
        cursor: str = "",
        seconds: int = 60,
        since: int | None = None,
    ) -> SyncResult:
        """Fetch one page."""
        now = self.clock()
        call = Call(secret, cursor, now, now + seconds, self.rotated.append, since)
        return self.adapter.sync(CONNECTION, call)

    def fails(self, secret: Secret, seconds: int = 60) -> ProviderError:
        """Return the error of a sync."""
        with pytest.raises(ProviderError) as raised:
            self.sync(secret, seconds=seconds)
        return raised.value

    def tan(self, user: str) -> str:
        """Return the TAN that the owner's device shows."""
        return str(self.at_bank(user)["waiting"][0]["tan"])

    def at_bank(self, user: str, action: str = "") -> Any:
        """Return what waits for the owner, or do what he does in his app."""
        path = f"/fints/{user}" + (f"/{action}" if action else "")
        return self.simulators.control("POST" if action else "GET", path)

    def switch(self, user: str, trouble: str, **options: object) -> None:
        """Let a trouble begin."""
        self.simulators.control("PATCH", f"/logins/fints/{user}", trouble=trouble, **options)

    def messages(self) -> int:
        """Return how many messages the bank has had."""
        return int(self.simulators.control("GET", "/calls?provider=fints")["total"])

"""The adapter before the simulated service, with an owner who goes to his bank and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from relink.connection import Bank, Connection, Method
from relink.provider import Accepted, Ask, Call, Login, Redirect
from relink.providers.enablebanking import EnableBanking, build
from tests.contract.simulators.client import Simulators, call

if TYPE_CHECKING:
    from relink.provider import Outcome, Presence, Secret, SyncResult
    from tests.fakes import Clock

BACK = "http://127.0.0.1:1/reconnect/callback"
BANKS = {
    "solana": Bank("solana", "Caja Solana", "ES", "enablebanking", Method.CONSENT),
    "lindental": Bank("lindental", "Sparbank Lindental", "DE", "enablebanking", Method.CONSENT),
    "rivage": Bank("rivage", "Banque du Rivage", "FR", "enablebanking", Method.CONSENT),
}


@dataclass
class Stage:
    """Adapter, simulators and clock."""

    simulators: Simulators
    clock: Clock
    kept: list[bytes] = field(default_factory=list)
    adapter: EnableBanking = field(init=False)

    def __post_init__(self) -> None:
        app = self.simulators.control("GET", "/enablebanking/app")
        self.adapter = build(
            {
                "ENABLEBANKING_URL": f"{self.simulators.base}/enablebanking",
                "ENABLEBANKING_APP_ID": app["app_id"],
                "ENABLEBANKING_PRIVATE_KEY": app["private_key"],
            }
        )

    def connection(self, bank: str = "solana") -> Connection:
        """Return a connection to a bank."""
        return Connection(
            connection_id="con_1",
            workspace_id="ws_1",
            owner_id="own_1",
            bank=BANKS[bank],
            created_at=self.clock.now,
            since=self.clock.now,
        )

    def step(
        self, answers: dict[str, str], continuation: bytes | None = None, bank: str = "solana"
    ) -> Outcome:
        """Take a login one step further."""
        login = Login(answers, self.kept.append, continuation, return_url=BACK, state="attempt-1")
        return self.adapter.authenticate(self.connection(bank), login, self.clock.now)

    def sent(self, bank: str = "solana") -> Redirect:
        """Return the way to a bank, its question answered."""
        outcome = self.step({}, bank=bank)
        if isinstance(outcome, Ask):
            answers = {outcome.fields[0].name: "1234567-8"}
            outcome = self.step(answers, outcome.continuation, bank)
        assert isinstance(outcome, Redirect)
        return outcome

    def back(self, way: Redirect, login: str, decision: str = "approve") -> dict[str, str]:
        """Return what the owner comes back with."""
        told = self.simulators.control(
            "POST", "/enablebanking/consents", url=way.url, login=login, decision=decision
        )
        return dict(parse_qsl(urlsplit(told["redirect"]).query))

    def consented(self, login: str, bank: str = "solana") -> Outcome:
        """Return what comes of an owner's way to his bank and back."""
        way = self.sent(bank)
        return self.step(self.back(way, login), way.continuation, bank)

    def secret(self, login: str, bank: str = "solana") -> Secret:
        """Return what opens a login's accounts."""
        outcome = self.consented(login, bank)
        assert isinstance(outcome, Accepted), outcome
        return outcome.secret

    def sync(
        self,
        secret: Secret,
        cursor: str = "",
        presence: Presence | None = None,
        seconds: int = 30,
    ) -> SyncResult:
        """Fetch once."""
        now = self.clock.now
        asked = Call(secret, cursor, now, now + seconds, print, presence=presence)
        return self.adapter.sync(self.connection(), asked)

    def all(self, secret: Secret, cursor: str = "", presence: Presence | None = None) -> Synced:
        """Fetch until there is no more."""
        found = Synced()
        while True:
            result = self.sync(secret, cursor, presence)
            found.pages.append(result)
            cursor = result.next_cursor
            if not result.has_more:
                return found

    def trouble(self, login: str, kind: str, **options: Any) -> None:
        """Let a trouble begin."""
        self.simulators.control("PATCH", f"/logins/enablebanking/{login}", trouble=kind, **options)

    def calls(self, login: str) -> dict[str, int]:
        """Return how often a login's endpoints have been called."""
        told = self.simulators.control("GET", f"/calls?provider=enablebanking&login={login}")
        return {row["endpoint"]: row["count"] for row in told["counts"]}

    def raw(self, method: str, path: str, body: bytes | None = None, token: str = "") -> Any:
        """Call the service past the adapter."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.simulators.base}/enablebanking{path}"
        return call(method, url, body, headers=headers)


@dataclass
class Synced:
    """What several calls of one sync brought."""

    pages: list[SyncResult] = field(default_factory=list)

    @property
    def cursor(self) -> str:
        """Return where the sync ended."""
        return self.pages[-1].next_cursor

    def booked(self) -> set[tuple[str, str]]:
        """Return the booked movements by account and id."""
        rows = (t for p in self.pages for t in p.added if not t.pending)
        return {(t.account, t.transaction_id) for t in rows}

    def pending(self) -> set[tuple[str, str]]:
        """Return what is pending."""
        rows = (t for p in self.pages for t in p.added if t.pending)
        return {(t.account, t.transaction_id) for t in rows}

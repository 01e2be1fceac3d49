"""A transport that plays recorded answers, and what the tests of this adapter share."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from relink.connection import Bank, Connection, Method
from relink.provider import Call, Login, Presence, Redirect, Secret
from relink.providers.enablebanking.accounts import from_session
from relink.providers.enablebanking.adapter import EnableBanking
from relink.providers.enablebanking.client import Client
from relink.providers.enablebanking.messages import NewSession
from tests.unit.providers.playing import Playing, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError
    from relink.provider import Outcome, SyncResult
    from relink.providers.transport import Answer

NOON = 1_795_003_200
"""2026-11-18 12:00 UTC."""
ROOT = "https://api.enablebanking.example"
ONE = "0b6a2b1e-6d0e-4f46-8a6f-2f4d4f8a1a01"
TWO = "0b6a2b1e-6d0e-4f46-8a6f-2f4d4f8a1a02"
SESSION = "4b0c2e0e-9a54-4a58-9d0b-0f2d5a6f7c11"
DATA = Path(__file__).parents[3] / "data" / "enablebanking"
FIRST = f"GET /accounts/{ONE}/transactions"
SECOND = f"GET /accounts/{TWO}/transactions"
DAY = 86_400
URL = "https://tilisy.enablebanking.example/welcome?sessionid=73100c65"
OWNER = Presence("192.0.2.7", "Browser/1", {"accept-language": "es-ES", "accept": "text/html"})
BANK = Bank("es-pruebas", "Banco de Pruebas", "ES", "enablebanking", Method.CONSENT)


def recorded(name: str) -> Any:
    """Return a recorded message."""
    return json.loads((DATA / f"{name}.json").read_text())


def refused(code: str, status: int = 400, detail: Any = None) -> Answer:
    """Return an error as the service sends it."""
    return answer({"code": status, "message": "no", "error": code, "detail": detail}, status)


@dataclass
class Asked:
    """A request that was made."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    seconds: float


@dataclass
class Scripted(Playing):
    """Plays answers to `POST /auth` or `GET /accounts/…`, and keeps what was asked."""

    asked: list[Asked] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = 60,
    ) -> Answer:
        """Play the next answer."""
        parts = urlsplit(url)
        sent = json.loads(body) if body else None
        query = dict(parse_qsl(parts.query))
        self.asked.append(Asked(method, parts.path, query, headers or {}, sent, seconds))
        played = self.next(f"{method} {parts.path}")
        assert played, f"nothing to play to {method} {parts.path}"
        return played

    def to(self, path: str) -> list[Asked]:
        """Return the requests for a path."""
        return [a for a in self.asked if f"{a.method} {a.path}" == path]


class App:
    """An application whose signature nobody checks."""

    def __init__(self) -> None:
        self.forgotten = 0

    def bearer(self, now: int) -> str:
        """Return the same token always."""
        del now
        return "header.claims.signature"

    def forget(self) -> None:
        """Count."""
        self.forgotten += 1


@dataclass
class Bench:
    """An adapter on a scripted transport."""

    transport: Scripted = field(default_factory=Scripted)
    app: App = field(default_factory=App)
    kept: list[bytes] = field(default_factory=list)

    @property
    def adapter(self) -> EnableBanking:
        """Return the adapter; a new one has forgotten the catalogue."""
        return EnableBanking(Client(self.transport, ROOT, self.app))  # type: ignore[arg-type]

    def fine(self) -> None:
        """Plan two accounts in good order: two pages of movements, and none."""
        self.transport.play(f"GET /sessions/{SESSION}", answer(recorded("session")))
        for uid in (ONE, TWO):
            self.transport.play(f"GET /accounts/{uid}/balances", answer(recorded("balances")))
        self.transport.play(
            f"GET /accounts/{ONE}/transactions",
            answer(recorded("page_1")),
            answer(recorded("page_2")),
        )
        self.transport.play(f"GET /accounts/{TWO}/transactions", answer({"transactions": []}))

    def ready(self) -> None:
        """Plan a consent that is given."""
        self.transport.play("GET /aspsps", answer(recorded("aspsps")))
        started = {"url": URL, "authorization_id": "73100c65", "psu_id_hash": "f3"}
        self.transport.play("POST /auth", answer(started))
        self.transport.play("POST /sessions", answer(recorded("new_session")))

    def everywhere(self, refusal: Answer | ProviderError) -> None:
        """Plan an authorised session whose accounts all answer the same."""
        self.transport.play(f"GET /sessions/{SESSION}", answer(recorded("session")))
        for uid in (ONE, TWO):
            for endpoint in ("balances", "transactions"):
                self.transport.play(f"GET /accounts/{uid}/{endpoint}", refusal)

    def login(self, continuation: bytes | None = None, **answers: str) -> Login:
        """Return a login that comes back to this application."""
        return Login(
            answers,
            self.kept.append,
            continuation=continuation,
            return_url="https://app.example/reconnect/callback",
            state="att_1",
        )

    def step(self, login: Login, bank: Bank | None = None) -> Outcome:
        """Return what becomes of a login."""
        return self.adapter.authenticate(connection(bank or BANK), login, NOON)

    def sent(self) -> Redirect:
        """Return the way to the bank."""
        outcome = self.step(self.login())
        assert isinstance(outcome, Redirect)
        return outcome

    def back(self, **answers: str) -> Outcome:
        """Return what becomes of a return from the bank."""
        return self.step(self.login(self.sent().continuation, **answers))

    def synced(self, cursor: str = "", **more: Any) -> SyncResult:
        """Return what a sync brings."""
        return self.adapter.sync(connection(), call(cursor, **more))


def connection(bank: Bank = BANK) -> Connection:
    """Return a connection to a bank."""
    return Connection(
        connection_id="con_1",
        workspace_id="ws_1",
        owner_id="own_1",
        bank=bank,
        created_at=NOON,
        since=NOON,
    )


def secret() -> Secret:
    """Return what a connection keeps of the recorded session."""
    return from_session(NewSession.model_validate(recorded("new_session")), "business").secret()


def call(
    cursor: str = "",
    *,
    now: int = NOON,
    seconds: int = 120,
    since: int | None = None,
    presence: Presence | None = None,
) -> Call:
    """Return a call for a sync."""
    return Call(secret(), cursor, now, now + seconds, _keep, since=since, presence=presence)


def _keep(rotated: Secret) -> None:
    message = f"nothing rotates here: {rotated}"
    raise AssertionError(message)

"""Plaid as it was recorded: answers by path, played in turn, the last one for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relink.connection import Bank, Connection, Method
from relink.provider import Call, Login, Secret
from relink.providers.plaid.access import Access
from relink.providers.plaid.adapter import Plaid, build
from relink.providers.plaid.client import Client
from tests.unit.providers.playing import Playing, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, SyncResult
    from relink.providers.transport import Answer

DATA = Path(__file__).parents[3] / "data" / "plaid"
NOW = 1_795_348_800
"""2026-11-22 12:00 UTC, after all that was recorded."""

BANK = Bank("ins_109508", "First Example Bank", "US", "plaid", Method.CONSENT)
CONNECTION = Connection(
    connection_id="con_1",
    workspace_id="ws_1",
    owner_id="own_1",
    bank=BANK,
    created_at=NOW - 1_000,
    since=NOW - 1_000,
)
ACCESS = Access(
    "access-sandbox-7c0b1d52-64f5-4b8e-a4a5-0c9be4a1d6a3",
    "Kj3LmN9pQrStUvWxYz1a2B3c4D5e6F7g8H9iJ",
    "ins_109508",
)
KEYS = {"PLAID_CLIENT_ID": "client-of-ours", "PLAID_SECRET": "secret-of-ours"}
PATHS = {
    "/link/token/create": "link_token",
    "/link/token/get": "session_added",
    "/item/public_token/exchange": "exchanged",
    "/accounts/get": "accounts",
    "/item/get": "item",
    "/transactions/sync": "changes",
}


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """Return a recorded answer, changed at the top."""
    content: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return {**content, **changes}


def error(code: str, status: int = 400, kind: str = "ITEM_ERROR", **more: Any) -> Answer:
    """Return Plaid's answer that something is wrong."""
    content = {
        "error_type": kind,
        "error_code": code,
        "error_code_reason": None,
        "error_message": "for developers only",
        "display_message": None,
        "request_id": "r1",
        **more,
    }
    return answer(content, status)


@dataclass
class Sent:
    """A request that Plaid received."""

    url: str
    headers: Mapping[str, str]
    content: dict[str, Any]
    seconds: float


@dataclass
class Wire(Playing):
    """The transport: keeps what is sent, plays what was recorded."""

    sent: list[Sent] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = 0,
    ) -> Answer:
        """Play the next answer."""
        assert method == "POST"
        path = "/" + url.split("/", 3)[3]
        self.sent.append(Sent(url, headers or {}, json.loads(body or b"{}"), seconds))
        known = recorded(PATHS[path]) if path in PATHS else {"request_id": "r1"}
        return self.next(path) or answer(known)

    def paths(self) -> list[str]:
        """Return the paths that were called, in order."""
        return ["/" + each.url.split("/", 3)[3] for each in self.sent]

    def last(self, path: str) -> dict[str, Any]:
        """Return what was last sent to a path."""
        return next(s.content for s in reversed(self.sent) if s.url.endswith(path))


@dataclass
class Bench:
    """The adapter with recorded answers behind it."""

    wire: Wire
    adapter: Plaid
    kept: list[bytes] = field(default_factory=list)

    def log_in(
        self,
        continuation: bytes | None = None,
        secret: Secret | None = None,
        connection: Connection = CONNECTION,
        now: int = NOW,
        return_url: str = "https://relink.example/reconnect/callback",
    ) -> Outcome:
        """Authenticate as an attempt does."""
        login = Login(
            answers={},
            keep=self.kept.append,
            continuation=continuation,
            secret=secret,
            return_url=return_url,
            state="att_1",
        )
        return self.adapter.authenticate(connection, login, now)

    def sync(
        self,
        cursor: str = "",
        connection: Connection = CONNECTION,
        since: int | None = None,
        seconds: int = 60,
    ) -> SyncResult:
        """Fetch what has changed."""
        call = Call(ACCESS.secret(), cursor, NOW, NOW + seconds, lambda _: None, since)
        return self.adapter.sync(connection, call)


def bench(**settings: str) -> Bench:
    """Return the adapter with these settings."""
    wire = Wire()
    built = build({**KEYS, **settings})
    client = Client(
        built._client.root,
        built._client.client_id,
        built._client.secret,
        wire,
    )
    return Bench(wire, Plaid(client, built._settings))

"""Powens as it was recorded: answers by method and path, played in turn, the last one for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from relink.connection import Bank, Connection, Method
from relink.provider import Accepted, Call, Login, Rejected, Secret, WaitForApp
from relink.providers.powens import adapter
from relink.providers.powens.access import Access
from relink.providers.powens.encryption import Sealer
from tests.unit.providers.playing import Playing, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, Presence, SyncResult
    from relink.providers.transport import Answer

DATA = Path(__file__).parents[3] / "data" / "powens"
NOW = 1_795_348_800
"""2026-11-22 12:00 UTC, after all that was recorded."""

URL = "https://demo.biapi.pro/2.0"
BACK = "https://relink.example/reconnect/callback"
BANK = Bank("fr-bnp-paribas", "Banque d'exemple", "FR", "powens", Method.DIRECT)
CONNECTION = Connection(
    connection_id="con_1",
    workspace_id="ws_1",
    owner_id="own_1",
    bank=BANK,
    created_at=NOW - 1_000,
    since=NOW - 1_000,
)
ACCESS = Access("dGhpcyBvcGVucyBub3RoaW5nIGF0IGFsbA", "17", "301")
KEYS = {
    "POWENS_URL": URL,
    "POWENS_CLIENT_ID": "client-of-ours",
    "POWENS_CLIENT_SECRET": "secret-of-ours",
}
FORM = {"website": "pp", "login": "12345678", "password": "246813"}
ME = "/users/me"
CONNECTIONS, ONE = f"{ME}/connections", f"{ME}/connections/301"
RECORDED = {
    "POST /auth/init": "token",
    "GET /connectors/f711dd7a-6289-5bda-b3a4-f2febda8c046": "connector",
    f"POST {CONNECTIONS}": "connection",
    f"GET {ONE}": "connection",
    f"POST {ONE}": "connection",
    f"PUT {ONE}": "connection",
    f"GET {ME}/accounts": "accounts",
    f"GET {ME}/transactions": "transactions",
}
TRANSACTIONS, ACCOUNTS = f"GET {ME}/transactions", f"GET {ME}/accounts"
MADE, AGAIN = f"POST {CONNECTIONS}", f"POST {ONE}"
ACTIVATED = f"PUT {ONE}/accounts/5001,5002,5003"
CODE_FIELD = {"name": "otp", "label": "Code", "type": "text", "required": True, "regex": None}
DAY = 86_400
SIX = 1_795_327_964
"""2026-11-22 06:12:44 UTC."""

SEEN = SIX - 4
"""When the last recorded movement was last changed."""


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """Return a recorded answer, changed at the top."""
    content: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return {**content, **changes}


def connection(state: str | None = None, **changes: Any) -> Answer:
    """Return the connection in a state."""
    return answer(recorded("connection", state=state, error=state, **changes))


def error(code: str, status: int = 400, message: str | None = None) -> Answer:
    """Return Powens' answer that something is wrong."""
    content = {"code": code, "description": code, "message": message, "request_id": "r1"}
    return answer(content, status)


def movement(number: int, **changed: Any) -> dict[str, Any]:
    """Return a recorded movement under another id."""
    return {**recorded("transactions")["transactions"][0], "id": number, **changed}


def page(*movements: dict[str, Any], following: str | None = None) -> Answer:
    """Return a page of movements."""
    after = {"href": f"{URL}{following}"} if following else None
    links = {"self": {"href": "x"}, "prev": None, "next": after}
    return answer({"transactions": list(movements), "_links": links})


def cursor(known: int = SEEN, newest: int = SEEN, following: str = "") -> str:
    """Return a cursor of the recorded connection."""
    return json.dumps(["301", known, newest, following], separators=(",", ":"))


def accepted(outcome: Outcome) -> Accepted:
    """Return an outcome that is a yes."""
    assert isinstance(outcome, Accepted)
    return outcome


def refused(outcome: Outcome) -> Rejected:
    """Return an outcome that is a no."""
    assert isinstance(outcome, Rejected)
    return outcome


def waits(outcome: Outcome) -> WaitForApp:
    """Return an outcome that has the owner wait."""
    assert isinstance(outcome, WaitForApp)
    return outcome


@dataclass
class Sent:
    """A request that Powens received."""

    name: str
    query: str
    headers: Mapping[str, str]
    content: Any
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
        assert url.startswith(URL)
        path, _, query = url.removeprefix(URL).partition("?")
        content = json.loads(body) if body is not None else None
        name = f"{method} {path}"
        self.sent.append(Sent(name, query, headers or {}, content, seconds))
        known = RECORDED.get(name)
        return self.next(name) or (answer(recorded(known)) if known else error("notFound", 404))

    def names(self) -> list[str]:
        """Return what was called, in order."""
        return [each.name for each in self.sent]

    def last(self, name: str) -> Sent:
        """Return the last request of that name."""
        return next(s for s in reversed(self.sent) if s.name == name)


@dataclass
class Bench:
    """The adapter with recorded answers behind it."""

    wire: Wire
    adapter: adapter.Powens
    connection: Connection = CONNECTION
    kept: list[bytes] = field(default_factory=list)

    def log_in(
        self,
        answers: Mapping[str, str] | None = None,
        continuation: bytes | None = None,
        secret: Secret | None = None,
        return_url: str = BACK,
        now: int = NOW,
    ) -> Outcome:
        """Authenticate as an attempt does."""
        login = Login(
            answers={} if answers is None else answers,
            keep=self.kept.append,
            continuation=continuation,
            secret=secret,
            return_url=return_url,
            state="att_1",
        )
        return self.adapter.authenticate(self.connection, login, now)

    def sync(
        self,
        cursor: str = "",
        since: int | None = None,
        seconds: int = 60,
        presence: Presence | None = None,
    ) -> SyncResult:
        """Fetch what has changed."""
        deadline = NOW + seconds
        call = Call(ACCESS.secret(), cursor, NOW, deadline, lambda _: None, since, presence)
        return self.adapter.sync(self.connection, call)

    def asked(self) -> dict[str, str]:
        """Return the query of the last request for movements."""
        return dict(parse_qsl(self.wire.last(TRANSACTIONS).query, keep_blank_values=True))

    def by_page(self) -> None:
        """Make the bank one whose owners go to its own page."""
        bank = replace(BANK, method=Method.CONSENT)
        self.connection = replace(CONNECTION, bank=bank)


def bench(**settings: str) -> Bench:
    """Return the adapter with these settings."""
    wire = Wire()
    built = adapter.build({**KEYS, **settings})
    client = replace(built._client, transport=wire)
    sealer = Sealer(client, required=built._sealer.required)
    return Bench(wire, adapter.Powens(client, built._banks, sealer))

"""A small client of the simulators for tests: a connection a call, nothing followed or retried."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

LONGEST = 30
"""Seconds that what is soon over may take on a machine that has much else to do.

What must be given up in time goes on for twice as long.
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


def call(
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    seconds: float = LONGEST,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Make one request and read all of the answer; raises what the connection raises."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Access:
    """An access URL that was claimed."""

    url: str

    def accounts(
        self, *more: tuple[str, object], seconds: float = LONGEST, **query: object
    ) -> Answer:
        """Ask for the accounts in version 2; `_` in a name stands for `-`."""
        asked = {"version": 2, **{name.replace("_", "-"): value for name, value in query.items()}}
        pairs = [(name, value) for name, value in [*asked.items(), *more] if value is not None]
        parts = urlsplit(self.url)
        words = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        basic = base64.b64encode(words.encode()).decode()
        root = f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}"
        return call(
            "GET",
            f"{root}/accounts?{urlencode(pairs)}",
            seconds=seconds,
            headers={"Authorization": f"Basic {basic}"},
        )


@dataclass(frozen=True)
class Simulators:
    """The simulators under test."""

    base: str
    root: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", f"{self.base}/simplefin")

    def control(self, method: str, path: str, **fields: object) -> Any:
        """Turn a switch, or read one."""
        body = None if method == "GET" else json.dumps(fields).encode()
        return call(method, f"{self.base}/control{path}", body).json()

    def claim_url(self, login: str) -> str:
        """Have a setup token given out."""
        return str(self.control("POST", "/simplefin/tokens", login=login)["claim_url"])

    def access(self, login: str) -> Access:
        """Have a setup token given out, and claim it."""
        answer = call("POST", self.claim_url(login), b"")
        assert answer.status == 200
        return Access(answer.text)

    def trouble(self, login: str, kind: str, **limits: object) -> None:
        """Give a login a trouble."""
        self.control("PATCH", f"/logins/simplefin/{login}", trouble=kind, **limits)

    def advance(self, seconds: int) -> None:
        """Let simulated time pass."""
        self.control("POST", "/clock", advance=seconds)

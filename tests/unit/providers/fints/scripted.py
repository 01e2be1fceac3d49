"""A transport that plays a bank's answers, and what the tests of this adapter share."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from relink.connection import Bank, Connection, Method
from relink.failures import ProviderError
from relink.provider import Call, Login, Secret
from relink.providers.fints.adapter import FinTs
from relink.providers.transport import Answer, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.provider import Outcome, SyncResult

NOON = 1_795_003_200
"""2026-11-18 12:00 UTC."""
DATA = Path(__file__).parents[3] / "data" / "fints"
BANK_CODE = "79999902"
URL = "https://fints.example/hbci"
SERVERS = json.dumps({BANK_CODE: URL})
USER, PIN = "tester", "canary-pin-71"
BANK = Bank(BANK_CODE, "Testbank", "DE", "fints", Method.DIRECT)


def recorded(name: str) -> bytes:
    """Return what a recorded answer holds inside its envelope."""
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return "".join(lines).encode("iso-8859-1")


def enveloped(inner: bytes, dialog: str = "DIALOG1") -> bytes:
    """Return a whole message, as a bank sends it."""
    return (
        f"HNHBK:1:3+000000000000+300+{dialog}+1+{dialog}:1'"
        "HNVSK:998:3+PIN:1+998+1+2::0+1+2:2:13:@8@00000000:5:1+280:79999902:tester:V:0:0+0'"
        f"HNVSD:999:1+@{len(inner)}@".encode()
        + inner
        + b"'HNHBS:9:1+1'"
    )


def answer(message: bytes | str, status: int = 200) -> Answer:
    """Return an HTTP answer: a recorded one by its name, or the segments of a new one."""
    inner = recorded(message) if isinstance(message, str) else message
    return Answer(status, {}, base64.b64encode(enveloped(inner)))


def connection() -> Connection:
    """Return a connection to the bank."""
    return Connection(
        connection_id="con_1",
        workspace_id="ws_1",
        owner_id="own_1",
        bank=BANK,
        created_at=NOON,
        since=NOON,
    )


@dataclass
class Script:
    """Stands in for `Transport`: plays one answer after the other, and keeps what was sent."""

    answers: list[Answer | ProviderError] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = 60,
    ) -> Answer:
        """Play the next answer; say goodbye when there is none."""
        assert (method, url) == ("POST", URL)
        assert headers == {"Content-Type": "text/plain"}
        assert seconds <= 60
        self.sent.append(base64.b64decode(body or b"", validate=True))
        told = self.answers.pop(0) if self.answers else answer("goodbye")
        if isinstance(told, ProviderError):
            raise told
        return told


@dataclass
class Bench:
    """The adapter before a bank that answers as it is told."""

    script: Script = field(default_factory=Script)
    servers: str = SERVERS
    product: str = "PRODUCT"
    kept: list[bytes] = field(default_factory=list)
    rotated: list[Secret] = field(default_factory=list)

    @property
    def adapter(self) -> FinTs:
        """Return the adapter, new each time: nothing may live in it between calls."""
        return FinTs(self.servers, self.product, cast("Transport", self.script))

    def play(self, *answers: Answer | ProviderError | bytes | str) -> None:
        """Let the bank answer so."""
        ready = (Answer, ProviderError)
        self.script.answers += [a if isinstance(a, ready) else answer(a) for a in answers]

    def log_in(self, continuation: bytes | None = None, **answers: str) -> Outcome:
        """Authenticate as an attempt does."""
        entered = answers or {"user": USER, "pin": PIN}
        login = Login(entered, self.kept.append, continuation)
        return self.adapter.authenticate(connection(), login, NOON)

    def sync(self, secret: Secret, cursor: str = "", now: int = NOON) -> SyncResult:
        """Fetch one page."""
        call = Call(secret, cursor, now, now + 60, self.rotated.append)
        return self.adapter.sync(connection(), call)

    @property
    def said(self) -> list[str]:
        """Return the kinds of the segments that were sent, a text a message."""
        kinds = ("HKIDN", "HKSYN", "HKTAN", "HKTAB", "HKSPA", "HKSAL", "HKKAZ", "HKCAZ", "HKEND")
        return [" ".join(k for k in kinds if f"'{k}:".encode() in m) for m in self.script.sent]

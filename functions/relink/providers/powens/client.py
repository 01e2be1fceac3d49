"""Powens' HTTP interface: JSON, a user's token in the header, every error an object with a code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from relink.failures import ProviderError
from relink.providers.powens import codes
from relink.providers.powens.messages import Connection, Connections
from relink.providers.transport import Answer, Transport, retry_after, unknown_status
from relink.providers.wire import checked
from relink.reasons import Reason
from relink.transit import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.providers.powens.access import Access

SECONDS: Final = 30.0
GOOD: Final = frozenset({200, 201, 202, 204})
OURS: Final = frozenset({"401", "403"})
TEXT: Final = 2_000
ECHO: Final = 3
_CODE = re.compile(r"[A-Za-z][\w.-]{0,63}")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Client:
    """Our domain at Powens. Thread-safe."""

    root: str
    client_id: str
    client_secret: str = field(repr=False)
    transport: Transport = field(repr=False)

    def get(
        self,
        path: str,
        kind: type[M],
        now: int,
        access: Access | None = None,
        seconds: float = SECONDS,
    ) -> M:
        """Return the checked answer of a GET. Raises `ProviderError`."""
        return checked(kind, self.call("GET", path, now, access, seconds=seconds))

    def call(
        self,
        method: str,
        path: str,
        now: int,
        access: Access | None = None,
        *,
        content: Mapping[str, Any] | None = None,
        seconds: float = SECONDS,
        hide: Iterable[str] = (),
    ) -> Any:
        """Send a request once and return the JSON of its answer, None if it has no body.

        Raises what the code in the answer means; without a known one, what the status means.
        `hide` names what may be echoed and nobody may read.
        """
        self._check()
        body = None if content is None else json.dumps(content).encode()
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if access is not None:
            headers["Authorization"] = f"Bearer {access.token}"
        answer = self.transport.request(
            method, self.root + path, headers=headers, body=body, seconds=seconds
        )
        told = answer.content()
        if answer.status not in GOOD or _is_refusal(told):
            own = (self.client_secret, access.token if access else "")
            raise _refused(answer, told, now, (*hide, *own))
        if answer.body == b"" and (answer.status == 204 or method == "DELETE"):  # noqa: PLR2004
            return None
        return answer.json() if told is None else told

    def connection(
        self,
        access: Access,
        now: int,
        seconds: float = SECONDS,
        query: Mapping[str, str] | None = None,
    ) -> Connection:
        """Return the connection as it is now. Raises `ProviderError`, `GONE` if it is no more.

        A 404 alone may be our own wrong address: it counts if the list of the user's connections
        is there and lacks this one.
        """
        asked = f"?{urlencode(query)}" if query else ""
        path = f"/users/me/connections/{access.connection}{asked}"
        try:
            return self.get(path, Connection, now, access, seconds)
        except ProviderError as error:
            if error.provider_code != "404":
                raise
        found = self.get("/users/me/connections", Connections, now, access, seconds)
        for each in found.connections:
            if each.id == access.connection:
                return each
        raise codes.GONE.error("404")

    def _check(self) -> None:
        """Raise `Misconfigured` rather than send secrets nowhere, or in clear over a network."""
        if not (safe(self.root) and self.client_id and self.client_secret):
            names = "POWENS_URL, POWENS_CLIENT_ID, POWENS_CLIENT_SECRET"
            raise codes.NOT_SET_UP.error(names, reached=False)


def safe_text(text: str | None, hide: Iterable[str] = ()) -> str:
    """Return a bank's words without addresses, which hold tokens, and without what is hidden."""
    shown = _ADDRESS.sub("…", (text or "")[:TEXT])
    for echo in sorted((h for h in hide if len(h) >= ECHO), key=len, reverse=True):
        shown = shown.replace(echo, "***")
    return shown


def _is_refusal(told: Any) -> bool:
    """Tell whether a good status came with an error: `code` alone may be a bank's or a login's."""
    if not isinstance(told, dict) or "id" in told or not isinstance(told.get("code"), str):
        return False
    return codes.known_error(told["code"]).startswith(codes.ERROR)


def _refused(answer: Answer, told: Any, now: int, hide: Iterable[str]) -> ProviderError:
    content = told if isinstance(told, dict) else {}
    said = content.get("code")
    if not isinstance(said, str) or not _CODE.fullmatch(said):
        return unknown_status(answer, now)
    message = content.get("message")
    text = safe_text(message if isinstance(message, str) else "", hide)
    code = codes.known_error(said)
    if not code:
        error = unknown_status(answer, now)
        vague = error.reason is Reason.UNKNOWN
        return codes.UNKNOWN.error(codes.ERROR + said, text) if vague else error
    verdict = codes.CODES[code] or codes.PENDING
    limited = verdict.reason is Reason.RATE_LIMITED
    return verdict.error(code, text, retry_at=retry_after(answer.headers, now) if limited else None)

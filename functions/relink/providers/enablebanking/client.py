"""Calls to Enable Banking: signed, bounded, and their errors told in our own terms."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from relink.providers.enablebanking.refusals import known, refusal
from relink.reasons import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from relink.failures import ProviderError
    from relink.provider import Presence
    from relink.providers.enablebanking.app_token import AppToken
    from relink.providers.transport import Answer, Transport

SECONDS = 60.0
_SENDABLE = re.compile(r"[ -~]{1,512}")
_TOLD = {
    "accept": "Psu-Accept",
    "accept-charset": "Psu-Accept-Charset",
    "accept-encoding": "Psu-Accept-Encoding",
    "accept-language": "Psu-Accept-language",
    "referer": "Psu-Referer",
}


class Client:
    """The API of Enable Banking. Threads share one object.

    `catalogue` is the transport for the one answer that may be large: a country's banks.
    """

    def __init__(
        self,
        transport: Transport,
        root: str,
        app: AppToken,
        catalogue: Transport | None = None,
    ) -> None:
        self.root = root
        self._transport = transport
        self._catalogue = catalogue or transport
        self._app = app

    @property
    def set_up(self) -> bool:
        """Tell whether there is an application to ask as."""
        return self._app.set_up

    def banks(self, country: str, now: int, seconds: float = SECONDS) -> Any:
        """Return the banks of a country, or of all, that open accounts, as JSON.

        Raises `ProviderError`.
        """
        asked = {"country": country, "service": "AIS"} if country else {"service": "AIS"}
        path = f"/aspsps?{urlencode(asked)}"
        answer = self._request("GET", path, now, seconds=seconds, transport=self._catalogue)
        return self._content(answer, now, ())

    def get(
        self,
        parts: Iterable[str],
        now: int,
        *,
        query: Mapping[str, str] | None = None,
        presence: Presence | None = None,
        seconds: float = SECONDS,
        hide: Iterable[str] = (),
    ) -> Any:
        """Return the JSON at a path. Raises `ProviderError`."""
        path = _path(parts) + (f"?{urlencode(query)}" if query else "")
        answer = self._request("GET", path, now, headers=told(presence), seconds=seconds)
        return self._content(answer, now, hide)

    def post(self, path: str, body: Mapping[str, Any], now: int, hide: Iterable[str] = ()) -> Any:
        """Send a JSON body once and return the JSON of the answer. Raises `ProviderError`."""
        data = json.dumps(body, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        return self._content(
            self._request("POST", path, now, headers=headers, body=data), now, hide
        )

    def delete(self, parts: Iterable[str], now: int, hide: Iterable[str] = ()) -> None:
        """Delete what is at a path. Raises `ProviderError`."""
        answer = self._request("DELETE", _path(parts), now)
        if answer.status not in {200, 202, 204}:
            raise self._refused(answer, now, hide)

    def _content(self, answer: Answer, now: int, hide: Iterable[str]) -> Any:
        if answer.status not in {200, 201}:
            raise self._refused(answer, now, hide)
        content = answer.json()
        if known(content):
            raise self._refused(answer, now, hide)
        return content

    def _request(
        self,
        method: str,
        path: str,
        now: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = SECONDS,
        transport: Transport | None = None,
    ) -> Answer:
        own = {"Authorization": f"Bearer {self._app.bearer(now)}", "Accept": "application/json"}
        return (transport or self._transport).request(
            method,
            self.root + path,
            headers={**(headers or {}), **own},
            body=body,
            seconds=seconds,
        )

    def _refused(self, answer: Answer, now: int, hide: Iterable[str]) -> ProviderError:
        error = refusal(answer, now, hide)
        if error.scope is Scope.OPERATOR and answer.status == 401:  # noqa: PLR2004
            self._app.forget()
        return error


def told(presence: Presence | None) -> dict[str, str]:
    """Return the headers that tell the bank of the owner, if he is there: as he really is.

    What no header can carry is left out, not altered.
    """
    if presence is None:
        return {}
    headers = {"Psu-Ip-Address": presence.ip, "Psu-User-Agent": presence.user_agent}
    for name, value in presence.headers.items():
        if name.lower() in _TOLD:
            headers[_TOLD[name.lower()]] = value
    return {name: value for name, value in headers.items() if _SENDABLE.fullmatch(value)}


def _path(parts: Iterable[str]) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)

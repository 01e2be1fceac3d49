"""HTTPS to banks: bounded in time and size, its failures told in our own errors.

What a status means here is only the fall-back: an adapter looks at the body first.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from relink.clock import DAY, HOUR
from relink.failures import ProviderError, Temporary, Verdict
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_LIMIT = 8 * 1024 * 1024
CONNECT_SECONDS = 5
READ_SECONDS = 60
POOL = 64

BAD_ANSWER = Verdict(Reason.BAD_ANSWER, Scope.PROVIDER)
NOT_REACHED = Verdict(Reason.NOT_REACHED, Scope.PROVIDER)
TIMED_OUT = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER)

STATUSES: Mapping[str, Verdict] = {
    "timeout": TIMED_OUT,
    "429": Verdict(Reason.RATE_LIMITED),
    "500": Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
    "502": Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
    "503": Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
    "504": Verdict(Reason.PROVIDER_UNAVAILABLE, Scope.PROVIDER),
    "401": Verdict(Reason.MISCONFIGURED, Scope.OPERATOR),
    "403": Verdict(Reason.MISCONFIGURED, Scope.OPERATOR),
    "404": Verdict(Reason.ACCOUNT_UNAVAILABLE, Scope.ACCOUNT),
    "unknown": Verdict(Reason.UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bank's server sent: header names in lower case, the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_page(self) -> bool:
        """Tell whether this is a web page: a proxy or a maintenance notice, not the bank's API."""
        kind = self.headers.get("content-type", "").lower()
        return "html" in kind or self.body.lstrip()[:1] == b"<"

    def text(self) -> str:
        """Return the body as text. Raises `Temporary` if it is not UTF-8."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_answer("not utf-8") from error

    def json(self) -> Any:
        """Return the body's JSON with fractions as text. Raises `Temporary` if it has none."""
        if self.is_page:
            raise bad_answer("a web page")
        try:
            return json.loads(self.text(), parse_float=str, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise bad_answer("not json") from error

    def content(self) -> Any:
        """Return the body's JSON, None if it has none: then the status counts."""
        try:
            return self.json()
        except ProviderError:
            return None


class Transport:
    """A pool of connections to banks, shared by all threads of a process."""

    def __init__(self, *, size_limit: int = SIZE_LIMIT) -> None:
        self._pool = urllib3.PoolManager(maxsize=POOL, retries=False)
        self._size_limit = size_limit

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = READ_SECONDS,
    ) -> Answer:
        """Send one request, follow no redirect, and return the answer within `seconds`.

        Raises `Temporary`: unreachable (`reached` false), timed out, broken off, or too large.
        """
        until = time.monotonic() + seconds
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds)
        try:
            response = self._pool.request(
                method,
                url,
                headers=dict(headers or {}),
                body=body,
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            try:
                received = self._read(response, until)
            finally:
                response.release_conn()
        except HTTPError as error:
            raise _translated(error) from error
        names = {k.lower(): v for k, v in response.headers.items()}
        return Answer(response.status, names, received)

    def _read(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        received = bytearray()
        while chunk := response.read1(65_536, decode_content=True):  # what has come, no waiting
            received += chunk
            if len(received) > self._size_limit:
                response.close()
                raise bad_answer("too large")
            if time.monotonic() > until:
                response.close()
                raise TIMED_OUT.error("timeout")
        return bytes(received)


def unknown_status(answer: Answer, now: int) -> ProviderError:
    """Return the error of an answer whose body said nothing that an adapter knows.

    The codes are those of the `transport` rows of the provider codes: an unknown 401 or 403 may
    be our own key, so it concerns the operator and never reddens a connection.
    """
    code = str(answer.status)
    if answer.is_page and answer.status not in {429, *range(500, 600)}:
        return BAD_ANSWER.error(code)
    verdict = STATUSES.get(code) or STATUSES["500" if answer.status >= 500 else "unknown"]  # noqa: PLR2004
    retry_at = retry_after(answer.headers, now) if verdict.reason is Reason.RATE_LIMITED else None
    return verdict.error(code, retry_at=retry_at)


def retry_after(headers: Mapping[str, str], now: int) -> int:
    """Return when the bank may be called again (RFC 9110, section 10.2.3); in an hour if unsaid.

    Kept between a minute and a day from `now`, whatever a bank writes there.
    """
    value = headers.get("retry-after", "").strip()
    moment = now + HOUR
    if value.isascii() and value.isdigit() and len(value) < 9:  # noqa: PLR2004
        moment = now + int(value)
    elif value:
        try:
            moment = int(parsedate_to_datetime(value).timestamp())
        except (ValueError, OverflowError):
            moment = now + HOUR
    return min(max(moment, now + 60), now + DAY)


def bad_answer(what: str) -> Temporary:
    """Return the error of an answer that cannot be read; `what` says why, without its content."""
    return Temporary(Reason.BAD_ANSWER, provider_code=what, scope=Scope.PROVIDER)


def _translated(error: HTTPError) -> ProviderError:
    never_sent = (NewConnectionError, ConnectTimeoutError, NameResolutionError, SSLError)
    if isinstance(error, never_sent):
        return NOT_REACHED.error("unreachable", reached=False)
    if isinstance(error, ReadTimeoutError):
        return TIMED_OUT.error("timeout")
    return TIMED_OUT.error("reset")


def _no_constant(name: str) -> Any:
    msg = f"{name} is not JSON"
    raise ValueError(msg)

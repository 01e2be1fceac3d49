"""What a request brings: headers, body and sender, from an HTTP API event (payload 2.0)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from relink.languages import preferred
from relink.provider import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

JSON = "application/json"
BODY_LIMIT = 16_384
HEADER_LIMIT = 300
_TOLD_TO_BANKS = ("accept", "accept-charset", "accept-encoding", "accept-language")
_OWN_SITE = frozenset({"same-origin", "none"})


class TooLarge(Exception):
    """The body is larger than the route takes, which is 16 kB unless it says otherwise."""


class Malformed(Exception):
    """The body is not what its content type says."""


class WrongType(Exception):
    """The body is of a content type that the route does not take."""


class NoSuchPage(Exception):
    """The link is not one of ours, or what it was for is gone."""


class Invalid(Exception):
    """The body does not say what is needed; `errors` says where and why, without its values."""

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("invalid body")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who sent it, how, with what. Header names are in lower case.

    What opens something (a link, a token, a password) may be in any of it, so that little is shown.
    """

    headers: Mapping[str, str] = field(repr=False)
    ip: str
    host: str
    claims: Mapping[str, Any] = field(repr=False)
    raw_body: str = field(default="", repr=False)
    encoded: bool = False
    query: str = field(default="", repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = field(default="", repr=False)

    def __reduce__(self) -> NoReturn:
        msg = "a request is not pickled"
        raise TypeError(msg)

    @property
    def language(self) -> str:
        """Return the language of ours that the browser likes best."""
        return preferred(self.headers.get("accept-language", ""))

    @property
    def wants_json(self) -> bool:
        """Tell whether the caller is a program that asks for JSON."""
        accept = self.headers.get("accept", "").lower()
        return "application/json" in accept and "text/html" not in accept

    def root(self, public_url: str) -> str:
        """Return the address that our paths stand below: the public one, else the one asked."""
        return (public_url or f"https://{self.host}").rstrip("/")

    def own_origin(self, public_url: str) -> bool:
        """Tell whether no browser says that another site sent this.

        Our own pages send `Origin: null`, because they send no referrer.
        """
        if self.headers.get("sec-fetch-site", "none").lower() not in _OWN_SITE:
            return False
        origin = self.headers.get("origin", "null")
        hosts = {urlsplit(public_url).netloc, self.host, self.headers.get("host", self.host)}
        return origin == "null" or _authority(origin) in hosts - {""}

    def body(self, content_type: str, limit: int = BODY_LIMIT) -> bytes:
        """Return the body. Raises `WrongType`, `TooLarge` or `Malformed`."""
        sent, _, parameters = self.headers.get("content-type", "").lower().partition(";")
        charset = parameters.strip().removeprefix("charset=").strip('"')
        if sent.strip() != content_type or charset not in {"", "utf-8"}:
            raise WrongType
        if len(self.raw_body) > (2 if self.encoded else 1) * limit:
            raise TooLarge
        try:
            body = base64.b64decode(self.raw_body, validate=True) if self.encoded else None
        except (binascii.Error, ValueError) as error:
            raise Malformed from error
        body = self.raw_body.encode(errors="replace") if body is None else body
        if len(body) > limit:
            raise TooLarge
        return body

    def presence(self) -> dict[str, Any]:
        """Return the sender as a bank may be told of him: as he is, nothing invented."""
        told = {n: self.headers[n][:HEADER_LIMIT] for n in _TOLD_TO_BANKS if n in self.headers}
        agent = self.headers.get("user-agent", "")[:HEADER_LIMIT]
        return asdict(Presence(ip=self.ip, user_agent=agent, headers=told))


def below(public_url: str, path: str) -> str:
    """Return a path of ours as others ask for it: below the public address's own, if it has one."""
    return urlsplit(public_url).path.rstrip("/") + path


def from_event(event: Mapping[str, Any]) -> Visit:
    """Return what an event brings."""
    context = event["requestContext"]
    authorizer = context.get("authorizer") or {}
    return Visit(
        headers={k.lower(): v for k, v in (event.get("headers") or {}).items()},
        ip=context["http"]["sourceIp"],
        host=context.get("domainName") or "",
        claims=(authorizer.get("jwt") or {}).get("claims") or {},
        raw_body=event.get("body") or "",
        encoded=bool(event.get("isBase64Encoded")),
        query=event.get("rawQueryString") or "",
        cookies=dict(_cookies(event.get("cookies") or ())),
        path=event.get("rawPath") or "",
    )


def _cookies(sent: Sequence[str]) -> Iterator[tuple[str, str]]:
    for each in sent:
        name, _, value = each.partition("=")
        yield name.strip(), value.strip()


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""

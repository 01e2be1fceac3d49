"""Setup tokens, the access URLs they are exchanged for, and how often those are used."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from infra.simulators.history import DAY

Bucket = Literal["all", "single"]


@dataclass
class Access:
    """Credentials that an application holds."""

    username: str
    password: str
    login: str
    alive: bool = True
    _requests: dict[Bucket, deque[int]] = field(
        default_factory=lambda: {"all": deque(), "single": deque()}
    )

    def count(self, bucket: Bucket, now: int) -> int:
        """Count a request; return how many there were in the 24 hours up to it."""
        requests = self._requests[bucket]
        requests.append(now)
        while requests[0] <= now - DAY:
            requests.popleft()
        return len(requests)

    def url(self, root: str) -> str:
        """Return the access URL; what may not stand in a URL is percent-encoded."""
        scheme, _, rest = root.partition("://")
        return f"{scheme}://{quote(self.username, '')}:{quote(self.password, '')}@{rest}"


@dataclass
class SetupToken:
    """A one-time code, not claimed yet or used up."""

    login: str
    claimed: bool = False


class Credentials:
    """All that the Bridge has given out."""

    def __init__(self) -> None:
        self._tokens: dict[str, SetupToken] = {}
        self._accesses: dict[str, Access] = {}

    def new_claim_url(self, login: str, root: str) -> str:
        """Give out a setup token; return the URL that claims it."""
        code = secrets.token_urlsafe(24)
        self._tokens[code] = SetupToken(login)
        return f"{root}/claim/{code}"

    def token(self, code: str) -> SetupToken | None:
        """Return a token that was given out, claimed or not."""
        return self._tokens.get(code)

    def claim(self, token: SetupToken, *, odd: bool = False) -> Access:
        """Use up a token; return new credentials, `odd` ones with characters URLs must encode."""
        token.claimed = True
        password = secrets.token_hex(32).upper()
        access = Access(
            username=secrets.token_hex(32).upper(),
            password=f"p/a:s@s%2F?#{password[:8]}é" if odd else password,
            login=token.login,
        )
        self._accesses[access.username] = access
        return access

    def access(self, authorization: str | None) -> Access | None:
        """Return the credentials in a Basic `Authorization` header, dead or alive."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            plain = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        username, _, password = plain.partition(":")
        access = self._accesses.get(username)
        if access and hmac.compare_digest(access.password.encode(), password.encode()):
            return access
        return None

    def kill(self, login: str) -> None:
        """Make every access of a login dead for good."""
        for access in self._accesses.values():
            if access.login == login:
                access.alive = False

    def forget(self, login: str | None) -> None:
        """Forget what a login was given, or everybody."""
        keep = login is not None
        self._tokens = {k: v for k, v in self._tokens.items() if keep and v.login != login}
        self._accesses = {k: v for k, v in self._accesses.items() if keep and v.login != login}

    def live(self, login: str) -> int:
        """Return how many credentials of a login work."""
        return sum(each.alive and each.login == login for each in self._accesses.values())


def setup_token(claim_url: str) -> str:
    """Return what the user copies: the claim URL in Base64."""
    return base64.b64encode(claim_url.encode()).decode()

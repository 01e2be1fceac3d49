"""Logging in at the local issuer: the authorization code flow, as strict as a good provider's.

Public clients with PKCE (RFC 7636, S256 only); redirect addresses compared as they are (RFC 9700,
section 2.1); codes good once, for a minute, for the client, address and verifier that they were
made for; the issuer's name in the answer (RFC 9207).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CODE_LIFE: Final = 60
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SCOPES: Final = frozenset({"openid", "email", "profile"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in."""

    sub: str
    workspace: str
    email: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A good request for a login: whom it is for, and what its answer must fit."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str = field(repr=False)


class UnknownClientError(Exception):
    """Nobody that we may send a browser back to; the message says why."""


class RefusedError(Exception):
    """The client is told so; the message is the error's code, `description` says more."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.description = description


class CodeFlow:
    """Hands out codes and takes them back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._clients: dict[str, set[str]] = {}
        self._codes: dict[str, tuple[Asked, Person, float]] = {}

    def register(self, client_id: str, redirect_uri: str) -> None:
        """Let a public client have browsers sent back to an address."""
        self._clients.setdefault(client_id, set()).add(redirect_uri)

    def redirect_uri(self, sent: Mapping[str, str]) -> str:
        """Return where the browser may be sent back to. Raises `UnknownClientError`."""
        known = self._clients.get(sent.get("client_id", ""))
        if known is None:
            raise UnknownClientError("no such client")
        if sent.get("redirect_uri") not in known:
            raise UnknownClientError("not an address of this client")
        return sent["redirect_uri"]

    def asked(self, sent: Mapping[str, str]) -> Asked:
        """Return what a request asks for. Raises `UnknownClientError`, `RefusedError`."""
        address = self.redirect_uri(sent)
        scopes = set(sent.get("scope", "").split())
        if sent.get("response_type") != "code":
            raise RefusedError("unsupported_response_type", "only code")
        if "openid" not in scopes or scopes - _SCOPES:
            raise RefusedError("invalid_scope", "openid, email, profile")
        if sent.get("code_challenge_method") != "S256":
            raise RefusedError("invalid_request", "only S256")
        if not _CHALLENGE.fullmatch(sent.get("code_challenge", "")):
            raise RefusedError("invalid_request", "code_challenge")
        if not sent.get("state") or not sent.get("nonce"):
            raise RefusedError("invalid_request", "state and nonce")
        return Asked(
            sent["client_id"], address, sent["state"], sent["nonce"], sent["code_challenge"]
        )

    def code(self, asked: Asked, person: Person) -> str:
        """Return a code for whoever has logged in."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = asked, person, self._now() + CODE_LIFE
        return code

    def redeem(self, sent: Mapping[str, str]) -> tuple[Asked, Person]:
        """Return what a code stands for; it is then good no more. Raises `RefusedError`."""
        if sent.get("grant_type") != "authorization_code":
            raise RefusedError("unsupported_grant_type", "only authorization_code")
        with self._lock:
            found = self._codes.pop(sent.get("code", ""), None)
        if found is None:
            raise RefusedError("invalid_grant", "no such code, or one that was used")
        asked, person, until = found
        if self._now() >= until:
            raise RefusedError("invalid_grant", "the code is over")
        same = (asked.client_id, asked.redirect_uri)
        if same != (sent.get("client_id"), sent.get("redirect_uri")):
            raise RefusedError("invalid_grant", "made for another client or address")
        if not _fits(asked.challenge, sent.get("code_verifier", "")):
            raise RefusedError("invalid_grant", "code_verifier")
        return asked, person


def sent_back(address: str, **told: str) -> str:
    """Return the address with what the client is told; what is empty is left out."""
    kept = {name: value for name, value in told.items() if value}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(kept)}"


def _fits(challenge: str, verifier: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)

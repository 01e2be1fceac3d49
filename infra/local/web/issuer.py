"""An OpenID Connect issuer with its own key, in the place of the host app's identity provider."""

from __future__ import annotations

import html
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from infra.local.web.code_flow import CodeFlow, Person, RefusedError, UnknownClientError, sent_back
from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEY_ID = "local-1"
LIFETIME = 3600
BANKS_CLIENT: Final = "relink-banks"
"""The public client that the Banks page logs its owner in with."""
_OWNER: Final = Person("owner-1", "workspace-1", "owner@example.com")
_JSON: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Who are you?</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<body><main><h1>Who are you?</h1>
<p>The local identity provider asks for no password: choose an owner.</p>
<ul>{choices}</ul></main></body></html>"""


class Issuer:
    """Publishes its key like a real provider; lets people log in; signs tokens for tests.

    `people` returns who can log in at the time.
    """

    def __init__(self, now: Callable[[], float], audience: str = "relink") -> None:
        self.audience = audience
        self.people: Callable[[], Iterable[Person]] = lambda: [_OWNER]
        self.flow = CodeFlow(now)
        self._now = now
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = LoopbackServer(self._answer).start()
        self.url = self._server.url

    def token(self, sub: str, workspace: str, email: str, **claims: Any) -> str:
        """Return an access token that is valid for an hour of the stack's time.

        Further claims are added as given and may replace the standard ones; None leaves one out.
        """
        now = int(self._now())
        payload = {
            "iss": self.url,
            "aud": self.audience,
            "sub": sub,
            "workspace": workspace,
            "email": email,
            "iat": now,
            "exp": now + LIFETIME,
            **claims,
        }
        kept = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(kept, self._key, algorithm="RS256", headers={"kid": KEY_ID})

    def known(self) -> list[Person]:
        """Return who can log in: a first owner, and whoever else is known by now."""
        return list({person.sub: person for person in [_OWNER, *self.people()]}.values())

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "GET", "/.well-known/openid-configuration":
                return _json(self._configuration())
            case "GET", "/jwks.json":
                return _json({"keys": [self._public_key()]})
            case "GET", "/authorize":
                return self._authorize(request.parameters())
            case "POST", "/token":
                return self._redeem(request)
            case _:
                return Reply(404)

    def _authorize(self, sent: dict[str, str]) -> Reply:
        """Send whoever is named back with a code; ask who it is if nobody known is named."""
        try:
            address = self.flow.redirect_uri(sent)
        except UnknownClientError as error:
            return Reply(HTTPStatus.BAD_REQUEST, str(error).encode())
        try:
            asked = self.flow.asked(sent)
        except RefusedError as error:
            told = {"error": str(error), "error_description": error.description}
            return _onward(sent_back(address, **told, state=sent.get("state", ""), iss=self.url))
        people = {person.sub: person for person in self.known()}
        if sent.get("login_hint") not in people:
            return _choice(sent, people.values())
        code = self.flow.code(asked, people[sent["login_hint"]])
        return _onward(sent_back(address, code=code, state=asked.state, iss=self.url))

    def _redeem(self, request: Request) -> Reply:
        if request.query or not request.headers.get("content-type", "").startswith(
            "application/x-www-form-urlencoded"
        ):
            return _json({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST)
        try:
            asked, person = self.flow.redeem(request.parameters())
        except RefusedError as error:
            told = {"error": str(error), "error_description": error.description}
            return _json(told, HTTPStatus.BAD_REQUEST)
        who = person.sub, person.workspace, person.email
        given = {
            "access_token": self.token(*who),
            "id_token": self.token(*who, aud=asked.client_id, nonce=asked.nonce),
            "token_type": "Bearer",
            "expires_in": LIFETIME,
        }
        return _json(given)

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["openid", "email", "profile"],
            "subject_types_supported": ["public"],
        }

    def _public_key(self) -> dict[str, Any]:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}


def _json(told: dict[str, Any], status: int = HTTPStatus.OK) -> Reply:
    """Return JSON that pages may read, whosever they are: without a code it is worth nothing."""
    headers = [*_JSON, ("Access-Control-Allow-Origin", "*")]
    return Reply(status, json.dumps(told).encode(), headers)


def _onward(address: str) -> Reply:
    return Reply(HTTPStatus.FOUND, headers=[("Location", address), ("Cache-Control", "no-store")])


def _choice(sent: dict[str, str], people: Iterable[Person]) -> Reply:
    choices = "".join(
        f'<li><a href="?{html.escape(urlencode({**sent, "login_hint": person.sub}))}">'
        f"{html.escape(person.email)}</a> ({html.escape(person.workspace)})</li>"
        for person in people
    )
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    page = _PAGE.format(choices=choices).encode()
    return Reply(HTTPStatus.OK, page, [*headers, ("Content-Security-Policy", policy)])

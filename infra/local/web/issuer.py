"""An OpenID Connect issuer with its own key, in the place of the host app's identity provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from infra.local.web.loopback_server import LoopbackServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_ID = "local-1"
LIFETIME = 3600


class Issuer:
    """Publishes its key like a real provider and signs tokens for whoever asks the Python API."""

    def __init__(self, now: Callable[[], float], audience: str = "relink") -> None:
        self.audience = audience
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

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks.json",
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
            },
            "/jwks.json": {"keys": [self._public_key()]},
        }
        if request.path not in documents:
            return Reply(404)
        body = json.dumps(documents[request.path]).encode()
        return Reply(200, body, [("Content-Type", "application/json")])

    def _public_key(self) -> dict[str, Any]:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}

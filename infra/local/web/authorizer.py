"""Check bearer tokens as an HTTP API's JWT authorizer does.

Source: "Control access to HTTP APIs with JWT authorizers", API Gateway developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable

    from jwt.types import Options

ALGORITHMS = ["RS256", "RS384", "RS512"]
SIGNATURE_ONLY: Options = {
    "verify_aud": False,
    "verify_exp": False,  # the times are compared with the stack's clock, not with real time
    "verify_iat": False,
    "verify_nbf": False,
}


class UnauthorizedError(Exception):
    """The token is missing or not good; the caller gets a bare 401."""


@dataclass
class JwtAuthorizer:
    """An authorizer of the template."""

    issuer: str
    audiences: list[str]
    now: Callable[[], float]
    header: str = "authorization"
    _keys: dict[str, Any] = field(default_factory=dict)

    def claims(self, headers: dict[str, str]) -> dict[str, str]:
        """Return the token's claims as the function sees them: every value a string.

        Raise UnauthorizedError for a signature, issuer, audience or time that is not right.
        """
        token = headers.get(self.header, "")
        if token[:7].lower() == "bearer ":
            token = token[7:]
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            claims = jwt.decode(
                token,
                self._key(kid),
                algorithms=ALGORITHMS,
                issuer=self.issuer,
                options=SIGNATURE_ONLY,
            )
        except (jwt.PyJWTError, urllib3.exceptions.HTTPError) as error:
            raise UnauthorizedError(type(error).__name__) from error
        self._check_audience(claims)
        self._check_times(claims)
        return {name: _text(value) for name, value in claims.items()}

    def _key(self, kid: str) -> Any:
        if kid not in self._keys:
            with urllib3.PoolManager() as http:
                address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                configuration = http.request("GET", address, timeout=5, retries=False).json()
                keys = http.request("GET", configuration["jwks_uri"], timeout=5, retries=False)
            known = jwt.PyJWKSet.from_dict(keys.json()).keys
            self._keys = {key.key_id or "": key for key in known}
        if kid not in self._keys:
            raise UnauthorizedError("unknown key")
        return self._keys[kid]

    def _check_audience(self, claims: dict[str, Any]) -> None:
        named = claims.get("aud", claims.get("client_id"))
        if not set(named if isinstance(named, list) else [named]) & set(self.audiences):
            raise UnauthorizedError("other audience")

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = self.now()
        try:
            good = (
                float(claims["exp"]) > now
                and float(claims.get("nbf", 0)) <= now
                and float(claims.get("iat", 0)) <= now
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnauthorizedError("no times") from error
        if not good:
            raise UnauthorizedError("not now")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(_text(each) for each in value)}]"
    return str(value)

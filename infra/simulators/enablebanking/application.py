"""The applications that may call the API, and the check of the tokens they sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_public_key,
)

from infra.simulators.enablebanking.refusals import RefusedError
from infra.simulators.exchange import LOOPBACK
from infra.simulators.history import DAY

ISSUER = "enablebanking.com"
AUDIENCE = "api.enablebanking.com"
LONGEST_LIFE = DAY
LEEWAY = 5
OWN_APP = "5f0d7f2e-6a1b-4f0c-9a53-3a1c9d3b7e11"


@dataclass(frozen=True)
class Application:
    """A registered application; without redirect addresses any on loopback is its own."""

    app_id: str
    key: RSAPublicKey
    redirect_urls: tuple[str, ...] = ()

    def may_redirect(self, url: str) -> bool:
        """Tell whether the owner may be sent back there."""
        return url in self.redirect_urls or (
            not self.redirect_urls and urlsplit(url).hostname in LOOPBACK
        )


@dataclass
class Applications:
    """The applications by id. One is there from the start, its key made when it is first needed."""

    _known: dict[str, Application] = field(default_factory=dict)

    def own(self) -> dict[str, str]:
        """Return id and private key of the application that is there from the start."""
        key = _own_key()
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._known[OWN_APP] = Application(OWN_APP, key.public_key())
        return {"app_id": OWN_APP, "private_key": key.private_bytes(*form).decode()}

    def register(self, app_id: str, public_key: str, redirect_urls: list[str]) -> None:
        """Add an application; raises `ValueError` for a key that is no RSA key in PEM."""
        key = load_pem_public_key(public_key.encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("public_key: RSA")  # noqa: TRY004 - of the wrong kind, not type
        self._known[app_id] = Application(app_id, key, tuple(redirect_urls))

    def checked(self, authorization: str | None, now: int) -> Application:
        """Return who calls. Raises `RefusedError`."""
        scheme, _, token = (authorization or "").partition(" ")
        if not authorization or scheme.lower() != "bearer":
            raise RefusedError("AUTHORIZATION_NOT_PROVIDED")
        try:
            header = jwt.get_unverified_header(token)
            application = self._known[header["kid"]]
            if header.get("typ") != "JWT":
                raise RefusedError("UNAUTHORIZED_ACCESS", "typ")
            claims = _claims(token, application.key)
        except (jwt.PyJWTError, KeyError) as error:
            raise RefusedError("UNAUTHORIZED_ACCESS", type(error).__name__) from error
        created, expires = claims["iat"], claims["exp"]
        fits = created <= now + LEEWAY and now < expires and expires - created <= LONGEST_LIFE
        if not fits:
            raise RefusedError("UNAUTHORIZED_ACCESS", "times")
        return application


@cache
def _own_key() -> RSAPrivateKey:
    """Return the key of the own application: made once in a process, known to nobody else."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def _claims(token: str, key: RSAPublicKey) -> dict[str, Any]:
    """Return the verified claims; their times are held against the simulated clock elsewhere."""
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={
            "require": ["iss", "aud", "iat", "exp"],
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        },
    )
    for name in ("iat", "exp"):
        if type(claims[name]) is not int:
            raise RefusedError("UNAUTHORIZED_ACCESS", name)
    return claims

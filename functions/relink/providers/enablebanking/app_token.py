"""The token by which the application names itself: a JWT signed with its own key.

Enable Banking, "JWT format and signature": RS256, `kid` is the application's id, and it lives 24
hours at most. One is made an hour and shared by all threads.
"""

from __future__ import annotations

import base64
import binascii
import threading
from typing import TYPE_CHECKING

from relink.failures import Misconfigured
from relink.reasons import Reason, Scope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ISSUER = "enablebanking.com"
AUDIENCE = "api.enablebanking.com"
LIFE = 3_600
RENEWED_BEFORE = 600


class AppToken:
    """Signs for the application. Threads share one object; the key is read when first needed."""

    def __init__(self, app_id: str, private_key: str) -> None:
        self._app_id = app_id
        self._pem = private_key
        self._key: RSAPrivateKey | None = None
        self._made: tuple[int, str] | None = None
        self._lock = threading.Lock()

    @property
    def set_up(self) -> bool:
        """Tell whether there is an application at all, its key usable or not."""
        return bool(self._app_id and self._pem)

    def bearer(self, now: int) -> str:
        """Return a token that is good for minutes. Raises `Misconfigured` without a usable key."""
        with self._lock:
            if self._made is None or not self._made[0] <= now < self._made[0] + LIFE - (
                RENEWED_BEFORE
            ):
                self._made = (now, self._signed(now))
            return self._made[1]

    def forget(self) -> None:
        """Drop the token: the next call signs another."""
        with self._lock:
            self._made = None

    def _signed(self, now: int) -> str:
        import jwt  # noqa: PLC0415 - only who talks to Enable Banking pays for the import

        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + LIFE}
        if self._key is None:
            self._key = _loaded(self._app_id, self._pem)
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._app_id})


def _loaded(app_id: str, text: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    if app_id and text:
        try:
            key = load_pem_private_key(_pem(text), password=None)
        except (ValueError, TypeError):
            key = None
        if isinstance(key, RSAPrivateKey):
            return key
    # No cause: the parser's words may quote the key.
    raise Misconfigured(
        Reason.MISCONFIGURED,
        provider_code="no application key",
        scope=Scope.OPERATOR,
        reached=False,
    ) from None


def _pem(text: str) -> bytes:
    r"""Return the key's PEM, given as it is, on one line with `\n` in it, or in Base64."""
    if "-----BEGIN" in text:
        return text.replace("\\n", "\n").encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""

"""Bank credentials sealed for Powens alone, on top of TLS: a JSON Web Encryption for each value.

Powens asks for this of whoever sends credentials himself (docs.powens.com, "End-to-end
encryption"): RSA-OAEP-256 and A256GCM with the domain's key from `GET /publickey` (RFC 7516, 7518).
"""

from __future__ import annotations

import base64
import json
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import Field

from relink.failures import ProviderError
from relink.providers.powens import codes
from relink.providers.wire import Identifier, Wire, checked
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.providers.powens.access import Access
    from relink.providers.powens.client import Client

KEPT: Final = 3_600
NOT_OFFERED: Final = frozenset({"404", "405", "error:methodNotAllowed"})
SMALLEST_KEY: Final = 2_048


class PublicKey(Wire):
    """A domain's key (RFC 7517)."""

    kty: str
    n: str = Field(max_length=2_048)
    e: str = Field(max_length=16)
    kid: Identifier


@dataclass
class Sealer:
    """Seals values with the domain's key, which is asked for once an hour. Thread-safe."""

    client: Client
    required: bool = False
    _key: PublicKey | None = None
    _asked_at: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sealed(
        self, values: Mapping[str, str], access: Access, now: int, clear: frozenset[str]
    ) -> dict[str, str]:
        """Return the values sealed, but for those named `clear`.

        As they are, under TLS alone, if the domain offers no key. Raises `ProviderError`.
        """
        key = self._current(access, now)
        if key is None:
            return dict(values)
        return {n: v if n in clear else compact(v.encode(), key) for n, v in values.items()}

    def _current(self, access: Access, now: int) -> PublicKey | None:
        with self._lock:
            if self._asked_at is not None and now < self._asked_at + KEPT:
                return self._key
        key = self._fetched(access, now)
        with self._lock:
            self._key, self._asked_at = key, now
        return key

    def _fetched(self, access: Access, now: int) -> PublicKey | None:
        try:
            return checked(PublicKey, self.client.call("GET", "/publickey", now, access))
        except ProviderError as error:
            known = error.provider_code in NOT_OFFERED and error.reason is not Reason.BAD_ANSWER
            if not known or self.required:
                raise
        return None


def compact(clear: bytes, key: PublicKey) -> str:
    """Return the compact serialization (RFC 7516, section 7.1). Raises `Misconfigured`."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - at a login only
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        numbers = rsa.RSAPublicNumbers(_whole(key.e), _whole(key.n))
        public = numbers.public_key()
    except ValueError as error:
        raise codes.NOT_SET_UP.error("publickey") from error
    if key.kty != "RSA" or public.key_size < SMALLEST_KEY:
        raise codes.NOT_SET_UP.error("publickey")
    header = _text(json.dumps({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key.kid}).encode())
    content_key, nonce = AESGCM.generate_key(256), os.urandom(12)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sealed = AESGCM(content_key).encrypt(nonce, clear, header.encode())
    parts = (public.encrypt(content_key, oaep), nonce, sealed[:-16], sealed[-16:])
    return ".".join((header, *(_text(part) for part in parts)))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _whole(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

"""The domain's key, what is sealed with it, and what the domain signs."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import uuid
from functools import cached_property
from typing import Any

from infra.simulators.powens.refusals import RefusedError

PARTS = 5
ALGORITHMS = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}


class Opener:
    """The domain's key. It is made on first use, and once in a process."""

    def __init__(self) -> None:
        self.key_id = str(uuid.uuid4())

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

        return rsa.generate_private_key(65_537, 2_048)

    def public(self) -> dict[str, str]:
        """Return the public key (RFC 7517)."""
        numbers = self._private.public_key().public_numbers()
        n, e = numbers.n.to_bytes(256), numbers.e.to_bytes(3)
        return {
            "kty": "RSA",
            "use": "enc",
            "alg": ALGORITHMS["alg"],
            "kid": self.key_id,
            "n": _encoded(n),
            "e": _encoded(e),
        }

    def opened(self, value: str, *, required: bool) -> str:
        """Return what a value holds; one that is not sealed is itself. Raises `RefusedError`."""
        parts = value.split(".")
        if len(parts) != PARTS or not parts[0].startswith("eyJ"):
            if required:
                raise RefusedError("invalidValue", "credentials must be encrypted")
            return value
        try:
            return self._opened(parts)
        except Exception as error:
            raise RefusedError("invalidValue", "not to be decrypted") from error

    def _opened(self, parts: list[str]) -> str:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        header = json.loads(_decoded(parts[0]))
        if header != {**ALGORITHMS, "kid": self.key_id}:
            raise RefusedError("invalidValue", "another algorithm or key")
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        key = self._private.decrypt(_decoded(parts[1]), oaep)
        sealed = _decoded(parts[3]) + _decoded(parts[4])
        return AESGCM(key).decrypt(_decoded(parts[2]), sealed, parts[0].encode()).decode()


def signed(path: str, body: bytes, now: int, secret: str) -> dict[str, str]:
    """Return the headers that a webhook comes with."""
    date = dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    message = f"POST.{path}.{date}.".encode() + body
    signature = hmac.digest(secret.encode(), message, "sha256")
    encoded = base64.b64encode(signature).decode()
    return {"BI-Signature-Date": date, "BI-Signature": encoded}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

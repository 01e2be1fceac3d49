"""Signs webhooks as Plaid does, with a key of this process."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from functools import cached_property
from typing import Any

from infra.simulators.plaid.refusals import RefusedError

VERIFICATION = "Plaid-Verification"
"""The header that a webhook is signed in."""
_COORDINATE = 32


class Signer:
    """Plaid's key. It is made on first use: most worlds send no webhooks."""

    def __init__(self) -> None:
        self.key_id = str(uuid.uuid4())

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        return ec.generate_private_key(ec.SECP256R1())

    def public(self, key_id: str, created: int) -> dict[str, Any]:
        """Return the public key. Raises `RefusedError` for another id."""
        if key_id != self.key_id:
            raise RefusedError("INVALID_WEBHOOK_VERIFICATION_KEY_ID", "invalid key_id provided")
        numbers = self._private.public_key().public_numbers()
        return {
            "alg": "ES256",
            "crv": "P-256",
            "kid": self.key_id,
            "kty": "EC",
            "use": "sig",
            "x": _encoded(numbers.x.to_bytes(_COORDINATE)),
            "y": _encoded(numbers.y.to_bytes(_COORDINATE)),
            "created_at": created,
            "expired_at": None,
        }

    def token(self, body: bytes, now: int) -> str:
        """Return the value of the header."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

        header = {"alg": "ES256", "kid": self.key_id, "typ": "JWT"}
        claims = {"iat": now, "request_body_sha256": hashlib.sha256(body).hexdigest()}
        parts = [_encoded(json.dumps(part).encode()) for part in (header, claims)]
        signed = ".".join(parts).encode()
        r, s = utils.decode_dss_signature(self._private.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)
        return ".".join([*parts, _encoded(signature)])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

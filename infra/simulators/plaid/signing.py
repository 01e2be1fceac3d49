"""Signs webhooks as Plaid does, with a key of this process."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.request
import uuid
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from infra.simulators.plaid.refusals import RefusedError

SECONDS = 5
_COORDINATE = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
        """Return the value of the `Plaid-Verification` header."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

        header = {"alg": "ES256", "kid": self.key_id, "typ": "JWT"}
        claims = {"iat": now, "request_body_sha256": hashlib.sha256(body).hexdigest()}
        parts = [_encoded(json.dumps(part).encode()) for part in (header, claims)]
        signed = ".".join(parts).encode()
        r, s = utils.decode_dss_signature(self._private.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)
        return ".".join([*parts, _encoded(signature)])


def deliver(url: str, body: bytes, token: str) -> None:
    """Send a webhook in the background, to this machine only."""
    if urlsplit(url).hostname in LOOPBACK:
        threading.Thread(target=_post, args=(url, body, token), daemon=True).start()


def _post(url: str, body: bytes, token: str) -> None:
    headers = {"Content-Type": "application/json", "Plaid-Verification": token}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - checked by `deliver`
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            pass
    except OSError:
        pass  # nobody listens; Plaid would try again


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""A browser as far as push goes: its keys, and reading what was encrypted for it (RFC 8291).

The reading is written from the RFC with nothing but primitives, so that it checks the library
which the functions encrypt with.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADER = 21
POINT = 65
TAG = 16
SMALLEST_RECORD = 18
LAST_RECORD = 2


class UnreadableError(Exception):
    """What was pushed is not encrypted for this browser; the message says where it fails."""


@dataclass(frozen=True)
class Browser:
    """A subscribed browser; `label` says whose it is, to people."""

    endpoint: str
    key: str
    """The public VAPID key that it subscribed with: nobody else may push to it."""
    label: str = ""
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def subscription(self) -> dict[str, Any]:
        """Return what `PushSubscription.toJSON()` gives in this browser."""
        return {
            "endpoint": self.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": text(self.public), "auth": text(self.secret)},
        }

    @property
    def public(self) -> bytes:
        """Return the public half of the browser's key, an uncompressed point."""
        point = self.private.public_key()
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """Return the payload of a message's body. Raises `UnreadableError`.

        Sections 3.4 and 4: one record, whose header names the sender's key for this message.
        """
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:HEADER].ljust(5, b"\0"))
        sender, record = body[HEADER : HEADER + length], body[HEADER + length :]
        if length != POINT or size < SMALLEST_RECORD or not TAG < len(record) <= size:
            raise UnreadableError("header")
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        except ValueError as error:
            raise UnreadableError("sender's key") from error
        shared = self.private.exchange(ec.ECDH(), point)
        about = b"WebPush: info\0" + self.public + sender
        material = _expand(_digest(self.secret, shared), about, 32)
        extracted = _digest(salt, material)
        key = _expand(extracted, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(extracted, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        except InvalidTag as error:
            raise UnreadableError("record") from error
        if not padded or padded[-1] != LAST_RECORD:
            raise UnreadableError("delimiter")
        return padded[:-1]


def text(value: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def bytes_of(value: str) -> bytes:
    """Return the bytes of base64url without padding. Raises `ValueError`."""
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _expand(key: bytes, about: bytes, length: int) -> bytes:
    """Return the first block of HKDF-Expand (RFC 5869), which is all that is asked for here."""
    return _digest(key, about + b"\1")[:length]

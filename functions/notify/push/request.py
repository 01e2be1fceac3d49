"""One message to one browser as an HTTP request: encrypted for it alone, and signed by us.

RFC 8030 (request), RFC 8291 (encryption), RFC 8292 (VAPID signature). Loaded with the first push.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from relink.clock import DAY
from relink.push_services import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.subscriptions import Subscription

SIGNATURE_LIFE: Final = DAY // 2
"""At most a day (RFC 8292, section 2); half of it, as clocks differ."""
KEY_BYTES: Final = 32


class NoKey(Exception):
    """A key has not the form that it must have; the text says which, never its value."""


@dataclass(frozen=True, slots=True)
class Vapid:
    """The key that tells push services who we are, with its public half as browsers know it."""

    private: ec.EllipticCurvePrivateKey
    public: str

    @classmethod
    def read(cls, text: str, public: str) -> Vapid:
        """Return the key of a private P-256 scalar in base64url, as browsers know it by `public`.

        Raises `NoKey` if it is none, or not that one's private half.
        """
        try:
            scalar = decoded(text.strip())
            private = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())
        except ValueError:
            raise NoKey("the private VAPID key is none") from None
        if len(scalar) != KEY_BYTES:
            raise NoKey("the private VAPID key has not 32 bytes")
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        derived = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        if derived != public.rstrip("="):
            raise NoKey("the VAPID keys are no pair")
        return cls(private, derived)

    def authorization(self, endpoint: str, contact: str, now: int) -> str:
        """Return the header that tells an endpoint's service who sends, and whom it may ask."""
        claims = {"aud": origin_of(endpoint), "exp": now + SIGNATURE_LIFE, "sub": contact}
        token = jwt.encode(claims, self.private, algorithm="ES256")
        return f"vapid t={token}, k={self.public}"


def sealed(payload: bytes, subscription: Subscription) -> bytes:
    """Return a payload that only the subscription's browser can read. Raises `NoKey`."""
    try:
        point, secret = decoded(subscription.p256dh), decoded(subscription.auth)
        browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise NoKey("the browser's key is no point on P-256") from None
    once = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(payload, private_key=once, dh=browser, auth_secret=secret)
    return body


def headers(urgency: str, topic: str, authorization: str) -> Mapping[str, str]:
    """Return a request's headers: it is kept for a day, and replaces what waits on its topic."""
    return {
        "Authorization": authorization,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Topic": topic,
        "TTL": str(DAY),
        "Urgency": urgency,
    }


def decoded(text: str) -> bytes:
    """Return the bytes of base64url, padded or not. Raises `ValueError`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error

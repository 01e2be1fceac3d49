"""Whether a push comes from whom the browser subscribed to (RFC 8292), checked from primitives."""

from __future__ import annotations

import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local.push.browser import bytes_of
from relink.clock import DAY

LONGEST_LIFE = DAY
_VAPID = re.compile(r"vapid (?=.*\bt=([\w-]+)\.([\w-]+)\.([\w-]+))(?=.*\bk=([\w-]+))[^,]+,[^,]+")
_CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://\S+")


class RefusedError(Exception):
    """The sender is not the one who may push; the message says why."""


def check(header: str, key: str, origin: str, now: float) -> str:
    """Return whom the sender names to ask; `key` is the one that the browser subscribed with.

    Raises `RefusedError`.
    """
    found = _VAPID.fullmatch(header)
    if found is None:
        raise RefusedError("no vapid credentials")
    about, said, signature, sender = found.groups()
    if sender != key:
        raise RefusedError("another key than the subscription's")
    try:
        _verify(f"{about}.{said}".encode(), bytes_of(signature), bytes_of(key))
        claims, algorithm = json.loads(bytes_of(said)), json.loads(bytes_of(about)).get("alg")
    except (InvalidSignature, ValueError, AttributeError) as error:
        raise RefusedError("signature") from error
    if algorithm != "ES256":
        raise RefusedError("algorithm")
    return _claimed(claims, origin, now)


def _verify(signed: bytes, signature: bytes, key: bytes) -> None:
    """Check a JWS signature, which is r and s side by side (RFC 7518, section 3.4)."""
    if len(signature) != 64:  # noqa: PLR2004 - twice 32 bytes
        raise InvalidSignature
    pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    point.verify(pair, signed, ec.ECDSA(SHA256()))


def _claimed(claims: Any, origin: str, now: float) -> str:
    known = claims if isinstance(claims, dict) else {}
    expires, contact = known.get("exp"), str(known.get("sub", ""))
    if known.get("aud") != origin:
        raise RefusedError("audience")
    if not isinstance(expires, int) or not now < expires <= now + LONGEST_LIFE:
        raise RefusedError("expiry")
    if not _CONTACT.fullmatch(contact):
        raise RefusedError("contact")
    return contact

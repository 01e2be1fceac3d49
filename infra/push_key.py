"""Make a key pair for Web Push: `python -m infra.push_key` prints it as the template's parameters.

The private half is printed once and kept nowhere: it belongs into the deployment's parameters.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class PushKey:
    """A VAPID key (RFC 8292): both halves in base64url, as browsers and Web Push libraries do."""

    public: str
    private: str

    @classmethod
    def new(cls) -> Self:
        """Return a new pair: an uncompressed point on P-256, and its scalar."""
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        scalar = key.private_numbers().private_value.to_bytes(32, "big")
        return cls(_text(point), _text(scalar))

    def parameters(self) -> dict[str, str]:
        """Return the pair as the template's parameters."""
        return {"VapidPublicKey": self.public, "VapidPrivateKey": self.private}


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


if __name__ == "__main__":
    for name, value in PushKey.new().parameters().items():
        print(f"{name}={value}")

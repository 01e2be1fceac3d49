"""Where what is secret may be sent: over HTTPS, and within one machine."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def safe(address: str) -> bool:
    """Tell whether nobody between can read what is sent to an address; what is none is not."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)

"""Where a login stands between two calls: out at Plaid's page, or back with what it gave."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from relink.providers.plaid.access import Access


@dataclass(frozen=True, slots=True)
class Out:
    """The owner is at Plaid's page; `looks` counts how often nothing had come of it yet."""

    link_token: str = field(repr=False)
    url: str = field(repr=False)
    until: int
    updating: bool
    looks: int = 0

    def looked(self) -> Out:
        """Return it after one more look in vain."""
        return replace(self, looks=self.looks + 1)

    def anew(self) -> Out:
        """Return it for another visit to the same page."""
        return replace(self, looks=0)


@dataclass(frozen=True, slots=True)
class Back:
    """The owner was through, and whatever could be spent is spent: only the accounts are missing.

    `access` is that of a new item; an updated one keeps its own.
    """

    access: Access | None = None


def packed(stand: Out | Back) -> bytes:
    """Return the bytes of a continuation."""
    return json.dumps({"stand": type(stand).__name__, **asdict(stand)}).encode()


def unpacked(continuation: bytes) -> Out | Back:
    """Return what `packed` packed."""
    content: dict[str, Any] = json.loads(continuation)
    if content.pop("stand") == Out.__name__:
        return Out(**content)
    return Back(Access(**content["access"]) if content["access"] else None)

"""What providers tell us unasked: whose word it is, and what it says in our terms.

A webhook is a hint: the schedule finds everything that one can tell, only later. So whatever is
in doubt about one leads to a sync at most, and never to a colour.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from relink.failures import ProviderError

BODY_LIMIT: Final = 64 * 1024
HEADER_LIMIT: Final = 4_096
REFERENCE_BYTES: Final = 9
"""Enough that no two of a billion are alike by chance; the item is to stay small."""


class Unverified(Exception):
    """The webhook is not its provider's, or too old, or its body or address is another.

    Its words are ours alone: they name no key, signature or content.
    """


class Undecided(Exception):
    """Whose it is cannot be found out just now, because too many were asked about."""


class Unreadable(Exception):
    """The webhook is its provider's, but says nothing that we can read."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What can be a webhook of a provider, told before anybody knows whose it is.

    `signatures` are the headers, in lower case, that prove it; `events` the last parts of the
    paths that it comes to, none for a provider with one address for all. What is not `wanted` is
    answered and forgotten: it means nothing to us, and is better not kept.
    """

    signatures: tuple[str, ...]
    events: frozenset[str] = frozenset()
    wanted: Callable[[bytes], bool] = lambda _: True

    def opens(self, provider: str, path: str) -> bool:
        """Tell whether a path is one of the provider's; whatever comes before is our address."""
        tails = [f"/{provider}/{e}" for e in self.events] or [f"/{provider}"]
        return path.isprintable() and any(path.endswith(f"/webhooks{tail}") for tail in tails)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One as it came: its path, the headers that prove whose it is, its bytes, and when."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: int


class Word(StrEnum):
    """What a webhook says of a connection."""

    NOTHING = "nothing"
    NEW_DATA = "new data"
    MENDED = "mended"
    EXPIRING = "expiring"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class News:
    """A verified webhook in our terms.

    `reference` is the provider's own name of the access that it speaks of. `final` says that what
    is broken can never be mended, so that it is true whenever it arrives. `at` is the epoch second
    at which it was true, if the provider tells one, `expires_at` when the access will end.
    `mends` holds the provider codes that are over with it.
    """

    word: Word
    reference: str = ""
    error: ProviderError | None = None
    final: bool = False
    at: int | None = None
    expires_at: int | None = None
    mends: frozenset[str] = frozenset()


@runtime_checkable
class Listener(Protocol):
    """An adapter whose provider sends webhooks."""

    def hear(self, hook: Webhook) -> News:
        """Return what a webhook says.

        Raises `Unverified`, `Undecided`, `Unreadable`, or `ProviderError`. The age of a signature
        is measured against the time of receipt. `Temporary` says that the provider could not be
        asked for its key: the webhook is to come again.
        """


def provider_ref(provider: str, reference: str) -> str:
    """Return by what a connection is found when its provider speaks of it, `""` without a name.

    A hash: neither the store nor its stream tells what the access is called at the provider.
    """
    if not reference:
        return ""
    digest = hashlib.sha256(f"{provider}\0{reference}".encode()).digest()
    return urlsafe_b64encode(digest[:REFERENCE_BYTES]).decode()

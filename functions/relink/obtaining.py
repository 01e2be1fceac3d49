"""What a login has obtained before it is over: an access that somebody must end if nobody keeps it.

Some providers give an access for a one-time token long before the accounts are seen. It lies in the
login's continuation until the credentials are swapped, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from relink.provider import Secret


@runtime_checkable
class Obtainer(Protocol):
    """An adapter whose continuations may hold an access that `disconnect` ends."""

    def obtained(self, continuation: bytes) -> Secret | None:
        """Return the access that a continuation of this adapter holds, or None."""

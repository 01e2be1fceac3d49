"""The link at the end of a reminder that stops them, without login (RFC 8058).

It has no date of its own, as whoever finds an old reminder may still want no more; but it is dead
once the key that it was signed with has been replaced twice. It opens nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relink.signing import Purpose, sign, verify

if TYPE_CHECKING:
    from relink.signing import Keys

PATH = "/unsubscribe/"


def issue(owner_id: str, keys: Keys) -> str:
    """Return the token that stops an owner's reminders; safe in a URL's path."""
    return sign(Purpose.UNSUBSCRIBE, [owner_id], keys)


def read(token: str, keys: Keys) -> str:
    """Return whose reminders a token stops. Raises `signing.InvalidToken`."""
    [owner_id] = verify(Purpose.UNSUBSCRIBE, token, keys)
    return str(owner_id)

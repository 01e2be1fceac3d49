"""Signed, expiring links that open the reconnect page without login.

A link names the connection, its incident and the credentials that it may replace. It dies by
itself once those have been replaced or the incident is over: nothing is stored for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink.clock import DAY
from relink.signing import Purpose, sign, verify

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.signing import Keys

LIFE = 14 * DAY
FIRST_LIFE = 1_800
"""Of one that opens a connection's form before its first sync. Perhaps no accounts are known yet
that would have to match, so whoever is sent it by a stranger would connect his own bank for him: it
is for who asked for it just now. Half an hour is enough to find one's password, and as long as one
may be at his bank.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says: for which connection, against which state of it, until when."""

    connection_id: str
    red_since: int
    credentials_version: int
    expires_at: int

    def expired(self, now: int) -> bool:
        """Tell whether its time is over."""
        return now >= self.expires_at

    def spent(self, connection: Connection) -> bool:
        """Tell whether what it was issued for is over.

        Its credentials have been replaced, or its incident has ended, whoever has mended it. A link
        that was issued for no incident goes by the credentials alone.
        """
        replaced = connection.credentials_version != self.credentials_version
        return replaced or (bool(self.red_since) and connection.red_since != self.red_since)

    def outlived(self, connection: Connection) -> bool:
        """Tell whether the connection is red for another incident than the link's own."""
        return bool(self.red_since) and connection.red_since not in {None, self.red_since}


def link_for(connection: Connection, now: int, *, known: bool = False) -> Link:
    """Return a link that opens this connection's reconnect page, as it stands now.

    `known` says that accounts of it are known, so that it has its two weeks.
    """
    return Link(
        connection_id=connection.connection_id,
        red_since=connection.red_since or 0,
        credentials_version=connection.credentials_version,
        expires_at=now + (LIFE if known else life(connection)),
    )


def life(connection: Connection) -> int:
    """Return for how many seconds a link to a connection's form is good.

    Before a sync has worked for the first time, nothing may be known that would have to match.
    """
    return FIRST_LIFE if connection.last_success_at is None else LIFE


def issue(link: Link, keys: Keys) -> str:
    """Return the token of a link, signed by the newest key; safe in a URL's path."""
    numbers = link.red_since, link.credentials_version, link.expires_at
    return sign(Purpose.RECONNECT, (link.connection_id, *numbers), keys)


def read(token: str, keys: Keys) -> Link:
    """Return what an authentic token says, expired or not. Raises `signing.InvalidToken`."""
    return Link(*verify(Purpose.RECONNECT, token, keys))

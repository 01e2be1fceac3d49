"""A link that somebody has opened: read, verified, and held against its connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconnect.attempting import Standing, standing
from relink import links
from relink.reader import Reader

if TYPE_CHECKING:
    from reconnect.attempting import Reconnecting
    from reconnect.visit import Visit
    from relink.attempts import Attempt
    from relink.connection import Connection
    from relink.links import KeyRing, Link
    from relink.owners import Owners


class NoSuchPage(Exception):
    """The link is not one of ours, or what it was for is gone."""


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link of ours, its connection as it stands `now`, its last attempt, and its reader."""

    token: str
    link: Link
    connection: Connection
    attempt: Attempt | None
    reader: Reader
    now: int

    @property
    def standing(self) -> Standing:
        """Return what the link is good for."""
        return standing(self.link, self.connection, self.attempt, self.now)

    @property
    def first_time(self) -> bool:
        """Tell whether it connects the bank for the first time."""
        return self.link.credentials_version == 0


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Opens links: who has one needs nothing else, who has none learns nothing."""

    keys: KeyRing
    reconnecting: Reconnecting
    owners: Owners

    def open(self, token: str, visit: Visit, now: int) -> OpenedLink:
        """Return the opened link, expired or not. Raises `NoSuchPage`. Changes nothing."""
        try:
            link = links.read(token, self.keys.keys())
        except links.InvalidLink as error:
            raise NoSuchPage from error
        connection = self.reconnecting.connections.get(link.connection_id)
        if connection is None:
            raise NoSuchPage
        attempt = self.reconnecting.last_attempt(link, connection)
        profile = self.owners.profile(connection.owner_id)
        return OpenedLink(token, link, connection, attempt, Reader.of(profile, visit.language), now)

"""A fresh link for an expired one: mailed to the owner of the connection, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from relink.queues import DigestMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.addresses import Addresses
    from relink.connection import Connection
    from relink.notices import Notice, Notices
    from relink.owners import Owners
    from relink.queues import Queue

MAILED_AGAIN_AFTER = 600


class Asked(StrEnum):
    """What comes of asking for a fresh link."""

    MAILED = "mailed"
    NOT_NOW = "not now"
    """One has just gone out, or nothing is to be told of the connection."""
    UNREACHABLE = "unreachable"
    """Mail does not reach the owner, or he wants none."""


@dataclass(frozen=True, slots=True)
class FreshLinks:
    """Has the notice of a connection mailed again, with the link that its mail carries."""

    notices: Notices
    owners: Owners
    addresses: Addresses
    queue: Callable[[], Queue]

    def request(self, connection: Connection, now: int) -> Asked:
        """Have the owner's mail sent at once; tell what comes of that.

        Whoever holds the old link can cause one mail in ten minutes, to the owner, while there is
        something to be told of the connection; and nothing else. A mail that waits for the morning
        waits no longer: the owner is awake and asks for it. Where mail does not reach him, nobody
        else gets what he asked for. Raises `Conflict` if others kept writing the notice.
        """
        if not self._reached(connection.owner_id, now):
            return Asked.UNREACHABLE
        notice = self._notice(connection)
        earlier = now - MAILED_AGAIN_AFTER
        if notice is None or not self.notices.ask(notice, now, unless_since=earlier):
            return Asked.NOT_NOW
        self.queue().send(DigestMessage(connection.owner_id))
        return Asked.MAILED

    def _reached(self, owner_id: str, now: int) -> bool:
        """Tell whether mail reaches an owner, as far as we know."""
        profile = self.owners.profile(owner_id)
        if profile is None or not (profile.mail and profile.email.strip()):
            return False
        standing = self.addresses.standing(profile.email, now)
        return standing is None or not standing.trouble.stops_mail

    def _notice(self, connection: Connection) -> Notice | None:
        told = self.notices.of(connection.owner_id)
        mine = (n for n in told if n.connection_id == connection.connection_id)
        return next((n for n in mine if n.stands(connection)), None)

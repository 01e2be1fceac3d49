"""A fresh link for an expired one: mailed to the owner of the connection, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink.queues import DigestMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.notices import Notice, Notices
    from relink.queues import Queue

MAILED_AGAIN_AFTER = 600


@dataclass(frozen=True, slots=True)
class FreshLinks:
    """Has the notice of a connection mailed again, with the link that its mail carries."""

    notices: Notices
    queue: Callable[[], Queue]

    def request(self, connection: Connection, now: int) -> bool:
        """Have the owner's mail sent at once; tell whether it will be.

        Whoever holds the old link can cause one mail in ten minutes, to the owner, while there is
        something to be told of the connection; and nothing else. A mail that waits for the morning
        waits no longer: the owner is awake and asks for it.
        """
        notice = self._notice(connection)
        earlier = now - MAILED_AGAIN_AFTER
        if notice is None or not self.notices.ask(notice, now, unless_since=earlier):
            return False
        self.queue().send(DigestMessage(connection.owner_id))
        return True

    def _notice(self, connection: Connection) -> Notice | None:
        told = self.notices.of(connection.owner_id)
        mine = (n for n in told if n.connection_id == connection.connection_id)
        return next((n for n in mine if n.stands(connection)), None)

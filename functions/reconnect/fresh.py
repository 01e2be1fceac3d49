"""A fresh link for an expired one: mailed to the owner of the connection, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relink.queues import DigestMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.owners import Notice, Owners
    from relink.queues import Queue

MAILED_AGAIN_AFTER = 600


@dataclass(frozen=True, slots=True)
class FreshLinks:
    """Has the notice of a red connection mailed again, with the link that its mail carries."""

    owners: Owners
    queue: Callable[[], Queue]

    def request(self, connection: Connection, now: int) -> bool:
        """Have the owner's mail sent once more; tell whether it will be.

        Whoever holds the old link can cause one mail in ten minutes, to the owner, while the
        connection is red; and nothing else.
        """
        notice = self._notice(connection)
        if notice is None:
            return False
        earlier = now - MAILED_AGAIN_AFTER
        if not notice.pending and not self.owners.reopen(notice, earlier):
            return False
        self.queue().send(DigestMessage(connection.owner_id))
        return True

    def _notice(self, connection: Connection) -> Notice | None:
        incident = (connection.connection_id, connection.incident_since)
        told = self.owners.notices(connection.owner_id)
        return next((n for n in told if (n.connection_id, n.red_since) == incident), None)

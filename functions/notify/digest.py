"""One mail to an owner for all his banks that are red at the moment of sending.

What was told before is marked on each notice, so that a message that arrives twice, or twice at
once, mails nothing twice. One duplicate is possible only if we die, or the answer is lost,
between SES's yes and our record of it: SES has no way to ask whether it took a mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from notify import letter
from notify.gathering import UnknownShape
from notify.mail import Throttled, deliverable
from relink import links
from relink.owners import SENDING_LIMIT
from relink.queues import DigestMessage

if TYPE_CHECKING:
    from notify.mail import Outbox
    from relink.connection import Connection
    from relink.ledger import Ledger
    from relink.owners import Notice, Owners
    from relink.queues import Queue
    from relink.repository import Connections

THROTTLE_PAUSE = 60


class Outcome(StrEnum):
    """What became of a gathered mail."""

    SENT = "sent"
    NOTHING_LEFT = "nothing left to tell"
    NO_ADDRESS = "no address"
    BEING_SENT = "being sent"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Sends the gathered mails: what they are made from and how they leave."""

    owners: Owners
    connections: Connections
    ledger: Ledger
    queue: Queue
    keyring: links.KeyRing
    outbox: Outbox
    house: letter.House

    def send(self, owner_id: str, now: int) -> Outcome:
        """Send the owner one mail for all that is pending and still red, if anything is.

        Only one run at a time sends to an owner; one that comes meanwhile leaves a message for
        after the other's time, in case the other dies. A notice that cannot be mailed yet stays
        pending. Raises `NotSent` and `UnknownShape`, with nothing lost.
        """
        if not self.owners.begin_sending(owner_id, now):
            self.queue.send(DigestMessage(owner_id), SENDING_LIMIT)
            return Outcome.BEING_SENT
        try:
            return self._send(owner_id, now)
        except Throttled:
            self.queue.send(DigestMessage(owner_id), THROTTLE_PAUSE)
            return Outcome.THROTTLED
        finally:
            self.owners.close_gate(owner_id)

    def _send(self, owner_id: str, now: int) -> Outcome:
        red: list[tuple[Notice, Connection]] = []
        unreadable = 0
        for notice in self.owners.notices(owner_id):
            try:
                connection = self._if_still_red(notice, now) if notice.pending else None
            except UnknownShape:
                unreadable += 1
            else:
                red += [(notice, connection)] if connection else []
        outcome = self._mail(owner_id, red, now) if red else Outcome.NOTHING_LEFT
        if unreadable:
            # The others have their mail; these go to the dead-letter queue and stay pending.
            raise UnknownShape(f"unreadable connections: {unreadable}")
        return outcome

    def _if_still_red(self, notice: Notice, now: int) -> Connection | None:
        try:
            connection = self.connections.get(notice.connection_id)
        except (KeyError, TypeError, ValueError) as error:
            raise UnknownShape(type(error).__name__) from None
        if connection and connection.incident_since == notice.red_since:
            return connection
        self.owners.clear(notice.owner_id, notice.connection_id, notice.red_since, now)
        return None

    def _mail(self, owner_id: str, red: list[tuple[Notice, Connection]], now: int) -> Outcome:
        profile = self.owners.profile(owner_id)
        to = deliverable(profile.email) if profile else ""
        if profile is None or not to:
            return Outcome.NO_ADDRESS
        banks = [self._bank(connection, now) for _, connection in red]
        written = letter.digest(profile, banks, self.house, now)
        message_id = self.outbox.send(written, to, now)
        self.owners.mailed([notice for notice, _ in red], message_id, now)
        return Outcome.SENT

    def _bank(self, connection: Connection, now: int) -> letter.RedBank:
        token = links.issue(links.link_for(connection, now), self.keyring.keys())
        accounts = [a for a in self.ledger.accounts(connection.connection_id) if not a.hidden]
        ill = [a for a in accounts if a.account_id in connection.red_accounts]
        return letter.RedBank(
            connection=connection,
            products=[a.shown_name for a in ill or accounts],
            link=f"{self.house.public_url.rstrip('/')}/reconnect/{token}",
        )

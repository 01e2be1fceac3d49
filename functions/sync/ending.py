"""End an access at its provider: one that its owner has given up, or one that another replaced.

What is to be done stands in the connection, so that a message that comes twice, or after a crash
between any two calls, goes on with what is left. To end what has ended already is no error to any
provider (tests/contract).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.disconnecting import GIVEN_UP_AFTER, Data, given_up
from relink.faults import passing
from relink.items import encode
from relink.queues import EndMessage
from relink.repository import change
from relink.writes import Conflict, transact
from sync.credentials.retiring import Retired, Retirement, end
from sync.telling import bug
from sync.visits.claiming import LEASE
from sync.visits.visit import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from relink.connection import Connection
    from relink.provider import Secret
    from relink.queues import Queue
    from sync.visits.syncing import Syncer

SOONEST, LATEST = 30, 900
"""Seconds after which a provider that did not end an access is asked again: ever later."""
ROUNDS = 3
_HELD = ("lease", "ending", "credentials_version", "disconnected_at")
logger = Logger(service="worker", child=True)


class Contended(Exception):
    """The connection changed under each of some rounds: the message comes again, not a new one."""


@dataclass(frozen=True)
class Ending:
    """Ends what is to be ended of connections."""

    syncer: Syncer
    queue: Queue
    abandon: Callable[[Connection, str], Connection]
    """Ends the attempt that was under way; see `sync.attempts.verifying`."""

    def go_on(self, connection_id: str, run: str, deadline: int) -> str:
        """Do what is left to do; return how far it has come, for the log.

        Raises `Busy` while another run has the connection, `Contended` if it changes again and
        again, or AWS's passing trouble: the message comes again.
        """
        for _ in range(ROUNDS):
            try:
                return self._go_on(connection_id, run, deadline)
            except Conflict:
                logger.info("changed meanwhile", connection_id=connection_id)
        raise Contended

    def _go_on(self, connection_id: str, run: str, deadline: int) -> str:
        connection = self.syncer.connections.get(connection_id)
        if connection is None:
            return "gone"
        if connection.ending:
            return self._disconnect(connection, run, deadline)
        if connection.retired and connection.accepted_at is None:
            return self._end_retired(connection)
        return "nothing to end"

    @property
    def _retirement(self) -> Retirement:
        return Retirement(self.syncer.client, self.syncer.vault)

    def _disconnect(self, before: Connection, run: str, deadline: int) -> str:
        now = self.syncer.time()
        if before.lease_until > now:
            raise Busy  # a sync under way keeps its bank's dialog; it settles nothing any more
        before = self.abandon(before, run)
        connection = replace(before, lease=run, lease_until=now + LEASE)
        self.syncer.connections.save(before, connection, expect=(*_HELD, "live_attempt"))
        try:
            return self._given_up(connection, now, deadline)
        except Exception:
            self._let_go(connection)
            raise

    def _let_go(self, connection: Connection) -> None:
        """Free the connection for the message that comes again: a busy one is sent anew, for ever.

        Only what fails as itself reaches the dead-letter queue. Never raises AWS's trouble.
        """
        free = replace(connection, lease="", lease_until=0)
        try:
            self.syncer.connections.save(connection, free, expect=("lease",))
        except Conflict:
            return
        except Exception as error:
            if not passing(error):
                raise
            logger.warning("run not released", connection_id=connection.connection_id)

    def _given_up(self, connection: Connection, now: int, deadline: int) -> str:
        retired = self._retirement.read(connection)
        secrets = self._secrets(connection, retired)
        if not self._ended(connection, secrets):
            if not given_up(connection, now):
                self._try_later(connection, now)
                return "again later"
            self._give_up(connection)
        return self._forget(connection, retired, deadline)

    def _secrets(self, connection: Connection, retired: Retired) -> list[Secret]:
        stored = self.syncer.vault.read(connection)
        present = (stored.box,) if stored else ()
        return self._retirement.opened(connection, (*present, *retired.boxes))

    def _ended(self, connection: Connection, secrets: list[Secret]) -> bool:
        if not secrets:
            return True
        try:
            provider = self.syncer.provider(connection.bank.provider)
        except Exception as error:
            if passing(error):
                raise
            bug(connection, error)
            return False
        return end(provider, connection, secrets)

    def _try_later(self, connection: Connection, now: int) -> None:
        """Let go of the connection, and have it looked at again: after as long as it has taken."""
        waited = now - (connection.disconnected_at or now)
        left = GIVEN_UP_AFTER - waited
        delay = min(max(waited, SOONEST), LATEST, max(left, SOONEST))
        self.queue.send(EndMessage(connection.connection_id), delay=delay)
        self.syncer.connections.save(
            connection, replace(connection, lease="", lease_until=0), expect=_HELD
        )

    def _give_up(self, connection: Connection) -> None:
        """Tell operators, who can end the access by hand; credentials are deleted all the same."""
        logger.error(
            "operator needed",
            connection_id=connection.connection_id,
            provider=connection.bank.provider,
            cause="the provider has not ended an access for a day; end it there",
        )

    def _forget(self, connection: Connection, retired: Retired, deadline: int) -> str:
        """Delete the credentials, and the data if they are to be: the connection goes last."""
        deletes = connection.ending == Data.DELETE
        after = replace(
            connection,
            retired=False,
            ending=connection.ending if deletes else "",
            lease=connection.lease if deletes else "",
            lease_until=connection.lease_until if deletes else 0,
        )
        self._write(
            connection, after, self._credentials(connection), self._forgotten(connection, retired)
        )
        if not deletes:
            return "disconnected"
        if not self.syncer.ledger.erase(after.connection_id, lambda: self._late(deadline)):
            self.queue.send(EndMessage(after.connection_id))
            self.syncer.connections.save(
                after, replace(after, lease="", lease_until=0), expect=_HELD
            )
            return "more to delete"
        self.syncer.connections.delete(after, expect=_HELD)
        return "deleted"

    def _end_retired(self, connection: Connection) -> str:
        """End what has been replaced or not kept, but not the present access by another name.

        What cannot be ended is tried again, for a day: after each success, or by the clock where
        nothing syncs. Then operators are told, who can end it by hand.
        """
        retired = self._retirement.read(connection)
        others = self._others(connection, retired)
        provider = self.syncer.provider(connection.bank.provider)
        done = end(provider, connection, others)
        waited = self.syncer.time() - retired.since
        if not done and waited < GIVEN_UP_AFTER:
            if connection.scheduled:
                return "again after the next sync"
            delay = min(max(waited, SOONEST), LATEST)
            self.queue.send(EndMessage(connection.connection_id), delay=delay)
            return "again later"
        if not done:
            self._give_up(connection)
        after = replace(connection, retired=False)
        self._write(connection, after, self._forgotten(connection, retired))
        return "replaced access ended" if done else "replaced access left alone"

    def _others(self, connection: Connection, retired: Retired) -> list[Secret]:
        """Return what is retired and is not the access that the connection has."""
        opened = self._retirement.opened(connection, retired.boxes)
        if not connection.connected:
            return opened
        stored = self.syncer.vault.read(connection)
        if stored is None or not stored.current(connection):
            raise Conflict
        provider = self.syncer.provider(connection.bank.provider)
        present = self.syncer.vault.open(connection, stored.box)
        return [secret for secret in opened if not provider.same_access(secret, present)]

    def _write(self, before: Connection, after: Connection, *others: dict[str, Any]) -> None:
        """Make writes to the Credentials table together with the connection's."""
        writes: Sequence[Any] = others
        if after != before:
            expect = (*_HELD, "retired")
            moved = change(before, after, expect=expect)
            writes = ({"Update": moved.arguments(self.syncer.connections.table)}, *writes)
        transact(self.syncer.client, writes)

    def _credentials(self, connection: Connection) -> dict[str, Any]:
        key = encode({"connection_id": connection.connection_id})
        return {"Delete": {"TableName": self.syncer.vault.table, "Key": key}}

    def _forgotten(self, connection: Connection, retired: Retired) -> dict[str, Any]:
        return self._retirement.forget(connection, retired)

    def _late(self, deadline: int) -> bool:
        return self.syncer.time() >= deadline

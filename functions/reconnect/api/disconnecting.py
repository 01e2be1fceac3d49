"""The owner's API to give a bank up: at once for him, and for the bank as soon as it can be told.

What the connection was ends with one write. That its access is ended at the provider, and what is
stored deleted, is the worker's part (`sync.ending`), which this write and its message hand over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from reconnect import answers
from reconnect.api.caller import caller_of, own_connection
from reconnect.deciding import decided
from reconnect.explaining import iso
from reconnect.visit import Invalid
from relink.disconnecting import TOUCHED, Data, disconnected, settled_already
from relink.queues import EndMessage
from relink.repository import change
from relink.trail import status_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.visit import Visit
    from relink.attempt import Attempt
    from relink.attempts import Attempts
    from relink.connection import Connection
    from relink.queues import Queue
    from relink.repository import Connections

AFTER_OUR_TIME: Final = 30
"""Seconds after which this request has written, or never will."""


@dataclass(frozen=True, slots=True)
class DisconnectApi:
    """Answers who gives a connection up. Raises as `ConnectionsApi` does."""

    connections: Connections
    attempts: Attempts
    queue: Callable[[], Queue]
    log: Logger

    def disconnect(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """End a connection, and keep or delete its data; a second time changes nothing.

        Raises `Conflict` if others kept changing the connection.
        """
        caller = caller_of(visit.claims)
        data = _data(visit.query)
        return decided(
            lambda: self._decide(own_connection(self.connections, caller, connection_id), data, now)
        )

    def _decide(self, connection: Connection, data: Data, now: int) -> Response[str]:
        if settled_already(connection, data):
            return self._again(connection)
        after = disconnected(connection, data, now)
        message = EndMessage(connection.connection_id)
        # One message before the write, late enough to find it, in case we die after it.
        self.queue().send(message, delay=AFTER_OUR_TIME)
        self._write(connection, after)
        if line := status_line(connection, after):
            self.log.info("status changed", extra=line)
        self.queue().send(message)
        self.log.info(
            "connection given up", connection_id=connection.connection_id, data=data.value
        )
        return _told(after)

    def _again(self, connection: Connection) -> Response[str]:
        if not connection.ending:
            return answers.done()
        self.queue().send(EndMessage(connection.connection_id))
        return _told(connection)

    def _write(self, before: Connection, after: Connection) -> None:
        """Give the connection up; what was to be sent to the bank for it is deleted with that.

        Its attempt, which goes on no more, is ended by the worker: what it holds of an access is
        not for us to open.
        """
        attempt = self._unsent(before)
        if attempt is None:
            self.connections.save(before, after, expect=TOUCHED)
            return
        emptied = replace(attempt, answers=None)
        self.attempts.advance(attempt, emptied, change(before, after, expect=TOUCHED))

    def _unsent(self, connection: Connection) -> Attempt | None:
        found = self.attempts.get(connection.live_attempt) if connection.live_attempt else None
        return None if found is None or found.answers is None else found


def _told(connection: Connection) -> Response[str]:
    return answers.document(
        {
            "connection_id": connection.connection_id,
            "disconnected_at": iso(connection.disconnected_at),
            "data": connection.ending,
        },
        202,
    )


def _data(query: str) -> Data:
    """Return what becomes of the data: they are kept unless their deletion is asked for."""
    wanted = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "data"]
    try:
        (value,) = wanted or [Data.KEEP.value]
        return Data(value)
    except ValueError:
        choices = ", ".join(Data)
        raise Invalid([{"parameter": "data", "detail": f"one of {choices}"}]) from None

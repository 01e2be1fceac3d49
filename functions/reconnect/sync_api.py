"""The owner's API to have a bank synced now: what has happened since, or all that it has.

A sync that is asked for here is attended: the browser that asks is told to the bank as it is. The
host app therefore lets its users' browsers ask, and does not ask for them.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.caller import caller_of, own_connection
from reconnect.link_pages import CALLBACK
from reconnect.reporting import iso
from reconnect.visit import JSON
from relink.attempts import Kind
from relink.dead_runs import unsettled
from relink.links import issue, link_for
from relink.queues import VisitMessage
from relink.reasons import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.attempting import Reconnecting
    from reconnect.visit import Visit
    from relink.connection import Connection
    from relink.queues import Queue
    from relink.repository import Connections
    from relink.signing import KeyRing

COOL_DOWN: Final = 60
"""Seconds between two calls of a bank, whoever made the first one."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a bank is not called now: a kind of problem, and from when on it may be."""

    kind: str
    until: int | None = None

    def answer(self, now: int) -> Response[str]:
        """Return the problem document."""
        if self.until is None:
            return answers.problem(self.kind)
        members = {"retry_at": iso(self.until)}
        return answers.problem(self.kind, wait=self.until - now, members=members)


def hindrance(connection: Connection, now: int) -> Hindrance | None:
    """Return what keeps the owner from having his bank synced, or None. The worker looks again."""
    stands = {
        "not-connected": not connection.connected,
        "needs-owner": connection.status is Status.RED,
        "unsettled": unsettled(connection),
        "attempt-under-way": connection.live_until > now,
    }
    for kind, there in stands.items():
        if there:
            return Hindrance(kind)
    if (connection.rate_limited_until or 0) > now:
        return Hindrance("rate-limited", connection.rate_limited_until)
    again_at = (connection.last_attempt_at or 0) + COOL_DOWN
    if again_at > now and connection.lease_until <= now:
        return Hindrance("too-soon", again_at)
    return None


@dataclass(frozen=True, slots=True)
class SyncApi:
    """Answers who wants a sync. Raises as `ConnectionsApi` does."""

    connections: Connections
    reconnecting: Reconnecting
    keys: KeyRing
    queue: Callable[[], Queue]
    public_url: str
    log: Logger

    def sync(self, visit: Visit, connection_id: str, now: int) -> Response[str]:
        """Queue a sync, or begin an attempt to fetch everything; say why not, and until when.

        Raises `Conflict` if another attempt began at the same moment.
        """
        from reconnect.bodies import SyncBody, read  # noqa: PLC0415 - a start without Pydantic

        connection = own_connection(self.connections, caller_of(visit.claims), connection_id)
        wanted = read(SyncBody, visit.body(JSON))
        stopped = hindrance(connection, now)
        if stopped is not None:
            return stopped.answer(now)
        if wanted.kind == "historical":
            if not connection.tries_left(now):
                return Hindrance("paused", connection.next_try_allowed_at()).answer(now)
            return self._historical(connection, visit, now)
        return self._standard(connection, visit, now)

    def _standard(self, connection: Connection, visit: Visit, now: int) -> Response[str]:
        """Queue it, unless a run is calling the bank at this moment: that one is as good."""
        if connection.lease_until <= now:
            message = VisitMessage(connection.connection_id, now, json.dumps(visit.presence()))
            self.queue().send(message)
            self.log.info("sync asked for", connection_id=connection.connection_id)
        where = f"/connections/{connection.connection_id}"
        told = {"connection_id": connection.connection_id, "status_url": where}
        return answers.document(told, 202, {"Location": where})

    def _historical(self, connection: Connection, visit: Visit, now: int) -> Response[str]:
        root = visit.root(self.public_url)
        begun = self.reconnecting.begin(
            connection,
            secrets.token_urlsafe(24),
            {},
            {**visit.presence(), "return_url": root + CALLBACK},
            now,
            kind=Kind.HISTORICAL,
        )
        self.log.info(
            "history asked for",
            connection_id=connection.connection_id,
            attempt_id=begun.attempt_id,
        )
        page = f"{root}/reconnect/{issue(link_for(connection, now), self.keys.keys())}/status"
        told = {"attempt_id": begun.attempt_id, "url": page, "status_url": page}
        return answers.document(told, 202, {"Location": page})

"""The owner's API to have a bank synced now: what has happened since, or all that it has.

A sync that is asked for here is attended: the browser that asks is told to the bank as it is. The
host app therefore lets its users' browsers ask, and does not ask for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconnect import answers
from reconnect.api.caller import caller_of, own_connection
from reconnect.attempts.attempting import CALLBACK
from reconnect.explaining import iso
from reconnect.visit import JSON, below
from relink.attempt import Kind
from relink.dead_runs import unsettled
from relink.links import issue, link_for
from relink.queues import VisitMessage
from relink.reasons import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.event_handler import Response

    from reconnect.attempts.attempting import Reconnecting
    from reconnect.visit import Visit
    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.queues import Queue
    from relink.repository import Connections
    from relink.signing import KeyRing

UNDER_WAY: Final = "attempt-under-way"
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
        UNDER_WAY: connection.live_until > now,
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

    def sync(self, visit: Visit, connection_id: str, seed: str, now: int) -> Response[str]:
        """Queue a sync, or begin an attempt to fetch everything; say why not, and until when.

        The same seed begins the same attempt, and so none besides. Raises `Conflict` if another
        attempt began at the same moment.
        """
        from reconnect.api.bodies import SyncBody, read  # noqa: PLC0415 - a start without Pydantic

        connection = own_connection(self.connections, caller_of(visit.claims), connection_id)
        if read(SyncBody, visit.body(JSON)).kind == "historical":
            return self._historical(connection, visit, f"sync:{seed}", now)
        return self._refused(connection, now) or self._standard(connection, visit, now)

    def _refused(self, connection: Connection, now: int) -> Response[str] | None:
        """Return why the bank is not called now, if it is not.

        An attempt that stands in the way is seen to move: its message may have been lost.
        """
        stopped = hindrance(connection, now)
        if stopped is None:
            return None
        attempts = self.reconnecting.attempts
        live = attempts.get(connection.live_attempt) if stopped.kind == UNDER_WAY else None
        if live is not None:
            self.reconnecting.hand_over_again(live, now)
        return stopped.answer(now)

    def _standard(self, connection: Connection, visit: Visit, now: int) -> Response[str]:
        """Queue it, unless a run is calling the bank at this moment: that one is as good."""
        if connection.lease_until <= now:
            message = VisitMessage(connection.connection_id, now, json.dumps(visit.presence()))
            self.queue().send(message)
            self.log.info("sync asked for", connection_id=connection.connection_id)
        where = below(self.public_url, f"/connections/{connection.connection_id}")
        told = {"connection_id": connection.connection_id, "status_url": where}
        return answers.document(told, 202, {"Location": where})

    def _historical(
        self, connection: Connection, visit: Visit, name: str, now: int
    ) -> Response[str]:
        """Begin an attempt, or hand the one of that name to the worker again."""
        begun = self.reconnecting.made_by(connection, name)
        if begun is not None:
            self.reconnecting.hand_over_again(begun, now, at_once=True)
            return self._begun(begun, connection, visit, now)
        refused = self._refused(connection, now)
        if refused is not None:
            return refused
        if not connection.tries_left(now):
            return Hindrance("paused", connection.next_try_allowed_at()).answer(now)
        there = {**visit.presence(), "return_url": visit.root(self.public_url) + CALLBACK}
        begun = self.reconnecting.begin(connection, name, {}, there, now, kind=Kind.HISTORICAL)
        self.log.info(
            "history asked for",
            connection_id=connection.connection_id,
            attempt_id=begun.attempt_id,
        )
        return self._begun(begun, connection, visit, now)

    def _begun(
        self, attempt: Attempt, connection: Connection, visit: Visit, now: int
    ) -> Response[str]:
        token = issue(link_for(connection, now), self.keys.keys())
        page = f"{visit.root(self.public_url)}/reconnect/{token}/status"
        told = {"attempt_id": attempt.attempt_id, "url": page, "status_url": page}
        return answers.document(told, 202, {"Location": page})

"""A sync that its owner has asked for and waits for: with his own headers, at once, not counted.

What keeps the schedule from a bank keeps him from it, too, except for the day's four calls and his
own switch. A message that comes again finds that the bank has been called since he asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from relink.connection import Connection, Method
from relink.dead_runs import MOST_UNSETTLED, unsettled
from relink.items import encode
from relink.provider import Presence
from relink.queues import BrokenMessage
from relink.reasons import Status
from relink.repository import from_item
from relink.writes import Conflict, raise_unless_refused
from sync.visits.claiming import LEASE, Claimed, Obstacle
from sync.visits.visit import Busy, Superseded, Visit

if TYPE_CHECKING:
    from relink.queues import VisitMessage
    from sync.visits.syncing import Syncer

PATIENCE = 300
"""Seconds after which nobody can say that the owner still looks at the page where he asked."""
logger = Logger(service="worker", child=True)

_CONDITION = " AND ".join(  # noqa: FLY002 - a rule a line
    (
        "attribute_exists(connection_id)",
        "#status <> :red",
        "credentials_version > :none",
        "attribute_not_exists(disconnected_at)",
        "(attribute_not_exists(lease_until) OR lease_until <= :now)",
        "(attribute_not_exists(live_until) OR live_until <= :now)",
        "(attribute_not_exists(rate_limited_until) OR rate_limited_until <= :now)",
        (
            "(attribute_not_exists(last_attempt_at) OR last_attempt_at < :asked"
            " OR (attribute_exists(lease) AND #method <> :direct))"
        ),
        "(#method <> :direct OR attribute_not_exists(runs) OR runs < :most)",
    ),
)
_UPDATE = (
    "SET lease = :run, lease_until = :until, last_attempt_at = :now,"
    " runs = if_not_exists(runs, :none) + :one"
)


@dataclass(frozen=True)
class Attending:
    """Makes the syncs that owners ask for."""

    syncer: Syncer

    def visit(self, message: VisitMessage, run: str, deadline: int) -> str:
        """Sync if nothing stands in the way; return what came of it, for the log.

        Raises `Busy` while another run has the connection, and AWS's passing trouble.
        """
        now, presence = self.syncer.time(), _presence(message.presence)
        if now - message.asked_at > PATIENCE:
            return Obstacle.LATE.value
        claimed = self._claim(message, run, now)
        if isinstance(claimed, Obstacle):
            if claimed is Obstacle.BUSY:
                raise Busy
            return claimed.value
        visit = Visit(
            claimed.connection,
            deadline,
            counted=False,
            presence=presence,
            known=claimed.known,
            again=claimed.again,
        )
        try:
            return self.syncer.sync(visit, None, None).after.status.value
        except Superseded:
            return "superseded"

    def _claim(self, message: VisitMessage, run: str, now: int) -> Claimed | Obstacle:
        try:
            answer = self.syncer.client.update_item(
                TableName=self.syncer.connections.table,
                Key=encode({"connection_id": message.connection_id}),
                UpdateExpression=_UPDATE,
                ConditionExpression=_CONDITION,
                ExpressionAttributeNames={"#status": "status", "#method": "method"},
                ExpressionAttributeValues=encode(
                    {
                        ":red": Status.RED.value,
                        ":direct": Method.DIRECT.value,
                        ":none": 0,
                        ":one": 1,
                        ":most": MOST_UNSETTLED,
                        ":now": now,
                        ":asked": message.asked_at,
                        ":run": run,
                        ":until": now + LEASE,
                    },
                ),
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _refused(error, message.asked_at, run, now)
        before = from_item(answer["Attributes"])
        held = replace(
            before,
            lease=run,
            lease_until=now + LEASE,
            last_attempt_at=now,
            runs=before.runs + 1,
        )
        return Claimed(held, "" if before.leased else before.digest, again=before.leased)


def hindrance(connection: Connection | None, asked_at: int, now: int) -> Obstacle | None:
    """Return what keeps a sync from being made that was asked for at a time, or None."""
    if connection is None:
        return Obstacle.GONE
    found = {
        Obstacle.RED: connection.status is Status.RED,
        Obstacle.NOT_CONNECTED: not connection.connected,
        Obstacle.BUSY: connection.lease_until > now,
        Obstacle.ATTEMPT: connection.live_until > now,
        Obstacle.RATE_LIMITED: (connection.rate_limited_until or 0) > now,
        Obstacle.DONE: _done(connection, asked_at),
        Obstacle.UNSETTLED: unsettled(connection),
    }
    return next((name for name, there in found.items() if there), None)


def _done(connection: Connection, asked_at: int) -> bool:
    """Tell whether the bank has been called since; a run that died may come again, as scheduled."""
    called = connection.last_attempt_at
    if called is None or called < asked_at:
        return False
    return not connection.leased or connection.bank.method is Method.DIRECT


def _refused(error: ClientError, asked_at: int, run: str, now: int) -> Claimed | Obstacle:
    try:
        raise_unless_refused(error)
    except Conflict:
        return Obstacle.BUSY  # a transaction was under way
    item: Any = error.response.get("Item")
    connection = from_item(item) if item else None
    if connection is not None and connection.lease == run:
        return Claimed(connection, again=True)  # by a request of ours whose answer was lost
    return hindrance(connection, asked_at, now) or Obstacle.BUSY


def _presence(text: str) -> Presence:
    """Return the owner as his request showed him. Raises `BrokenMessage`: nobody is invented."""
    try:
        told: Any = json.loads(text)
        return Presence(str(told["ip"]), str(told["user_agent"]), dict(told["headers"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        msg = "presence is not one of ours"
        raise BrokenMessage(msg) from None

"""Claim a connection before its bank is called: may it be called now, and by whom.

The claim is one conditional write that takes the lease and counts the call (law 5). Only when it
is refused does `obstacle` look at the item that refused it, to say why. Both tell the same rules;
a property test holds them against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relink.clock import DAY
from relink.connection import HOLD_LIMIT, Connection, Method
from relink.dead_runs import MOST_UNSETTLED, unsettled
from relink.items import encode
from relink.reasons import Status
from relink.repository import from_item
from relink.schedule import come_again
from relink.writes import Conflict, raise_unless_refused, throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LEASE = 180
ROOM = 300
"""Seconds until a table may have room that had none: as a failure, a message would end dead."""
NEVER_YET = 100
"""So many cycles ahead nobody can have synced: that was counted when cycles were shorter. There is
no message as old, not even one that comes back from the dead letters."""


class Obstacle(StrEnum):
    """Why the schedule may not call this bank now."""

    GONE = "gone"
    RED = "red"
    PAUSED = "paused"
    NOT_CONNECTED = "not connected"
    UNSETTLED = "two runs have died with its password"
    OVER = "its next turn has come"
    DONE = "already done in this cycle"
    BUSY = "another run has it"
    ATTEMPT = "the owner is reconnecting"
    RATE_LIMITED = "rate limited"
    BUDGET = "four calls in a day"
    LATE = "no time left"
    BANK_DOWN = "its bank is down for everybody"
    CROWDED = "no room at the table"


class Unexplained(Exception):
    """A claim was refused that no rule stands against: the item is not one that we write."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The bank may be called: the lease is ours until it is settled.

    `known` is the digest of the answer that the Ledger holds; empty if the run before ours died,
    who knows how far it had come: then it is made `again`. `last_call` is when the last run that
    was settled called.
    """

    connection: Connection
    known: str = ""
    last_call: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank may not be called; with `again_in`, ask again after so many seconds."""

    obstacle: Obstacle
    again_in: int | None = None


_CONDITION = " AND ".join(  # noqa: FLY002 - a rule a line
    (
        "attribute_exists(connection_id)",
        "#status <> :red",
        "(auto_sync = :yes OR attribute_exists(accepted_at))",
        "credentials_version > :none",
        "(attribute_not_exists(slot) OR slot > :come_again)",
        (
            "(last_cycle < :cycle OR last_cycle > :never_yet"
            " OR (last_cycle = :cycle AND attribute_exists(lease) AND #method <> :direct))"
        ),
        "(attribute_not_exists(lease_until) OR lease_until <= :now)",
        "(attribute_not_exists(live_until) OR live_until <= :now)",
        "(attribute_not_exists(rate_limited_until) OR rate_limited_until <= :now)",
        "attribute_not_exists(disconnected_at)",
        "(#method <> :direct OR attribute_not_exists(runs) OR runs < :most)",
        "calls[3] <= :day_ago",
    ),
)
_UPDATE = (
    "SET lease = :run, lease_until = :until, last_attempt_at = :now, last_cycle = :cycle,"
    " runs = if_not_exists(runs, :none) + :one,"
    " calls[3] = calls[2], calls[2] = calls[1], calls[1] = calls[0], calls[0] = :now"
)


def claim(
    client: DynamoDBClient,
    table: str,
    connection_id: str,
    cycle: int,
    *,
    run: str,
    now: int,
) -> Claimed | Refused:
    """Take the lease for one scheduled call and count the call, or say why not.

    `run` names this claim and no other: a request that botocore repeats meets its own lease.
    """
    try:
        answer = client.update_item(
            TableName=table,
            Key=encode({"connection_id": connection_id}),
            UpdateExpression=_UPDATE,
            ConditionExpression=_CONDITION,
            ExpressionAttributeNames={"#status": "status", "#method": "method"},
            ExpressionAttributeValues=encode(_values(cycle, run, now)),
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if throttled(error):
            return Refused(Obstacle.CROWDED, again_in=ROOM)
        return _refused(error, cycle, run, now)
    before = from_item(answer["Attributes"])
    return _claimed_from(before, _claimed(before, cycle, run, now))


def _values(cycle: int, run: str, now: int) -> dict[str, str | int]:
    return {
        ":red": Status.RED.value,
        ":direct": Method.DIRECT.value,
        ":yes": True,
        ":none": 0,
        ":one": 1,
        ":most": MOST_UNSETTLED,
        ":cycle": cycle,
        ":never_yet": cycle + NEVER_YET,
        ":come_again": come_again(cycle, now),
        ":now": now,
        ":day_ago": now - DAY,
        ":run": run,
        ":until": now + LEASE,
    }


def _claimed_from(before: Connection, now: Connection) -> Claimed:
    """Return the claim of a connection; what a run that died began is no call that was settled."""
    if before.leased:
        return Claimed(now, last_call=before.calls[1], again=True)
    return Claimed(now, before.digest, before.last_attempt_at)


def _claimed(before: Connection, cycle: int, run: str, now: int) -> Connection:
    """Return what the update has made of the item."""
    return replace(
        before,
        lease=run,
        lease_until=now + LEASE,
        last_attempt_at=now,
        last_cycle=cycle,
        runs=before.runs + 1,
        calls=(now, *before.calls[:-1]),
    )


def obstacle(connection: Connection | None, cycle: int, now: int) -> Obstacle | None:
    """Return what keeps the schedule from calling this bank in this cycle, or None."""
    if connection is None:
        return Obstacle.GONE
    found = {
        Obstacle.RED: connection.status is Status.RED,
        Obstacle.PAUSED: not connection.auto_sync and connection.accepted_at is None,
        Obstacle.NOT_CONNECTED: not connection.connected,
        Obstacle.OVER: connection.slot is not None and connection.slot <= come_again(cycle, now),
        Obstacle.DONE: _done(connection, cycle),
        Obstacle.BUSY: connection.lease_until > now,
        Obstacle.ATTEMPT: connection.live_until > now,
        Obstacle.RATE_LIMITED: (connection.rate_limited_until or 0) > now,
        Obstacle.BUDGET: connection.calls[-1] > now - DAY,
        Obstacle.UNSETTLED: unsettled(connection),
    }
    return next((name for name, there in found.items() if there), None)


def _done(connection: Connection, cycle: int) -> bool:
    """Tell whether this cycle's call is over: settled, or crashed with the owner's own password.

    A crashed run may come again, but never one that may have sent a password that the bank has
    refused: three wrong ones lock an account (law 4).
    """
    if connection.last_cycle == cycle:
        return not connection.leased or connection.bank.method is Method.DIRECT
    return cycle < connection.last_cycle <= cycle + NEVER_YET


def _refused(error: ClientError, cycle: int, run: str, now: int) -> Claimed | Refused:
    try:
        raise_unless_refused(error)
    except Conflict:
        return Refused(Obstacle.BUSY, again_in=1)  # a transaction was under way
    item: Any = error.response.get("Item")
    connection = from_item(item) if item else None
    if connection is not None and connection.lease == run:
        return Claimed(connection, last_call=connection.calls[1], again=True)
    why = obstacle(connection, cycle, now)
    if why is None:
        raise Unexplained from error
    return Refused(why, _hold(connection, why, now))


def _hold(connection: Connection | None, why: Obstacle, now: int) -> int | None:
    """Return after how many seconds it is worth asking again: none if it takes too long."""
    if connection is None:
        return None
    ends = {
        Obstacle.BUSY: connection.lease_until,
        Obstacle.ATTEMPT: connection.live_until,
        Obstacle.RATE_LIMITED: connection.rate_limited_until or 0,
        Obstacle.BUDGET: connection.next_call_allowed_at(),
    }
    wait = ends.get(why, now) - now
    return wait if 0 < wait <= HOLD_LIMIT else None

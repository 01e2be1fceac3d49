"""What a run that AWS stops says of itself before it goes, if AWS lets it.

A run that has claimed a direct connection and is heard of no more may have had its password
refused, so it is counted (`relink.dead_runs`). One that knows better says so: outages of
ours must not bar the schedule from a password that nobody has refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.connection import Method
from relink.failures import Temporary
from relink.faults import describe, passing
from relink.reasons import Reason, Scope
from relink.transitions import failed, given_back
from relink.writes import Conflict
from sync.telling import tell_change, tell_operator

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.repository import Connections

STOOD = "runs died"
logger = Logger(service="worker", child=True)


def unasked(before: Connection, *, counted: bool, known: str, again: bool) -> Connection:
    """Return a claimed connection as if it had not been: its bank has not been asked anything.

    With the cycle given back, too, the message that comes again finds its turn. What a dead run
    before it may have stored is still to be told (`again`).
    """
    after = replace(
        before,
        lease="",
        lease_until=0,
        runs=max(before.runs - 1, 0),
        digest=known,
        untold=before.untold or again,
    )
    if not counted:
        return after
    return replace(after, calls=given_back(before.calls), last_cycle=before.last_cycle - 1)


def release(connections: Connections, before: Connection, after: Connection) -> None:
    """Write what a run that stops knows of its own, for a direct connection; never raises AWS's."""
    if before.bank.method is Method.DIRECT:
        _write(connections, before, after)


def without_dead_run(connection: Connection) -> Connection:
    """Return a connection without the lease of a run that died, and what it left uncertain.

    Who knows how much it had stored: the digest is no proof any more of what the Ledger holds, and
    whoever is told of changes may not have heard of them.
    """
    if not connection.leased:
        return connection
    return replace(connection, lease="", lease_until=0, digest="", untold=True)


def set_free(connections: Connections, held: Connection) -> None:
    """Let go of a connection for the message that comes next; never raises AWS's trouble.

    What this run may have stored is still to be told.
    """
    _write(connections, held, without_dead_run(held))


def _write(connections: Connections, before: Connection, after: Connection) -> None:
    try:
        connections.save(before, after, expect=("lease", "credentials_version"))
    except Conflict:
        return
    except Exception as error:
        if not passing(error):
            raise
        told = {"connection_id": before.connection_id, **describe(error)}
        logger.warning("run not released", extra=told)


def stand_still(connections: Connections, connection_id: str, now: int) -> None:
    """Show that a connection waits for an operator, or its owner; tell operators each time.

    Two runs have died with its password: whether the bank refuses it is not known, so that it is
    not red (law 2), and no machine sends it a third time (law 4). New credentials end that.
    """
    before = connections.get(connection_id)
    if before is None or before.lease_until > now:
        return
    error = Temporary(Reason.INTERNAL, provider_code=STOOD, scope=Scope.OPERATOR)
    tell_operator(before, error)
    after = replace(failed(before, error, now, counted=False), runs=before.runs)
    try:
        connections.save(before, after, expect=("lease", "credentials_version", "status"))
    except Conflict:
        return
    tell_change(before, after)

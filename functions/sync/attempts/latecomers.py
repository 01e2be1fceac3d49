"""What came too late to be stored with an attempt: an access in it is ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from relink.faults import describe
from relink.provider import Secret
from relink.writes import Conflict
from sync.credentials.retiring import end

if TYPE_CHECKING:
    from sync.attempts.accepting import Held
    from sync.attempts.progress import Progress

logger = Logger(service="worker", child=True)


def see_to(at: Progress, continuation: bytes, held: Held) -> None:
    """See to a continuation that met an attempt which had moved on meanwhile.

    Whoever ends an attempt that its connection does not wait for finds it there. If that has
    been done already, or the connection is gone, nobody will: it is ended now.
    """
    connection = at.connections.get(at.connection.connection_id)
    attempt = at.attempts.get(at.attempt.attempt_id)
    over = connection is None or attempt is None or attempt.ended
    if not over and connection is not None and at.current(connection):
        return  # it goes on from what it kept before
    if over or not _left(at, continuation):
        _drop(at, Secret(continuation), held)


def _left(at: Progress, continuation: bytes) -> bool:
    try:
        at.advance(replace(at.attempt, continuation=at.seal(continuation), resumable=False))
    except Conflict:
        return False
    return True


def _drop(at: Progress, continuation: Secret, held: Held) -> None:
    """End an access that nothing can be stored with any more; never raises.

    One that the connection has is left to it. What does not come about is logged.
    """
    connection = at.connection
    try:
        access = at.leftovers.of(connection, lambda: continuation)
        if access and (held.secret is None or held.replaced_by(access)):
            end(held.provider, connection, [access])
    except Exception as error:  # noqa: BLE001 - what goes on is the conflict, not this
        told = {"connection_id": connection.connection_id, **describe(error)}
        logger.warning("access not ended", extra=told)

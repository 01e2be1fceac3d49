"""The access that an attempt leaves behind which obtained one and came to nothing.

Some providers give an access for a one-time token long before the accounts are seen. It lies in the
login's continuation until the credentials are swapped, and nowhere else. If they never are, it is
retired as one that another replaces (`sync.retiring`), in the transaction that ends the attempt, so
that a message ends it at the provider whatever happens to this run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_lambda_powertools import Logger

from relink.faults import describe, passing
from relink.provider import Secret
from relink.repository import Conflict
from sync.retiring import Retirement, end
from sync.telling import bug

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.provider import Provider
    from sync.accepting import Held
    from sync.progress import Progress
    from sync.vault import Vault

logger = Logger(service="worker", child=True)


@runtime_checkable
class Obtainer(Protocol):
    """An adapter whose continuations may hold an access that `disconnect` ends."""

    def obtained(self, continuation: bytes) -> Secret | None:
        """Return the access that a continuation of this adapter holds, or None."""


@dataclass(frozen=True)
class Leftovers:
    """Finds and retires what attempts have obtained."""

    client: DynamoDBClient
    vault: Vault
    provider: Callable[[str], Provider]

    def of(self, connection: Connection, opened: Callable[[], Secret | None]) -> Secret | None:
        """Return the access in a continuation, or None; raises only AWS's passing trouble.

        What cannot be read is told to operators: it must not keep an attempt from its end.
        """
        try:
            kept = opened()
            adapter = self.provider(connection.bank.provider) if kept else None
            if kept is None or not isinstance(adapter, Obtainer):
                return None
            return adapter.obtained(kept.reveal())
        except Exception as error:
            if passing(error):
                raise
            bug(connection, error)
            return None

    def retire(self, connection: Connection, access: Secret, now: int) -> dict[str, Any]:
        """Return the write of a transaction that keeps an access until it is ended."""
        box = self.vault.seal(connection, access.reveal())
        return Retirement(self.client, self.vault).add(connection, box, now)

    def late(self, at: Progress, continuation: bytes, held: Held) -> None:
        """See to what came too late to be stored with an attempt: an access in it is ended.

        Whoever ends an attempt that its connection does not wait for finds it there. If that has
        been done already, or the connection is gone, nobody will: it is ended now.
        """
        connection = at.connections.get(at.connection.connection_id)
        attempt = at.attempts.get(at.attempt.attempt_id)
        over = connection is None or attempt is None or attempt.ended
        if not over and connection is not None and at.current(connection):
            return  # it goes on from what it kept before
        if over or not self._left(at, continuation):
            self._drop(at.connection, Secret(continuation), held)

    def _left(self, at: Progress, continuation: bytes) -> bool:
        try:
            at.advance(replace(at.attempt, continuation=at.seal(continuation), resumable=False))
        except Conflict:
            return False
        return True

    def _drop(self, connection: Connection, continuation: Secret, held: Held) -> None:
        """End an access that nothing can be stored with any more; never raises.

        One that the connection has is left to it. What does not come about is logged.
        """
        try:
            access = self.of(connection, lambda: continuation)
            if access and (held.secret is None or held.replaced_by(access)):
                end(held.provider, connection, [access])
        except Exception as error:  # noqa: BLE001 - what goes on is the conflict, not this
            told = {"connection_id": connection.connection_id, **describe(error)}
            logger.warning("access not ended", extra=told)

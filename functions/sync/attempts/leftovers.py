"""The access that an attempt leaves behind which obtained one and came to nothing.

Some providers give an access for a one-time token long before the accounts are seen. It lies in the
login's continuation until the credentials are swapped, and nowhere else. If they never are, it is
retired as one that another replaces (`sync.credentials.retiring`), in the transaction that ends the
attempt, so that a message ends it at the provider whatever happens to this run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from relink.faults import passing
from sync.credentials.retiring import Retirement
from sync.telling import bug

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from relink.provider import Provider, Secret
    from sync.credentials.vault import Vault


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

"""A connection that its owner gives up, and what of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.disconnecting import TOUCHED, Data, disconnected
from relink.failures import Temporary
from relink.provider import SyncResult
from relink.queues import EndMessage, to_body
from relink.reasons import Reason, Scope
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.sync.conftest import Bench

OLD, NEW = b"the old password", b"the new password"
DOWN = Temporary(Reason.PROVIDER_UNAVAILABLE, scope=Scope.PROVIDER)


def give_up(bench: Bench, data: Data = Data.KEEP, **facts: Any) -> Connection:
    """Store a connection with data, and have its owner give it up."""
    before = bench.add(last_success_at=NOON - 60, **facts)
    bench.ledger.store("con_1", SyncResult((account(),), next_cursor="c"), NOON - 60)
    after = disconnected(before, data, bench.clock())
    bench.connections.save(before, after, expect=TOUCHED)
    return after


def end(bench: Bench, run: str = "run") -> list[str]:
    """Deliver the message once; return what must come again."""
    record = {"messageId": "m", "body": to_body(EndMessage("con_1"))}
    return bench.worker.handle([record], run, DEADLINE)


def waiting(bench: Bench) -> int:
    """Return how many messages wait."""
    return bench.queued(bench.attempt_queue_url)


def credentials(bench: Bench) -> list[str]:
    """Return the keys of all that is in the Credentials table."""
    items = bench.client.scan(TableName=bench.vault.table)["Items"]
    return sorted(i["connection_id"]["S"] for i in items)

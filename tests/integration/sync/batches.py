"""Batches as SQS brings them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Call, SyncResult
    from tests.integration.sync.conftest import Bench


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    aws_request_id: str = "request-1"
    function_name: str = "worker"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:worker"

    def get_remaining_time_in_millis(self) -> int:
        """Return the two minutes of the template."""
        return 120_000


def records(*bodies: str) -> list[dict[str, Any]]:
    """Return messages as Lambda gets them from SQS."""
    return [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]


def by_connection(bench: Bench, verdicts: dict[str, SyncResult | Exception]) -> None:
    """Let the bank answer each connection in its own way, the others with what it has."""
    real = bench.provider.sync

    def sync(connection: Connection, call: Call) -> SyncResult:
        verdict = verdicts.get(connection.connection_id)
        if verdict is None:
            return real(connection, call)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    bench.provider.sync = sync  # type: ignore[method-assign]


def add_all(bench: Bench, obstacles: list[dict[str, Any]]) -> list[str]:
    """Store a connection for each set of facts; return their names."""
    names = [f"con_{n}" for n in range(len(obstacles))]
    for name, facts in zip(names, obstacles, strict=True):
        bench.add(connection_id=name, **facts)
    return names

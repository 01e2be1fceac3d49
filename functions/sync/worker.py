"""The only place that calls banks: scheduled syncs by the batch, an owner's attempt at once.

A failed sync is state, not an exception. What comes back to the queue is only what could not be
begun or settled: the rest of the batch stands.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relink import clock, environment
from relink.attempts import Attempts
from relink.faults import describe
from relink.intake import Intake
from relink.items import decode
from relink.ledger import Ledger, cursor_key
from relink.providers import load
from relink.queues import AttemptMessage, BrokenMessage, Queue, SyncMessage, from_body
from relink.repository import Conflict, Connections
from sync.claiming import Claimed, Refused, claim
from sync.syncing import Superseded, Syncer, Told, Visit, turned
from sync.vault import Vault, sealed
from sync.verifying import Busy, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection
    from sync.vault import Sealed

WIDTH = 50
MARGIN = 10
ATTEMPT_AGAIN = 20
logger = Logger(service="worker")


@dataclass(frozen=True)
class Environment:
    """What the function is told."""

    connections_table: str
    credentials_table: str
    ledger_table: str
    attempts_table: str
    state_table: str
    sync_queue_url: str
    attempt_queue_url: str
    intake_key_id: str
    vault_key_id: str


@dataclass(frozen=True)
class Worker:
    """The collaborators of the worker."""

    client: DynamoDBClient
    syncer: Syncer
    verifier: Verifier
    sync_queue: Queue
    width: int = WIDTH

    def handle(self, records: list[dict[str, Any]], run: str, deadline: int) -> list[str]:
        """Handle a batch and return the ids of the messages that must come again."""
        failed: list[str] = []
        syncs: list[tuple[str, SyncMessage]] = []
        for record in records:
            message_id = record["messageId"]
            match self._message(record):
                case SyncMessage() as message:
                    syncs.append((message_id, message))
                case AttemptMessage() as message:
                    if not self._attempt(message, run, deadline):
                        failed.append(message_id)
                case _:
                    failed.append(message_id)
        return failed + self._batch(syncs, run, deadline)

    def _message(self, record: dict[str, Any]) -> object:
        try:
            return from_body(record["body"])
        except BrokenMessage as error:
            logger.error(  # noqa: TRY400 - the cause says it all
                "broken message",
                message_id=record["messageId"],
                cause=str(error),
            )
            return None

    def _attempt(self, message: AttemptMessage, run: str, deadline: int) -> bool:
        try:
            state = self.verifier.go_on(message.attempt_id, run, deadline)
        except (Busy, Conflict):
            self.verifier.queue.send(message, delay=ATTEMPT_AGAIN)
            return True
        except Exception as error:  # noqa: BLE001 - the message comes again, at last to the DLQ
            logger.error(  # noqa: TRY400 - a traceback may hold a secret
                "attempt not handled",
                attempt_id=message.attempt_id,
                extra=describe(error),
            )
            return False
        logger.info("attempt", attempt_id=message.attempt_id, state=state)
        return True

    def _batch(
        self,
        syncs: list[tuple[str, SyncMessage]],
        run: str,
        deadline: int,
    ) -> list[str]:
        if not syncs:
            return []
        outcomes: dict[str, int] = {}
        with ThreadPoolExecutor(min(self.width, len(syncs))) as pool:
            claims = list(pool.map(lambda s: self._guarded(self._claim, s[1], run), syncs))
            found = [c.connection for c in claims if isinstance(c, Claimed)]
            read = self._read(found)

            def visit(claimed: object) -> object:
                if not isinstance(claimed, Claimed):
                    return claimed
                return self._guarded(self._visit, claimed.connection, read, deadline)

            results = list(pool.map(visit, claims))
        failed = []
        for (message_id, message), result in zip(syncs, results, strict=True):
            if isinstance(result, Refused) and result.again_in is not None:
                self.sync_queue.send(message, delay=result.again_in)
            if isinstance(result, Exception):
                failed.append(message_id)
            name = _outcome(result)
            outcomes[name] = outcomes.get(name, 0) + 1
        logger.info("synced", outcomes=outcomes)
        return failed

    def _guarded(self, step: Callable[..., object], *arguments: Any) -> object:
        """Return what a step returns, or the exception that sends its message back."""
        try:
            return step(*arguments)
        except Superseded as outcome:
            return str(type(outcome).__name__).lower()
        except Exception as error:  # noqa: BLE001 - the message comes again, at last to the DLQ
            logger.error("sync not settled", extra=describe(error))  # noqa: TRY400 - as above
            return error

    def _claim(self, message: SyncMessage, run: str) -> Claimed | Refused:
        table = self.syncer.connections.table
        now = self.syncer.time()
        return claim(self.client, table, message.connection_id, message.cycle, run=run, now=now)

    def _visit(
        self,
        connection: Connection,
        read: dict[str, tuple[Sealed | None, str]],
        deadline: int,
    ) -> Told:
        stored, cursor = read.get(connection.connection_id, (None, ""))
        told = self.syncer.sync(Visit(connection, deadline, counted=True), stored, cursor)
        colours = turned(told)
        if colours is not None:
            logger.info(
                "status changed",
                connection_id=connection.connection_id,
                change=colours,
                reason=told.after.reason,
                provider=connection.bank.provider,
                provider_code=told.after.provider_code,
            )
        return told

    def _read(self, connections: list[Connection]) -> dict[str, tuple[Sealed | None, str]]:
        """Read credentials and cursors of a batch at once.

        The read may be a moment old: a visit whose credentials are not those of its claim reads
        them again, and an old cursor only brings the same page again.
        """
        vault, ledger = self.syncer.vault.table, self.syncer.ledger.table
        found: dict[str, dict[str, Any]] = {vault: {}, ledger: {}}
        keys = [c.connection_id for c in connections]
        for start in range(0, len(keys), WIDTH):
            some = keys[start : start + WIDTH]
            request: Any = {
                vault: {"Keys": [{"connection_id": {"S": k}} for k in some]},
                ledger: {
                    "Keys": [{n: {"S": v} for n, v in cursor_key(k).items()} for k in some],
                },
            }
            while request:
                answer = self.client.batch_get_item(RequestItems=request)
                for table, items in answer["Responses"].items():
                    found[table] |= {i["connection_id"]["S"]: i for i in items}
                request = answer.get("UnprocessedKeys")
        return {k: (_sealed(found[vault].get(k)), _cursor(found[ledger].get(k))) for k in keys}


def _sealed(item: dict[str, Any] | None) -> Sealed | None:
    return sealed(item) if item else None


def _cursor(item: dict[str, Any] | None) -> str:
    return str(decode(item)["cursor"]) if item else ""


def _outcome(result: object) -> str:
    match result:
        case Told():
            return result.after.status.value
        case Refused():
            return result.obstacle.value
        case Exception():
            return "failed"
        case _:
            return str(result)


@cache
def bootstrap() -> Worker:
    """Return the worker on real AWS clients, their pools as wide as the threads."""
    told = environment.read(Environment)
    config = Config(max_pool_connections=WIDTH, retries={"mode": "standard"}, tcp_keepalive=True)
    client = boto3.client("dynamodb", config=config)
    kms, sqs = boto3.client("kms", config=config), boto3.client("sqs", config=config)
    syncer = Syncer(
        client=client,
        connections=Connections(client, told.connections_table),
        ledger=Ledger(client, told.ledger_table),
        vault=Vault(
            client,
            kms,
            key_id=told.vault_key_id,
            state_table=told.state_table,
            table=told.credentials_table,
            time=clock.now,
        ),
        provider=cache(lambda name: load(name, os.environ)),
        time=lambda: clock.now(),  # noqa: PLW0108 - looked up at each call: the clock can be set
    )
    verifier = Verifier(
        syncer=syncer,
        attempts=Attempts(client, told.attempts_table, told.connections_table),
        intake=Intake(kms, told.intake_key_id),
        queue=Queue(sqs, told.attempt_queue_url),
    )
    return Worker(client, syncer, verifier, Queue(sqs, told.sync_queue_url))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle a batch of either queue and name the messages that must come again."""
    seconds = context.get_remaining_time_in_millis() // 1000 - MARGIN
    failed = bootstrap().handle(event["Records"], context.aws_request_id, clock.now() + seconds)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

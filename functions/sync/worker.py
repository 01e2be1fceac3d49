"""The only place that calls banks: scheduled syncs by the batch, an owner's attempt at once.

Besides, the clock has it ask the providers which banks there are.

A failed sync is state, not an exception. What comes back to the queue is only what could not be
begun or settled: the rest of the batch stands.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relink import clock, environment
from relink.attempts import Attempts
from relink.bank_lists import BankLists
from relink.event_bus import EventBus
from relink.intake import Intake
from relink.ledger import Ledger
from relink.providers import load
from relink.queues import (
    AttemptMessage,
    BrokenMessage,
    EndMessage,
    Queue,
    ResealMessage,
    SyncMessage,
    VisitMessage,
    WebhookMessage,
    from_body,
)
from relink.repository import Connections
from relink.trail import Trail
from relink.writes import Conflict
from sync.attempts.verifying import Stopped, Verifier
from sync.attending import Attending
from sync.batches.batch import WIDTH, Batch
from sync.batches.breaker import Breaker
from sync.batches.holdings import Holdings
from sync.credentials.provider_keys import kept, with_keys
from sync.credentials.vault import Vault
from sync.ending import Ending
from sync.listing import Listing
from sync.resealing import Resealing
from sync.telling import tell_unhandled
from sync.visits.syncing import Syncer
from sync.visits.visit import Busy
from sync.webhooks.hearing import Webhooks
from sync.webhooks.replays import Replays

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.provider import Provider

MARGIN = 10
ATTEMPT_AGAIN = 5
"""Seconds: a sync that is in the way takes one or two."""
RUN_LENGTH = 12
"""What is kept of an invocation's id, to name its leases: 48 random bits, in every item."""
Step = AttemptMessage | VisitMessage | EndMessage | ResealMessage
logger = Logger(service="worker")


@dataclass(frozen=True)
class Environment:
    """What the function is told."""

    connections_table: str
    credentials_table: str
    ledger_table: str
    attempts_table: str
    state_table: str
    banks_table: str
    sync_queue_url: str
    attempt_queue_url: str
    webhook_queue_url: str
    intake_key_id: str
    vault_key_id: str
    provider_secrets: str
    event_bus_name: str = ""


@dataclass(frozen=True)
class Worker:
    """What the worker can do: what an owner waits for, a batch of scheduled syncs, of webhooks.

    And renew the lists of banks, which no message asks for.
    """

    verifier: Verifier
    batch: Batch
    webhooks: Webhooks
    listing: Listing

    def handle(self, records: list[dict[str, Any]], run: str, deadline: int) -> list[str]:
        """Handle a batch and return the ids of the messages that must come again."""
        failed: list[str] = []
        syncs: dict[str, SyncMessage] = {}
        hooks: dict[str, WebhookMessage] = {}
        for record in records:
            message_id = record["messageId"]
            match self._message(record):
                case SyncMessage() as message:
                    syncs[message_id] = message
                case WebhookMessage() as message:
                    hooks[message_id] = message
                case AttemptMessage() | VisitMessage() | EndMessage() | ResealMessage() as message:
                    if not self._step(message, run, deadline):
                        failed.append(message_id)
                case other:
                    if other is not None:
                        logger.error("message of another queue", message_id=message_id)
                    failed.append(message_id)
        failed += self.webhooks.hear(hooks, deadline)
        return failed + self.batch.sync(syncs, run, deadline)

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

    def _step(self, message: Step, run: str, deadline: int) -> bool:
        """Do what an owner waits for; tell whether the message has been seen to."""
        name = "attempt_id" if isinstance(message, AttemptMessage) else "connection_id"
        subject = {name: getattr(message, name)}
        try:
            outcome = self._outcome(message, run, deadline)
        except (Busy, Conflict):
            self.verifier.queue.send(message, delay=ATTEMPT_AGAIN)
            return True
        except Stopped as stop:
            self.verifier.queue.send(message, delay=stop.seconds)
            return True
        except Exception as error:  # noqa: BLE001 - the message comes again, at last to the DLQ
            tell_unhandled("attempt not handled", error, **subject)
            return False
        else:
            phrase = type(message).__name__.removesuffix("Message").lower()
            logger.info(phrase, extra={**subject, "state": outcome})
            return True
        finally:
            logger.thread_safe_clear_keys()

    def _outcome(self, message: Step, run: str, deadline: int) -> str | None:
        syncer = self.verifier.syncer
        match message:
            case AttemptMessage():
                return self.verifier.go_on(message.attempt_id, run, deadline)
            case VisitMessage():
                return Attending(syncer).visit(message, run, deadline)
            case EndMessage():
                ending = Ending(syncer, self.verifier.queue, self.verifier.abandon)
                return ending.go_on(message.connection_id, run, deadline)
            case ResealMessage():
                return Resealing(syncer).seal_anew(message.connection_id)


@cache
def bootstrap() -> Worker:
    """Return the worker on real AWS clients."""
    told = environment.read(Environment)
    config = _config()
    client, sqs = boto3.client("dynamodb", config=config), boto3.client("sqs", config=config)
    kms = boto3.client("kms", config=config)
    trail, attempts = Trail(client, told.ledger_table), Queue(sqs, told.attempt_queue_url)
    vault = Vault(
        client,
        kms,
        key_id=told.vault_key_id,
        state_table=told.state_table,
        table=told.credentials_table,
        time=lambda: clock.now(),  # noqa: PLW0108 - as below
    )
    syncer = _syncer(told, client, vault, trail, attempts)
    verifier = Verifier(
        syncer=syncer,
        attempts=Attempts(client, told.attempts_table, told.connections_table, trail),
        intake=Intake(kms, told.intake_key_id),
        queue=attempts,
    )
    holdings = Holdings(client, told.credentials_table, told.ledger_table)
    batch = Batch(
        syncer, holdings, Breaker(client, told.state_table), Queue(sqs, told.sync_queue_url)
    )
    again = Queue(sqs, told.webhook_queue_url)
    webhooks = Webhooks(syncer, Replays(client, told.state_table), batch.queue, again=again)
    listing = Listing(BankLists(client, told.banks_table), syncer.provider, syncer.time)
    return Worker(verifier, batch, webhooks, listing)


def _config() -> Config:
    """Return what all clients are made with: pools as wide as the threads."""
    return Config(
        max_pool_connections=WIDTH + WIDTH // 2,
        retries={"mode": "standard"},
        tcp_keepalive=True,
        user_agent=f"Boto3/{boto3.__version__} relink",  # botocore's costs 0.2 ms a request
        connect_timeout=3,
        read_timeout=15,  # a hanging call must not take all the time that a batch has
    )


def _syncer(
    told: Environment, client: DynamoDBClient, vault: Vault, trail: Trail, queue: Queue
) -> Syncer:
    secrets = cache(lambda: boto3.client("secretsmanager", config=_config()))

    def adapter(name: str) -> Provider:
        return load(name, with_keys(os.environ, secrets(), told.provider_secrets))

    return Syncer(
        client=client,
        connections=Connections(client, told.connections_table, trail),
        ledger=Ledger(client, told.ledger_table),
        vault=vault,
        provider=kept(adapter, clock.now),
        time=lambda: clock.now(),  # noqa: PLW0108 - looked up at each call: the clock can be set
        queue=queue,
        bus=EventBus(lambda: boto3.client("events", config=_config()), told.event_bus_name),
    )


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle a batch of either queue and name the messages that must come again.

    What the clock sends has no records: the lists of banks are looked after.
    """
    seconds = context.get_remaining_time_in_millis() // 1000 - MARGIN
    if "Records" not in event:
        return dict(bootstrap().listing.renew(clock.now() + seconds))
    run = context.aws_request_id[-RUN_LENGTH:]
    failed = bootstrap().handle(event["Records"], run, clock.now() + seconds)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

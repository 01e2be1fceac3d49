"""The worker on tables and queues as deployed, with a bank that does as it is told."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink import backoff
from relink.attempts import Attempts
from relink.bank_lists import BankLists
from relink.intake import Intake
from relink.ledger import Ledger
from relink.provider import Secret, SyncResult
from relink.queues import Queue, SyncMessage, to_body
from relink.reasons import Status
from relink.repository import Connections
from relink.schedule import SLOTS, minute_of
from relink.trail import Trail
from sync.attempts.verifying import Verifier
from sync.batches.batch import Batch
from sync.batches.breaker import Breaker
from sync.batches.holdings import Holdings
from sync.credentials.vault import Vault
from sync.listing import Listing
from sync.visits.syncing import Syncer
from sync.webhooks.hearing import Webhooks
from sync.webhooks.replays import Replays
from sync.worker import Worker
from tests.fakes import NOON, Clock, FakeProvider, account, connection
from tests.integration.sync.minutes import minutes  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from relink.connection import Connection

DEADLINE = 10**10
FIRST_CYCLE = minute_of(NOON) // SLOTS
"""The cycle in which the bench's clock begins."""


@dataclass
class Bench:
    """The worker and everything around it."""

    worker: Worker
    connections: Connections
    ledger: Ledger
    vault: Vault
    attempts: Attempts
    intake: Intake
    provider: FakeProvider
    clock: Clock
    client: DynamoDBClient
    sync_queue_url: str
    attempt_queue_url: str
    webhook_queue_url: str

    def add(self, **facts: Any) -> Connection:
        """Store a connection with credentials, due in its slot, and return it."""
        made = connection(**{"status": Status.GREEN, "reason": None, **facts})
        made = replace(made, slot=made.home_slot)
        self.connections.create(made)
        if made.credentials_version:
            self.client.transact_write_items(
                TransactItems=[self.vault.put(made, Secret(b"the old password"))],  # type: ignore[list-item]
            )
        return made

    def now(self, connection_id: str = "con_1") -> Connection:
        """Return a connection as it is stored now."""
        found = self.connections.get(connection_id)
        assert found is not None
        return found

    def sync(self, turn: int, *connection_ids: str, run: str = "run") -> list[str]:
        """Hand the worker one message a connection; return what must come again.

        Turns count from the cycle in which the bench's clock begins.
        """
        records = [
            {"messageId": f"m{i}", "body": to_body(SyncMessage(c, FIRST_CYCLE + turn))}
            for i, c in enumerate(connection_ids or ("con_1",))
        ]
        return self.worker.handle(records, run, DEADLINE)

    def queued(self, url: str = "") -> int:
        """Return how many messages wait on a queue, delayed ones among them."""
        found = boto3.client("sqs").get_queue_attributes(
            QueueUrl=url or self.sync_queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"],
        )
        return sum(int(n) for n in found["Attributes"].values())

    def environment(self) -> dict[str, str]:
        """Return what the function is told of all this."""
        tables = ("ATTEMPTS", "BANKS", "CONNECTIONS", "CREDENTIALS", "LEDGER", "STATE")
        return {
            **{f"{name}_TABLE": f"{name.title()}Table" for name in tables},
            "SYNC_QUEUE_URL": self.sync_queue_url,
            "ATTEMPT_QUEUE_URL": self.attempt_queue_url,
            "WEBHOOK_QUEUE_URL": self.webhook_queue_url,
            "INTAKE_KEY_ID": self.intake._key_id,
            "VAULT_KEY_ID": self.vault._key_id,
            "PROVIDER_SECRETS": "provider-keys",
        }


@pytest.fixture
def bench(tables: dict[str, str]) -> Bench:
    """Return a worker whose bank answers with one account."""
    client, kms, sqs = boto3.client("dynamodb"), boto3.client("kms"), boto3.client("sqs")
    clock, provider = Clock(), FakeProvider()
    provider.syncs.append(SyncResult(accounts=(account(),), next_cursor="c1"))
    keys = [
        kms.create_key(Description=name)["KeyMetadata"]["KeyId"]
        for name in ("VaultKey", "IntakeKey")
    ]
    urls = [sqs.create_queue(QueueName=n)["QueueUrl"] for n in ("sync", "attempts", "webhooks")]
    trail = Trail(client, tables["LedgerTable"])
    connections = Connections(client, tables["ConnectionsTable"], trail)
    ledger = Ledger(client, tables["LedgerTable"])
    vault = Vault(
        client,
        kms,
        key_id=keys[0],
        state_table=tables["StateTable"],
        table=tables["CredentialsTable"],
        time=clock,
    )
    attempts = Attempts(client, tables["AttemptsTable"], tables["ConnectionsTable"], trail)
    queue = Queue(sqs, urls[1])
    syncer = Syncer(client, connections, ledger, vault, lambda _: provider, clock, queue)
    intake = Intake(kms, keys[1])
    verifier = Verifier(syncer, attempts, intake, queue)
    holdings = Holdings(client, tables["CredentialsTable"], tables["LedgerTable"])
    breaker = Breaker(client, tables["StateTable"])
    syncs = Queue(sqs, urls[0])
    replays = Replays(client, tables["StateTable"])
    webhooks = Webhooks(syncer, replays, syncs, again=Queue(sqs, urls[2]))
    lists = BankLists(client, tables["BanksTable"])
    listing = Listing(lists, lambda _: provider, clock, width=1)
    batch = Batch(syncer, holdings, breaker, syncs, width=1)
    worker = Worker(verifier, batch, webhooks, listing)
    return Bench(
        worker=worker,
        connections=connections,
        ledger=ledger,
        vault=vault,
        attempts=attempts,
        intake=intake,
        provider=provider,
        clock=clock,
        client=client,
        sync_queue_url=urls[0],
        attempt_queue_url=urls[1],
        webhook_queue_url=urls[2],
    )


@pytest.fixture
def ledger(tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Return an empty Ledger whose pauses take no time."""
    monkeypatch.setattr(backoff, "FIRST", 0)
    return Ledger(boto3.client("dynamodb"), tables["LedgerTable"])


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what the worker writes to its log from now on."""
    written = io.StringIO()
    for handler in logging.getLogger("worker").handlers:
        monkeypatch.setattr(handler, "stream", written)
    return written

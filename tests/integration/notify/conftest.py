"""A bench for each test, with one owner, who reads English."""

from __future__ import annotations

import boto3
import pytest

from notify.digest import Digests
from notify.gathering import Gathering
from notify.letter import House
from notify.mail import Outbox, Sender
from relink.ledger import Ledger
from relink.links import KeyRing
from relink.owners import Owners
from relink.queues import Queue
from relink.repository import Connections
from tests.fakes import Clock
from tests.integration.notify.bench import GATHER, PUBLIC_URL, Bench, Crashes


@pytest.fixture
def bench(tables: dict[str, str]) -> Bench:
    """Return a bench with one owner, who reads English."""
    dynamodb, sqs, ses = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("sesv2")
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="link-key", SecretString="k" * 64)
    ses.create_email_identity(EmailIdentity="notices@example.com")
    clock, crashes = Clock(), Crashes()
    crashes.watch(dynamodb, sqs, ses, secrets)
    owners = Owners(dynamodb, tables["OwnersTable"])
    queue = Queue(sqs, sqs.create_queue(QueueName="notices")["QueueUrl"])
    connections = Connections(dynamodb, tables["ConnectionsTable"])
    ledger = Ledger(dynamodb, tables["LedgerTable"])
    outbox = Outbox(ses, Sender("Relink", "notices@example.com"))
    made = Bench(
        gathering=Gathering(owners, queue, GATHER),
        digests=Digests(
            owners=owners,
            connections=connections,
            ledger=ledger,
            queue=queue,
            keyring=KeyRing(secrets, "link-key", clock),
            outbox=outbox,
            house=House("Relink", PUBLIC_URL),
        ),
        owners=owners,
        connections=connections,
        ledger=ledger,
        clock=clock,
        crashes=crashes,
    )
    made.profile()
    return made

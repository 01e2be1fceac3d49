"""A bench for each test, with one owner, who reads English."""

from __future__ import annotations

from functools import partial

import boto3
import pytest

from notify.digest import Digests
from notify.gate import Gates
from notify.gathering import Gathering
from notify.letter import House
from notify.mail import Outbox, Sender
from notify.mailings import Mailings
from notify.posting import Post
from notify.records import Records
from notify.sweep import Sweep
from relink import outages
from relink.addresses import Addresses
from relink.ledger import Ledger
from relink.notices import Notices
from relink.owners import Owners
from relink.queues import Queue
from relink.repository import Connections
from relink.signing import KeyRing
from tests.fakes import Clock
from tests.integration.notify.bench import GATHER, PUBLIC_URL, Bench, Crashes, Pushes


@pytest.fixture
def bench(tables: dict[str, str]) -> Bench:
    """Return a bench with one owner, who reads English."""
    dynamodb, sqs, ses = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("sesv2")
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="link-key", SecretString="k" * 64)
    ses.create_email_identity(EmailIdentity="notices@example.com")
    clock, crashes = Clock(), Crashes()
    crashes.watch(dynamodb, sqs, ses, secrets)
    table = tables["OwnersTable"]
    notices, records, gates = (
        Notices(dynamodb, table),
        Records(dynamodb, table),
        Gates(dynamodb, table),
    )
    queue = Queue(sqs, sqs.create_queue(QueueName="notices")["QueueUrl"])
    connections = Connections(dynamodb, tables["ConnectionsTable"])
    digests = Digests(
        owners=Owners(dynamodb, table),
        addresses=Addresses(dynamodb, table),
        notices=notices,
        records=records,
        mailings=Mailings(dynamodb, table),
        gates=gates,
        connections=connections,
        outages=partial(outages.read, dynamodb, tables["StateTable"]),
        queue=queue,
        post=Post(
            ledger=Ledger(dynamodb, tables["LedgerTable"]),
            keyring=KeyRing(secrets, "link-key", clock),
            outbox=Outbox(ses, Sender("Relink", "notices@example.com")),
            house=House("Relink", PUBLIC_URL),
        ),
        gather_seconds=GATHER,
    )
    made = Bench(
        gathering=Gathering(notices, records, gates, queue, GATHER),
        digests=digests,
        sweeping=Sweep(
            client=dynamodb, connections=connections, notices=notices, records=records, queue=queue
        ),
        owners=digests.owners,
        addresses=digests.addresses,
        notices=notices,
        mailings=digests.mailings,
        gates=gates,
        connections=connections,
        ledger=digests.post.ledger,
        pushes=Pushes(),
        clock=clock,
        crashes=crashes,
    )
    made.profile()
    return made

"""A bench for each test: the function as it is deployed, with a clock that stands still."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from reconnect.assembly import bootstrap
from relink import clock
from tests.fakes import Clock
from tests.integration.reconnect.bench import PUBLIC_URL, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench(tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Return the function, called by events alone."""
    sqs, kms = boto3.client("sqs"), boto3.client("kms")
    boto3.client("secretsmanager").create_secret(Name="link-key", SecretString="k" * 64)
    key_id = kms.create_key(Description="IntakeKey")["KeyMetadata"]["KeyId"]
    variables = {
        "CONNECTIONS_TABLE": tables["ConnectionsTable"],
        "LEDGER_TABLE": tables["LedgerTable"],
        "ATTEMPTS_TABLE": tables["AttemptsTable"],
        "OWNERS_TABLE": tables["OwnersTable"],
        "STATE_TABLE": tables["StateTable"],
        "BANKS_TABLE": tables["BanksTable"],
        "ATTEMPT_QUEUE_URL": sqs.create_queue(QueueName="attempts")["QueueUrl"],
        "NOTICE_QUEUE_URL": sqs.create_queue(QueueName="notices")["QueueUrl"],
        "WEBHOOK_QUEUE_URL": sqs.create_queue(QueueName="webhooks")["QueueUrl"],
        "INTAKE_KEY_ID": key_id,
        "LINK_KEY_SECRET": "link-key",
        "PUBLIC_URL": PUBLIC_URL,
        "HOST_APP_NAME": "Relink",
        "POWERTOOLS_SERVICE_NAME": "reconnect",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    bootstrap.cache_clear()
    set_clock = Clock()
    monkeypatch.setattr(clock, "now", set_clock)
    made = Bench(bootstrap(), set_clock, key_id)
    for client in (made.services._dynamodb, made.services._sqs, made.services._intake._client):
        for when in ("before", "after"):
            client.meta.events.register(f"{when}-call.*.*", partial(_seen, made, when))
    yield made
    bootstrap.cache_clear()


def _seen(bench: Bench, when: str, model: Any, **_: Any) -> None:
    bench.called(when, model.name)

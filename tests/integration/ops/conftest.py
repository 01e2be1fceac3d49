"""Operators at a stack in memory: the worker's bench, with every queue and its dead letters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.ops import __main__ as ops
from infra.ops.target import Target
from infra.sam.template import load
from tests.integration.sync.conftest import Bench, bench, log

if TYPE_CHECKING:
    from infra.sam.template import Template

__all__ = ["bench", "log"]
BY_BENCH = {"SyncQueue": "sync", "AttemptQueue": "attempts", "WebhookQueue": "webhooks"}


@dataclass
class Room:
    """An operator's terminal, and the stack behind it."""

    bench: Bench
    target: Target
    capsys: pytest.CaptureFixture[str]

    def ops(self, *words: str, expect: int = 0) -> Any:
        """Give a command; return what it answers."""
        self.capsys.readouterr()
        assert expect == ops.main(["--json", *words])
        told = self.capsys.readouterr()
        return json.loads(told.out) if expect == 0 else told.err.strip()

    def send(self, queue: str, body: str) -> str:
        """Put a message on a queue; return its id."""
        answer = boto3.client("sqs").send_message(
            QueueUrl=self.target.name(queue), MessageBody=body
        )
        return answer["MessageId"]

    def take(self, queue: str, hidden: int = 0, most: int = 10) -> list[dict[str, Any]]:
        """Receive what a queue shows."""
        answer: Any = boto3.client("sqs").receive_message(
            QueueUrl=self.target.name(queue), MaxNumberOfMessages=most, VisibilityTimeout=hidden
        )
        return list(answer.get("Messages", []))

    def bodies_of_all(self, queue: str) -> list[str]:
        """Return what all messages say that can be received at this moment."""
        found: list[str] = []
        while messages := self.take(queue, hidden=60):
            found += [m["Body"] for m in messages]
        return found

    def bodies(self, queue: str) -> list[str]:
        """Return what the messages say that a queue shows."""
        return sorted(m["Body"] for m in self.take(queue))


@pytest.fixture(scope="session")
def template() -> Template:
    """Return the template."""
    return load()


def client(service: str) -> Any:
    """Return a client of the AWS in memory."""
    return boto3.client(service)  # type: ignore[call-overload]


@pytest.fixture
def room(
    bench: Bench,
    template: Template,
    tables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Room:
    """Return a terminal at which any command reaches this stack, and the bench's clock is read."""
    sqs, secrets = boto3.client("sqs"), boto3.client("secretsmanager")
    names = dict(tables)
    for name in template.queues():
        names[name] = sqs.create_queue(QueueName=BY_BENCH.get(name, name))["QueueUrl"]
    for name, queue in template.queues().items():
        if queue.dead_letters:
            arn = sqs.get_queue_attributes(
                QueueUrl=names[queue.dead_letters], AttributeNames=["QueueArn"]
            )["Attributes"]["QueueArn"]
            policy = {"deadLetterTargetArn": arn, "maxReceiveCount": queue.maximum_receives}
            sqs.set_queue_attributes(
                QueueUrl=names[name], Attributes={"RedrivePolicy": json.dumps(policy)}
            )
    names["LinkKeySecret"] = secrets.create_secret(Name="link-key", SecretString="k" * 64)["ARN"]
    names |= {"WorkerLog": "/relink/worker", "NotifyLog": "/relink/notify"}
    target = Target(client, names, bench.clock)
    monkeypatch.setattr(ops, "_target", lambda _: target)
    monkeypatch.setattr("infra.ops.redrive.WAIT", 0)
    return Room(bench, target, capsys)

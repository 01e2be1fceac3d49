"""The dispatcher on tables and a queue, minute by minute."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.items import decode, encode
from relink.queues import Queue
from relink.repository import Connections
from relink.schedule import MINUTE, SLOTS, Due, slot_of
from sync.dispatch import Dispatch, Environment
from sync.watermark import NAME
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb.client import DynamoDBClient

CYCLE = SLOTS * MINUTE
WORKSPACE = next(f"ws_{n}" for n in range(5_000) if slot_of(f"ws_{n}") == Due(NOON // 60).slot)
"""A workspace whose turn it is at noon."""


@dataclass
class Minutes:
    """A dispatcher with its queue and its clock."""

    dispatch: Dispatch
    connections: Connections
    client: DynamoDBClient
    sqs: Any
    queue_url: str
    runs: Iterator[int] = field(default_factory=count)

    def run(self, now: int, hurry: Callable[[], bool] = lambda: False) -> dict[str, int]:
        """Dispatch once, in a run of its own that has a minute."""
        return self.dispatch.run(now, hurry, f"run-{next(self.runs)}", now + MINUTE)

    def add(self, connection_id: str = "con_1", workspace: str = WORKSPACE, **facts: Any) -> None:
        """Store a connection that the schedule may call."""
        made = connection(connection_id=connection_id, workspace_id=workspace, **facts)
        self.connections.create(replace(made, slot=made.home_slot))

    def taken(self) -> list[tuple[str, int]]:
        """Take what is on the queue: connections and cycles."""
        found: list[tuple[str, int]] = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return sorted(found)
            for message in messages:
                body = json.loads(message["Body"])
                found.append((body["connection_id"], body["cycle"]))
                self.sqs.delete_message(
                    QueueUrl=self.queue_url,
                    ReceiptHandle=message["ReceiptHandle"],
                )

    def watermark(self) -> int | None:
        """Return the last minute that was dispatched whole."""
        return self.item().get("minute")

    def item(self) -> dict[str, Any]:
        """Return all that the dispatcher keeps."""
        [found] = self.client.scan(TableName="StateTable")["Items"]
        return decode(found)

    def begin_at(self, minute: int) -> None:
        """Let everything up to a minute be dispatched."""
        item = encode({"name": NAME, "minute": minute})
        self.client.put_item(TableName="StateTable", Item=item)


@pytest.fixture
def minutes(tables: dict[str, str]) -> Minutes:
    """Return a dispatcher that has never run."""
    client, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="sync")["QueueUrl"]
    told = Environment(tables["ConnectionsTable"], tables["StateTable"], url)
    return Minutes(
        Dispatch(client, Queue(sqs, url), told, page=10),
        Connections(client, tables["ConnectionsTable"]),
        client,
        sqs,
        url,
    )

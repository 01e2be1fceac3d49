"""The clock: each minute, queue the connections whose slot has come.

The watermark moves only after a minute's messages are on the queue. A run that dies in between
sends them again, and the claim lets each connection through once a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from relink import clock, environment, schedule
from relink.items import decode, encode
from relink.queues import Queue, SyncMessage
from relink.repository import Conflict, raise_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.client import DynamoDBClient

WATERMARK = "dispatch"
MARGIN_MS = 10_000
logger = Logger(service="dispatch")


@dataclass(frozen=True)
class Environment:
    """What the function is told."""

    connections_table: str
    state_table: str
    sync_queue_url: str


class Dispatch:
    """Slots to queue messages."""

    def __init__(self, client: DynamoDBClient, queue: Queue, told: Environment) -> None:
        self._client = client
        self._queue = queue
        self._told = told

    def run(self, now: int, hurry: Callable[[], bool]) -> dict[str, int]:
        """Queue what is due up to `now`; stop early when `hurry` says so, and go on next time."""
        reached = self._watermark()
        minutes = sent = 0
        behind: int | None = None
        for due in schedule.due_since(reached, now):
            if hurry():
                break
            count = self._queue.send_all(
                SyncMessage(connection_id, due.cycle) for connection_id in self._in_slot(due.slot)
            )
            behind = due.minute
            if count:  # an empty minute is as cheap to look at again as to write down
                self._advance(behind)
                behind = None
            sent += count
            minutes += 1
        if behind is not None:
            self._advance(behind)
        return {"minutes": minutes, "sent": sent}

    def _in_slot(self, slot: int) -> Iterator[str]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._told.connections_table,
            IndexName="by_slot",
            KeyConditionExpression="slot = :s",
            ExpressionAttributeValues=encode({":s": slot}),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["connection_id"]["S"]

    def _watermark(self) -> int | None:
        answer = self._client.get_item(
            TableName=self._told.state_table,
            Key=encode({"name": WATERMARK}),
            ConsistentRead=True,
        )
        return decode(answer["Item"])["minute"] if "Item" in answer else None

    def _advance(self, minute: int) -> None:
        """Move the watermark forward; an overtaken run leaves it where the faster one put it."""
        try:
            self._client.update_item(
                TableName=self._told.state_table,
                Key=encode({"name": WATERMARK}),
                UpdateExpression="SET #minute = :m",
                ConditionExpression="attribute_not_exists(#minute) OR #minute < :m",
                ExpressionAttributeNames={"#minute": "minute"},
                ExpressionAttributeValues=encode({":m": minute}),
            )
        except ClientError as error:
            try:
                raise_conflict(error)
            except Conflict:
                logger.info("watermark was overtaken", minute=minute)


@cache
def bootstrap() -> Dispatch:
    """Return the dispatcher on real AWS clients."""
    told = environment.read(Environment)
    queue = Queue(boto3.client("sqs"), told.sync_queue_url)
    return Dispatch(boto3.client("dynamodb"), queue, told)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Dispatch once; the scheduler's event says nothing that the clock does not."""
    del event
    done = bootstrap().run(
        clock.now(),
        lambda: context.get_remaining_time_in_millis() < MARGIN_MS,
    )
    if done["sent"]:
        logger.info("dispatched", extra=done)
    return done

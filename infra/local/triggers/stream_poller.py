"""Read a DynamoDB stream and hand its records to a function, as Lambda's poller does."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.triggers.patterns import Pattern, passes
from infra.local.triggers.repeated_look import RepeatedLook
from infra.local.triggers.stream_batches import RetryRules, deliver, failure_record

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from infra.local.clients import Clients
    from infra.local.functions.warm_function import Outcome, WarmFunction
    from infra.local.triggers.stream_batches import Record


@dataclass(frozen=True)
class StreamSettings:
    """What an event source mapping says about a stream."""

    arn: str
    batch_size: int = 100
    window: float = 0.0
    rules: RetryRules = field(default_factory=RetryRules)
    failure_queue_url: str | None = None
    patterns: Sequence[Pattern] = field(default_factory=list)


@dataclass
class Position:
    """How far one shard has been read."""

    iterator: str | None = None
    last_number: int = -1


class StreamPoller:
    """The mapping of one table's stream to one function.

    It always starts with the oldest record: the table is as new as the stack.
    """

    def __init__(
        self,
        clients: Clients,
        settings: StreamSettings,
        function: WarmFunction,
        stop: threading.Event,
    ) -> None:
        self.settings = settings
        self.function = function
        self.seen: deque[Record] = deque(maxlen=10_000)
        self.delivered: deque[Record] = deque(maxlen=100)
        self._streams = clients("dynamodbstreams")
        self._sqs = clients("sqs")
        self._stop = stop
        self._shards: dict[str, Position] = {}
        self.look = RepeatedLook(settings.arn, self._step, stop)

    def replay(self, count: int = 1) -> Outcome:
        """Deliver the last records once more, as a stream does after a lost answer."""
        return self.function.invoke({"Records": list(self.delivered)[-count:]})

    def start(self) -> None:
        """Begin to read."""
        self.look.start()

    def hurry(self) -> None:
        """Look at once."""
        self.look.hurry()

    def idle_since(self, moment: float) -> bool:
        """Return whether a look begun after `moment` (monotonic) found no record."""
        return self.look.idle_since(moment)

    def close(self) -> None:
        """Wait for the poller."""
        self.look.join()

    def _step(self) -> bool:
        self._find_shards()
        busy = False
        for shard_id, position in self._shards.items():
            records = self._gather(shard_id, position)
            if records:
                busy = True
                self._process(shard_id, records)
        return busy

    def _find_shards(self) -> None:
        if self._shards and all(position.iterator for position in self._shards.values()):
            return
        stream = self._streams.describe_stream(StreamArn=self.settings.arn)["StreamDescription"]
        for shard in stream["Shards"]:
            self._shards.setdefault(shard["ShardId"], Position())

    def _gather(self, shard_id: str, position: Position) -> list[Record]:
        records = self._read(shard_id, position, self.settings.batch_size)
        ends = time.monotonic() + self.settings.window
        while records and len(records) < self.settings.batch_size and time.monotonic() < ends:
            self._stop.wait(0.05)
            records += self._read(shard_id, position, self.settings.batch_size - len(records))
        return records

    def _read(self, shard_id: str, position: Position, limit: int) -> list[Record]:
        if position.iterator is None:
            position.iterator = self._iterator(shard_id)
        try:
            reply = self._streams.get_records(ShardIterator=position.iterator, Limit=limit)
        except ClientError as error:
            if _code(error) != "ExpiredIteratorException":
                raise
            position.iterator = None  # time was advanced past its fifteen minutes
            return self._read(shard_id, position, limit)
        position.iterator = reply.get("NextShardIterator")
        records = [_record(raw, self.settings.arn) for raw in reply["Records"]]
        records = [record for record in records if _number(record) > position.last_number]
        if records:
            position.last_number = _number(records[-1])
            self.seen.extend(records)
        return records

    def _iterator(self, shard_id: str) -> str:
        """Return an iterator at the oldest record; `_read` leaves out what it has read before.

        Not after the last record's number: time may have been advanced past its retention.
        """
        reply = self._streams.get_shard_iterator(
            StreamArn=self.settings.arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
        )
        return str(reply["ShardIterator"])

    def _process(self, shard_id: str, records: list[Record]) -> None:
        chosen = [record for record in records if passes(record, self.settings.patterns)]
        if not chosen:
            return
        self.delivered.extend(chosen)
        for given_up in deliver(chosen, self._invoke, self.settings.rules, self._stop):
            if self.settings.failure_queue_url:
                body = failure_record(given_up, self.function.settings.arn, shard_id)
                self._sqs.send_message(
                    QueueUrl=self.settings.failure_queue_url, MessageBody=json.dumps(body)
                )

    def _invoke(self, records: list[Record]) -> Outcome:
        return self.function.invoke({"Records": records})


def _number(record: Record) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _record(raw: dict[str, Any], stream_arn: str) -> Record:
    change = dict(raw["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, dt.datetime):
        change["ApproximateCreationDateTime"] = created.timestamp()
    for image in ("Keys", "NewImage", "OldImage"):
        if image in change:
            change[image] = {name: _value(value) for name, value in change[image].items()}
    return {
        "eventID": raw["eventID"],
        "eventName": raw["eventName"],
        "eventVersion": raw.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": raw["awsRegion"],
        "dynamodb": change,
        "eventSourceARN": stream_arn,
        **({"userIdentity": raw["userIdentity"]} if "userIdentity" in raw else {}),
    }


def _value(value: Any) -> Any:
    """Return an attribute value as JSON holds it: bytes become base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner) for inner in value]
    return value

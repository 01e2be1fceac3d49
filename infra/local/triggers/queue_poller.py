"""Take messages from an SQS queue and hand them to a function in batches, as Lambda's poller does.

Redelivery and dead letters are the queue's own business: a message that is not deleted comes back
after its visibility timeout, and moves to the dead-letter queue after its last receive.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.clients import REGION
from infra.local.triggers.patterns import Pattern, passes
from infra.local.triggers.repeated_look import RepeatedLook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.local.functions.warm_function import Outcome, WarmFunction

RECEIVE_LIMIT = 10
"""How many messages SQS gives or deletes in one request."""

Message = dict[str, Any]


@dataclass(frozen=True)
class QueueSettings:
    """What an event source mapping says about a queue."""

    url: str
    arn: str
    batch_size: int = 10
    window: float = 0.0
    partial: bool = False
    concurrency: int = 2
    patterns: Sequence[Pattern] = field(default_factory=list)


class QueuePoller:
    """The mapping of one queue to one function."""

    def __init__(
        self, sqs: Any, settings: QueueSettings, function: WarmFunction, stop: threading.Event
    ) -> None:
        self.settings = settings
        self.function = function
        self.delivered: deque[Message] = deque(maxlen=100)
        self._sqs = sqs
        self._stop = stop
        self._busy: set[int] = set()
        self._slots = threading.Semaphore(settings.concurrency)
        self._workers = ThreadPoolExecutor(settings.concurrency)
        self.look = RepeatedLook(settings.arn, self._step, stop)

    def replay(self, count: int = 1) -> Outcome:
        """Deliver the last messages once more, as SQS may do at any time."""
        return self.function.invoke({"Records": list(self.delivered)[-count:]})

    def start(self) -> None:
        """Begin to receive."""
        self.look.start()

    def hurry(self) -> None:
        """Look at once."""
        self.look.hurry()

    def idle_since(self, moment: float) -> bool:
        """Return whether a look begun after `moment` found no message, and no batch is at work."""
        return self.look.idle_since(moment) and not self._busy

    def close(self) -> None:
        """Wait for the poller and for the batches under way."""
        self.look.join()
        self._workers.shutdown()

    def _step(self) -> bool:
        if not self._slots.acquire(timeout=0.1):
            return True
        batch = self._gather()
        if batch:
            self._busy.add(id(batch))
            self._workers.submit(self._process, batch)
            return True
        self._slots.release()
        return False

    def _gather(self) -> list[Message]:
        batch = self._receive(self.settings.batch_size)
        ends = time.monotonic() + self.settings.window
        while batch and len(batch) < self.settings.batch_size and not self._stop.is_set():
            more = self._receive(self.settings.batch_size - len(batch))
            if not more and time.monotonic() >= ends:
                break
            batch += more
            if not more:
                time.sleep(0.05)
        return batch

    def _receive(self, wanted: int) -> list[Message]:
        reply = self._sqs.receive_message(
            QueueUrl=self.settings.url,
            MaxNumberOfMessages=min(RECEIVE_LIMIT, wanted),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_record(message, self.settings.arn) for message in reply.get("Messages", [])]

    def _process(self, batch: list[Message]) -> None:
        try:
            chosen = [record for record in batch if self._passes(record)]
            failed: set[str] = set()
            if chosen:
                self.delivered.extend(chosen)
                failed = self._failed(chosen, self.function.invoke({"Records": chosen}))
            self._delete([record for record in batch if record["messageId"] not in failed])
        finally:
            self._busy.discard(id(batch))
            self._slots.release()

    def _passes(self, record: Message) -> bool:
        """Return whether a filter wants the message; one for JSON never wants another body."""
        patterns = self.settings.patterns
        try:
            body = json.loads(record["body"])
        except ValueError:
            body = record["body"]
        fitting = [
            pattern
            for pattern in patterns
            if isinstance(pattern.get("body", body), dict) is isinstance(body, dict)
        ]
        return not patterns or (bool(fitting) and passes({**record, "body": body}, fitting))

    def _failed(self, batch: list[Message], outcome: Outcome) -> set[str]:
        """Return the ids that must come back; all of them if the answer makes no sense."""
        everything = {record["messageId"] for record in batch}
        if outcome.failed:
            return everything
        if not self.settings.partial or not outcome.result:
            return set()
        try:
            failures = outcome.result.get("batchItemFailures") or []
            failed = {failure["itemIdentifier"] for failure in failures}
        except (AttributeError, KeyError, TypeError):
            return everything
        return failed if failed.issubset(everything) else everything

    def _delete(self, batch: list[Message]) -> None:
        for chunk in _chunks(batch):
            self._sqs.delete_message_batch(
                QueueUrl=self.settings.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": record["receiptHandle"]}
                    for number, record in enumerate(chunk)
                ],
            )


def _chunks(batch: list[Message]) -> Iterator[list[Message]]:
    for start in range(0, len(batch), RECEIVE_LIMIT):
        yield batch[start : start + RECEIVE_LIMIT]


def _record(message: dict[str, Any], arn: str) -> Message:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    binary = value.get("BinaryValue")
    content = (
        {"stringValue": value.get("StringValue")}
        if binary is None
        else {"binaryValue": base64.b64encode(binary).decode()}
    )
    return {
        **content,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }

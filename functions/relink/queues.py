"""The messages on our queues: what they say, and sending them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_sqs.client import SQSClient

BATCH = 10
LONGEST_DELAY = 900
ID_LIMIT = 256
CYCLE_LIMIT = 2**32


class BrokenMessage(Exception):
    """A message that says nothing we understand; it belongs in the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class SyncMessage:
    """Sync this connection in its turn of this cycle."""

    connection_id: str
    cycle: int


@dataclass(frozen=True, slots=True)
class AttemptMessage:
    """Go on with this attempt."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """Send this owner's gathered mail."""

    owner_id: str


Message = SyncMessage | AttemptMessage | DigestMessage

_KINDS: dict[str, type[SyncMessage | AttemptMessage | DigestMessage]] = {
    "sync": SyncMessage,
    "attempt": AttemptMessage,
    "digest": DigestMessage,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_body(message: Message) -> str:
    """Return the text of a message."""
    values = {name: getattr(message, name) for name in message.__dataclass_fields__}
    return json.dumps({"kind": _NAMES[type(message)], **values}, separators=(",", ":"))


def from_body(body: str) -> Message:
    """Return what a message says. Raises `BrokenMessage`."""
    try:
        values = json.loads(body)
        kind = _KINDS[values.pop("kind")]
        message = kind(**values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        msg = f"not a message of ours: {type(error).__name__}"
        raise BrokenMessage(msg) from error
    for name, declared in kind.__annotations__.items():
        sensible = _is_cycle if declared == "int" else _is_id
        if not sensible(getattr(message, name)):
            msg = f"{name} is not one of ours"
            raise BrokenMessage(msg)
    return message


class Queue:
    """One SQS queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Message, delay: int = 0) -> None:
        """Send one message, to arrive after `delay` seconds, or after the 900 that SQS allows."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=to_body(message),
            DelaySeconds=min(max(delay, 0), LONGEST_DELAY),
        )

    def send_all(self, messages: Iterable[Message]) -> int:
        """Send messages ten at a time and return how many. Raises if SQS refuses any."""
        sent = 0
        for batch in _tens(messages):
            entries: list[Any] = [
                {"Id": str(i), "MessageBody": to_body(m)} for i, m in enumerate(batch)
            ]
            answer: Mapping[str, Any] = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=entries,
            )
            if answer.get("Failed"):
                msg = f"the queue refused {len(answer['Failed'])} of {len(batch)} messages"
                raise RuntimeError(msg)
            sent += len(batch)
        return sent


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID_LIMIT and value.isprintable()


def _is_cycle(value: object) -> bool:
    return type(value) is int and 0 <= value < CYCLE_LIMIT


def _tens(messages: Iterable[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    for message in messages:
        batch.append(message)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

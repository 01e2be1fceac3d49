"""The messages on our queues: what they say, and sending them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relink.backoff import tries
from relink.faults import HeldUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mypy_boto3_sqs.client import SQSClient

BATCH = 10
LONGEST_DELAY = 900
ID_LIMIT = 256
TEXT_LIMIT = 16_384
BODY_LIMIT = 96 * 1024
HEADERS = 8
CYCLE_LIMIT = 2**32

Text = str
"""A longer text than an id: anything that can be printed."""

Body = str
"""Bytes in Base64."""

Headers = dict[str, str]
"""A few headers of a request."""


class BrokenMessage(Exception):
    """A message that says nothing we understand; it belongs in the dead-letter queue."""


class Refused(HeldUp):
    """SQS did not take all messages of a batch."""


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
class VisitMessage:
    """Sync this connection now: its owner asked for it at that time, and is there.

    `presence` is the owner's browser in JSON, as `relink.provider.Presence` has it.
    """

    connection_id: str
    asked_at: int
    presence: Text


@dataclass(frozen=True, slots=True)
class EndMessage:
    """End what is to be ended of this connection: an access that was given up or replaced."""

    connection_id: str


@dataclass(frozen=True, slots=True)
class ResealMessage:
    """Seal this connection's stored credentials under the newest data key."""

    connection_id: str


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """Find out whether a provider has sent this, and what it says; `body` is in Base64.

    `webhook_id` is ours: it tells one that is delivered again by the queue from one that is sent
    again by somebody.
    """

    webhook_id: str
    provider: str
    path: str
    headers: Headers
    body: Body
    received_at: int


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """Send this owner's gathered mail."""

    owner_id: str


Message = (
    SyncMessage
    | AttemptMessage
    | VisitMessage
    | EndMessage
    | ResealMessage
    | WebhookMessage
    | DigestMessage
)

_KINDS: dict[str, type[Message]] = {
    "sync": SyncMessage,
    "attempt": AttemptMessage,
    "visit": VisitMessage,
    "end": EndMessage,
    "reseal": ResealMessage,
    "webhook": WebhookMessage,
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
        if not _SENSIBLE[declared](getattr(message, name)):
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

    def send_all(self, messages: Iterable[Message], width: int = 1) -> int:
        """Send messages ten at a time, as many tens at once as `width`, and return how many.

        Raises `Refused` if SQS goes on refusing any.
        """
        if width == 1:
            return sum(map(self._send_ten, _tens(messages)))
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - dispatch alone needs it

        with ThreadPoolExecutor(width) as pool:
            return sum(pool.map(self._send_ten, _tens(messages)))

    def _send_ten(self, batch: list[Message]) -> int:
        """Send a batch; what SQS had no room for, and nothing else of it, is sent again."""
        bodies = map(to_body, batch)
        waiting: list[Any] = [{"Id": str(i), "MessageBody": b} for i, b in enumerate(bodies)]
        for _ in tries():
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=waiting)
            failed = {f["Id"]: f.get("SenderFault", False) for f in answer.get("Failed", ())}
            if not failed:
                return len(batch)
            waiting = [entry for entry in waiting if entry["Id"] in failed]
            if any(failed.values()):
                break
        raise Refused(f"the queue refused {len(waiting)} of {len(batch)} messages")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID_LIMIT and value.isprintable()


def _is_cycle(value: object) -> bool:
    return type(value) is int and 0 <= value < CYCLE_LIMIT


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_LIMIT and value.isprintable()


def _is_body(value: object) -> bool:
    return isinstance(value, str) and len(value) <= BODY_LIMIT and value.isascii()


def _are_headers(value: object) -> bool:
    if not isinstance(value, dict) or len(value) > HEADERS:
        return False
    return all(_is_id(name) and _is_text(told) for name, told in value.items())


_SENSIBLE: dict[str, Callable[[object], bool]] = {
    "int": _is_cycle,
    "str": _is_id,
    "Text": _is_text,
    "Body": _is_body,
    "Headers": _are_headers,
}


def _tens(messages: Iterable[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    for message in messages:
        batch.append(message)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""Dead letters: look at them, with their causes, and put them back once those are mended.

A message is sent before it is deleted: should this process die in between, it comes twice, which
every handler bears. The order of messages is nobody's promise here: no queue of ours is a FIFO.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra.ops.target import Trouble
from infra.template import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.ops.target import Target

READ_FOR: Final = 120
"""Seconds for which a message that we look at is hidden from others."""
LOOKS: Final = 3
"""Empty answers in a row for an empty queue: SQS asks only a part of its machines each time."""
BATCH: Final = 10
WAIT: Final = 1
"""Seconds for which an answer may be waited for."""
HOURS_BEFORE: Final = 12
"""For so long before it died, a message's cause is looked for."""
_SUBJECTS: Final = ("connection_id", "attempt_id", "owner_id", "webhook_id", "provider")
_AGE: Final = re.compile(r"(\d+)([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LOGS: Final = {"NoticeQueue": "NotifyLog", "MailEventQueue": "NotifyLog"}
"""Of the queues that not the worker reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters are meant: by their age in seconds, their text, and how many at most."""

    older_than: int = 0
    newer_than: int | None = None
    contains: str = ""
    limit: int | None = None

    def covers(self, letter: Letter, now: int) -> bool:
        """Tell whether it is one of them."""
        age = now - letter.sent_at
        old = not self.older_than or age >= self.older_than  # our clock may be behind SQS's
        young = self.newer_than is None or age <= self.newer_than
        return old and young and self.contains in letter.body


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a dead-letter queue holds it."""

    message_id: str
    receipt: str = field(repr=False)
    body: str = field(repr=False)
    sent_at: int
    attributes: Mapping[str, Any] = field(repr=False)

    def told(self, now: int) -> dict[str, Any]:
        """Return what may be shown of it: of whom it speaks, and not what it says."""
        try:
            values = json.loads(self.body)
        except ValueError:
            values = {}
        known = values if isinstance(values, dict) else {}
        return {
            "message_id": self.message_id,
            "age_seconds": now - self.sent_at,
            "kind": str(known.get("kind", "not a message of ours")),
            **{n: str(known[n]) for n in _SUBJECTS if isinstance(known.get(n), str)},
        }


def seconds(text: str) -> int:
    """Return the seconds of an age such as 90s, 30m, 12h or 2d. Raises `ValueError`."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def queues() -> dict[str, str]:
    """Return the dead-letter queue of each queue that has one, by logical id."""
    found = {name: queue.dead_letters for name, queue in load().queues().items()}
    return {name: letters for name, letters in found.items() if letters is not None}


def queue_named(name: str) -> str:
    """Return a queue's logical id from a short name (`sync`), its own or its dead letters'."""
    for queue, letters in queues().items():
        if name.lower() in {queue.lower(), letters.lower(), queue.removesuffix("Queue").lower()}:
            return queue
    raise Trouble(f"there is no queue {name}; there are {', '.join(queues())}")


def dead_letters(target: Target, name: str, wanted: Wanted) -> dict[str, Any]:
    """Return the dead letters of a queue and why each died, as far as the log says."""
    queue = queue_named(name)
    desk = _Desk(target, queue)
    found = [
        letter.told(target.now()) | {"cause": desk.cause(letter)} for letter in desk.of(wanted)
    ]
    return {"queue": queue, "dead_letters": found}


def redrive(target: Target, name: str, wanted: Wanted, *, dry_run: bool) -> dict[str, Any]:
    """Put dead letters back on the queue that they come from; return which."""
    queue = queue_named(name)
    desk, told = _Desk(target, queue), []
    for letter in desk.of(wanted, keeps=dry_run):
        if not dry_run:
            desk.put_back(letter)
        told.append(letter.told(target.now()))
    return {"queue": queue, "dry_run": dry_run, "put_back" if not dry_run else "would_put": told}


@dataclass
class _Desk:
    """A queue and its dead letters."""

    target: Target
    queue: str

    def __post_init__(self) -> None:
        self.sqs = self.target.client("sqs")
        self.url = self.target.name(self.queue)
        self.letters = self.target.name(queues()[self.queue])
        if self.url.endswith(".fifo"):
            raise Trouble(f"{self.queue} is a FIFO: moving its messages would lose their order")

    def of(self, wanted: Wanted, *, keeps: bool = True) -> Iterator[Letter]:
        """Yield the letters that are wanted, each once; the others are shown again afterwards."""
        held: dict[str, Letter] = {}
        given = 0
        try:
            for letter in self._all(held):
                if not wanted.covers(letter, self.target.now()):
                    continue
                if wanted.limit is not None and given == wanted.limit:
                    break
                given += 1
                if not keeps:
                    del held[letter.message_id]
                yield letter
        finally:
            for letter in held.values():
                self._show(letter)

    def _all(self, held: dict[str, Letter]) -> Iterator[Letter]:
        """Yield every letter once; one that comes again means that we have been round."""
        seen: set[str] = set()
        empty = 0
        while empty < LOOKS:
            answer = self.sqs.receive_message(
                QueueUrl=self.letters,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=READ_FOR,
                WaitTimeSeconds=WAIT,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            fresh = [m for m in answer.get("Messages", []) if m["MessageId"] not in seen]
            empty = 0 if fresh else empty + 1
            letters = {m["MessageId"]: _letter(m) for m in fresh}
            seen |= letters.keys()
            held |= letters
            yield from letters.values()

    def put_back(self, letter: Letter) -> None:
        """Send a letter to its queue, then delete it here."""
        self.sqs.send_message(
            QueueUrl=self.url, MessageBody=letter.body, MessageAttributes=letter.attributes
        )
        self.sqs.delete_message(QueueUrl=self.letters, ReceiptHandle=letter.receipt)

    def cause(self, letter: Letter) -> str | None:
        """Return the last error that the log of the queue's function has of it."""
        group = self.target.name(_LOGS.get(self.queue, "WorkerLog"))
        told = letter.told(self.target.now())
        subject = told.get("attempt_id") or told.get("connection_id")
        for term in filter(None, (letter.message_id, subject)):
            line = self._line(group, str(term), letter.sent_at)
            if line is not None:
                return line
        return None

    def _line(self, group: str, term: str, since: int) -> str | None:
        pages = self.target.client("logs").get_paginator("filter_log_events")
        found = None
        try:
            for page in pages.paginate(
                logGroupName=group,
                filterPattern=f'"{term}"',
                startTime=(since - HOURS_BEFORE * 3600) * 1000,
            ):
                for event in page["events"]:
                    found = _cause(event["message"]) or found
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        return found

    def _show(self, letter: Letter) -> None:
        """Let others see a letter again; one that has become invisible for long is by itself."""
        with suppress(ClientError):
            self.sqs.change_message_visibility(
                QueueUrl=self.letters, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )


def _letter(message: Mapping[str, Any]) -> Letter:
    keys = ("DataType", "StringValue", "BinaryValue")
    attributes = {
        name: {k: value[k] for k in keys if k in value}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return Letter(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        int(message["Attributes"]["SentTimestamp"]) // 1000,
        attributes,
    )


def _cause(line: str) -> str | None:
    """Return what a line of a function's log says of an error; None if it tells of none."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("level") != "ERROR":
        return None
    parts = (told.get("message"), told.get("cause"), told.get("error"), told.get("at"))
    return ": ".join(str(part) for part in parts if part)

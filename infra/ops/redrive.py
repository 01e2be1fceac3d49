"""Dead letters: look at them, with their causes, and put them back once those are mended.

A message is sent before it is deleted: should this process die in between, it comes twice, which
every handler bears. The order of messages is nobody's promise here: no queue of ours is a FIFO.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra.ops.causes import causes
from infra.ops.letters import Letter, received
from infra.ops.target import Trouble
from infra.sam.template import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.ops.letters import Wanted
    from infra.ops.target import Target

READ_FOR: Final = 120
"""Seconds for which a message that we look at is hidden from others."""
LOOKS: Final = 3
"""Empty answers in a row for an empty queue: SQS asks only a part of its machines each time."""
BATCH: Final = 10
WAIT: Final = 1
"""Seconds for which an answer may be waited for."""


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
    waiting = desk.waiting()
    found = list(desk.of(wanted))
    why = causes(target, queue, found)
    return {
        "queue": queue,
        "waiting_about": waiting,
        "shown": len(found),
        "dead_letters": [
            letter.told(target.now()) | {"cause": why.get(letter.message_id)} for letter in found
        ],
    }


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

    def waiting(self) -> int:
        """Return how many letters there are; SQS knows it only about."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        told = self.sqs.get_queue_attributes(QueueUrl=self.letters, AttributeNames=[*names])
        return sum(int(told["Attributes"][name]) for name in names)

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
                show(self.sqs, self.letters, letter.receipt)

    def _all(self, held: dict[str, Letter]) -> Iterator[Letter]:
        """Yield every letter once; `held` gets all that are hidden from others for that."""
        for batch in batches(self.sqs, self.letters):
            letters = {m["MessageId"]: received(m) for m in batch}
            held |= letters
            yield from letters.values()

    def put_back(self, letter: Letter) -> None:
        """Send a letter to its queue, then delete it here."""
        self.sqs.send_message(
            QueueUrl=self.url, MessageBody=letter.body, MessageAttributes=letter.attributes
        )
        self.sqs.delete_message(QueueUrl=self.letters, ReceiptHandle=letter.receipt)


def batches(sqs: Any, url: str) -> Iterator[list[dict[str, Any]]]:
    """Yield all messages of a queue, each once, some at a time; others do not see them meanwhile.

    One that comes again means that we have been round.
    """
    seen: set[str] = set()
    empty = 0
    while empty < LOOKS:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=READ_FOR,
            WaitTimeSeconds=WAIT,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        fresh = [m for m in answer.get("Messages", []) if m["MessageId"] not in seen]
        empty = 0 if fresh else empty + 1
        seen |= {m["MessageId"] for m in fresh}
        yield fresh


def show(sqs: Any, url: str, receipt: str) -> None:
    """Let others see a message again; one that has been hidden for long is seen by itself."""
    with suppress(ClientError):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)

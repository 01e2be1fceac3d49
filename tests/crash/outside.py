"""What is outside our functions: what AWS does about each write of theirs, as we see it made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.triggers.patterns import passes
from infra.sam.template import StreamSource
from relink.items import encode
from relink.repository import from_item
from tests.crash.bank import Memory
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from relink.connection import Connection
    from tests.crash.engines import Engine
    from tests.crash.wire import Wire


@dataclass
class Message:
    """A message on a queue, and when it may be received."""

    queue: str
    name: str
    body: str
    due: int
    receives: int = 0


@dataclass
class State:
    """What is outside our functions, besides the engine's."""

    now: int = NOON
    invocations: int = 0
    messages: list[Message] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    records_due: int = 0
    dead: list[str] = field(default_factory=list)
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    """Of each mail that SES has taken: to whom, about what, under which id."""
    pushes: list[str] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)
    """What the host app was told, by the events' ids."""
    memory: Memory = field(default_factory=Memory)


class Outside:
    """Queues, stream, mails and events, seen where our clients send them; the engine has tables."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        self.engine = engine
        self.wire = wire
        self.state = State()
        self.stream = next(self.triggers(StreamSource))
        self._queue_of = {engine.name(q): q for q in engine.template.queues()}
        wire.watch = self._watch

    @property
    def now(self) -> int:
        """Return the time."""
        return self.state.now

    def client(self, service: str) -> Any:
        """Return a client of the test's own."""
        return self.engine.clients(service)

    def connection(self, own_id: str = "con_1") -> Connection | None:
        """Return a connection as it is stored."""
        item = self._item(own_id)
        return from_item(item) if item else None

    def triggers(self, kind: Any) -> Iterator[tuple[str, Any]]:
        """Yield what starts functions, of a kind, and whose it is."""
        for name, function in self.engine.template.functions().items():
            for trigger in function.triggers:
                if isinstance(trigger, kind):
                    yield name, trigger

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what is in a table."""
        with self.wire.unwatched():
            return self.engine.store.items(self.engine.name(table))

    def _item(self, own_id: str) -> dict[str, Any] | None:
        key = encode({"connection_id": own_id})
        with self.wire.unwatched():
            return self.engine.store.item(self.engine.name("ConnectionsTable"), key)

    def _watch(
        self, service: str, operation: str, arguments: dict[str, Any]
    ) -> Callable[[Any], None]:
        """See what is written, so that what AWS does about it can be done."""
        match service, operation:
            case "dynamodb", _:
                return self._watch_table(operation, arguments)
            case "sqs", "SendMessage":
                return lambda answer: self._queued(arguments["QueueUrl"], arguments, answer)
            case "sqs", "SendMessageBatch":
                return lambda answer: self._all_queued(arguments, answer)
            case "sesv2", "SendEmail":
                return lambda answer: self._mailed(arguments, answer)
            case "events", "PutEvents":
                return lambda _: self._told(arguments["Entries"])
        return lambda _: None

    def _queued(self, url: str, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        due = self.now + int(sent.get("DelaySeconds", 0))
        queue = self._queue_of[url]
        self.state.messages.append(Message(queue, answer["MessageId"], sent["MessageBody"], due))

    def _all_queued(self, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        taken = {entry["Id"]: entry for entry in answer["Successful"]}
        for entry in arguments["Entries"]:
            if entry["Id"] in taken:
                self._queued(arguments["QueueUrl"], entry, taken[entry["Id"]])

    def _mailed(self, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        (to,) = arguments["Destination"]["ToAddresses"]
        raw = arguments["Content"]["Raw"]["Data"].decode(errors="replace")
        subject = next(line for line in raw.splitlines() if line.startswith("Subject:"))
        self.state.mails.append((to, subject, answer["MessageId"]))

    def _told(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            detail = json.loads(entry["Detail"])
            what = f"{entry['DetailType']} {detail['connection_id']} {detail.get('status', '')}"
            self.state.events[detail["id"]] = what.strip()

    def _watch_table(self, operation: str, arguments: Mapping[str, Any]) -> Callable[[Any], None]:
        table = self.engine.name("ConnectionsTable")
        ids = sorted(_touched(operation, arguments, table))
        if not ids:
            return lambda _: None
        before = {own_id: self._item(own_id) for own_id in ids}

        def note(_: Any) -> None:
            for own_id, old in before.items():
                self._changed(old, self._item(own_id))

        return note

    def _changed(self, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        """Put a change into the stream, if the mapping lets it through."""
        if old == new:
            return
        number = f"{len(self.state.records) + self.state.invocations * 1000:021d}"
        images = {"OldImage": old} if old else {}
        images |= {"NewImage": new} if new else {}
        told = {"SequenceNumber": number, **images}
        record = {"eventID": number, "eventSource": "aws:dynamodb", "dynamodb": told}
        if passes(record, self.stream[1].filters):
            if not self.state.records:
                self.state.records_due = self.now
            self.state.records.append(record)


def _touched(operation: str, arguments: Mapping[str, Any], table: str) -> set[str]:
    """Return which connections a request may change."""
    if operation == "TransactWriteItems":
        parts = [part for write in arguments["TransactItems"] for part in write.values()]
    elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        parts = [arguments]
    else:
        return set()
    keys = [p.get("Key") or p["Item"] for p in parts if p.get("TableName") == table]
    return {key["connection_id"]["S"] for key in keys}

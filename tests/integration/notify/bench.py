"""Owners, their notices and their mails, on tables and queues as deployed."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from notify.gate import SENDING_LIMIT
from notify.push.pushing import Pushed
from relink.connection import Bank, Connection, Method
from relink.owners import Profile
from relink.queues import DigestMessage, Queue, from_body
from relink.reasons import Reason, Scope, Status
from relink.repository import to_item
from tests.fakes import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import EmailMessage

    from notify.digest import Digests, Report
    from notify.gate import Gates
    from notify.gathering import Gathering
    from notify.mailings import Mailings
    from notify.sweep import Sweep
    from relink.addresses import Addresses
    from relink.ledger import Ledger
    from relink.notices import Notice, Notices
    from relink.owners import Owners
    from relink.repository import Connections
    from tests.fakes import Clock

GATHER = 60
REGION = "eu-west-1"
PUBLIC_URL = "https://connect.example.com"
AT_ANY_HOUR = {"quiet_from": "00:00", "quiet_until": "00:00"}


class Crash(BaseException):
    """The process stops: nothing of ours runs any more, `except` and `finally` reach nothing."""


@dataclass
class Crashes:
    """Stops the process before or after the n-th AWS call; nothing gets out until it restarts."""

    countdown: int = 0
    after: bool = False
    stopped: bool = False

    def watch(self, *clients: Any) -> None:
        """Count the calls of these clients."""
        for client in clients:
            client.meta.events.register("before-call.*.*", lambda **_: self._call(after=False))
            client.meta.events.register("after-call.*.*", lambda **_: self._call(after=True))

    def at(self, number: int, *, after: bool) -> None:
        """Stop the process at that call from now on, counted from 1."""
        self.countdown, self.after, self.stopped = number, after, False

    def restart(self) -> None:
        """Let a new process run, to its end."""
        self.countdown, self.stopped = 0, False

    def _call(self, *, after: bool) -> None:
        if self.stopped and not after:
            raise Crash
        if self.countdown and after == self.after:
            self.countdown -= 1
            if self.countdown == 0:
                self.stopped = True
                raise Crash


@dataclass
class Pushes:
    """A push service that takes everything, unless it is told what to answer."""

    taken: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    answer: Pushed = field(default_factory=lambda: Pushed(1))

    def push(
        self,
        profile: Profile,
        banks: Sequence[str],
        url: str,
        now: int,
        *,
        reminder: bool = False,
        about: Sequence[str] = (),
    ) -> Pushed:
        """Keep whom it is for, which banks it names and what it is about."""
        del url, now, reminder
        self.taken.append((profile.owner_id, tuple(banks), tuple(about)))
        return self.answer


@dataclass
class Bench:
    """The function's parts and everything around them."""

    gathering: Gathering
    digests: Digests
    sweeping: Sweep
    owners: Owners
    addresses: Addresses
    notices: Notices
    mailings: Mailings
    gates: Gates
    connections: Connections
    ledger: Ledger
    pushes: Pushes
    clock: Clock
    crashes: Crashes

    def add(self, number: int = 1, owner: str = "own_1", **facts: Any) -> Connection:
        """Store a green connection of a bank of its own, and return it."""
        made = connection(
            connection_id=f"con_{number}",
            owner_id=owner,
            bank=Bank(f"bank{number}", f"Bank {number}", "ES", "fake", Method.TOKEN),
            **{"status": Status.GREEN, "reason": None, **facts},
        )
        self.connections.create(made)
        return made

    def redden(self, before: Connection) -> dict[str, Any]:
        """Turn a connection red now; return the stream's record of it."""
        return self.change(
            before,
            replace(
                before,
                status=Status.RED,
                reason=Reason.CREDENTIALS_REJECTED,
                scope=Scope.CONNECTION,
                since=self.clock.now,
                red_since=self.clock.now,
            ),
        )

    def mend(self, connection_id: str) -> dict[str, Any]:
        """End a connection's incident; return the stream's record of it."""
        before = self.now(connection_id)
        well = replace(before, status=Status.GREEN, reason=None, scope=None, red_since=None)
        return self.change(before, replace(well, since=self.clock.now))

    def change(self, before: Connection, after: Connection) -> dict[str, Any]:
        """Store a change; return the stream's record of it."""
        self.connections.save(before, after, expect=["status"])
        return record(before, after)

    def now(self, connection_id: str) -> Connection:
        """Return a connection as it is stored."""
        found = self.connections.get(connection_id)
        assert found
        return found

    def tell(self, *records: dict[str, Any]) -> None:
        """Apply stream records, one after the other."""
        for told in records:
            self.gathering.apply(told, self.clock.now)

    def deliver(self) -> list[str]:
        """Deliver the queue's messages until there are none; return what came of each.

        A message whose handling fails is delivered again, when its sender's time is over.
        """
        outcomes: list[str] = []
        for _ in range(100):
            message = take()
            if message is None:
                return outcomes
            self.clock.advance(GATHER)
            try:
                outcomes.append(self.turn(message.owner_id).outcome.value)
            except (Exception, Crash) as error:  # noqa: BLE001 - as the queue sees it
                self.crashes.restart()
                outcomes.append(type(error).__name__)
                give_back(message)
                self.clock.advance(SENDING_LIMIT)
        raise AssertionError("the queue does not run dry")

    def turn(self, owner: str = "own_1") -> Report:
        """Let an owner's turn come now."""
        return self.digests.send(owner, self.clock.now)

    def sweep(self) -> list[str]:
        """Let the clock's event come, then what it asks for; return what came of each owner."""
        self.sweeping.run(self.clock.now, lambda: True)
        outcomes = []
        while message := take():
            outcomes.append(self.turn(message.owner_id).outcome.value)
        return outcomes

    def lose_messages(self) -> None:
        """Let the queue lose all that it holds."""
        while take():
            pass

    def sweep_until(self, end: int) -> None:
        """Let the clock's event come whenever something is due, until then."""
        for _ in range(30):
            due = self._next_due()
            if due is None or due > end:
                self.clock.now = max(end, self.clock.now)
                return
            self.clock.now = max(due, self.clock.now)
            self.sweep()
        raise AssertionError("something is due without end")

    def _next_due(self) -> int | None:
        pages = boto3.client("dynamodb").scan(TableName="OwnersTable", IndexName="by_due")
        return min((int(i["due_at"]["N"]) for i in pages["Items"]), default=None)

    def profile(self, owner: str = "own_1", **facts: Any) -> None:
        """Say how an owner is reached."""
        reached: dict[str, Any] = {"email": f"{owner}@example.com", "workspace_id": "ws_1", **facts}
        self.owners.change_profile(Profile(owner_id=owner, workspace_id="ws_1"), reached)

    def notice(self, connection_id: str = "con_1", owner: str = "own_1") -> Notice:
        """Return the notice of a connection's only incident."""
        [found] = [n for n in self.notices.of(owner) if n.connection_id == connection_id]
        return found


def record(before: Connection | None, after: Connection | None) -> dict[str, Any]:
    """Return the stream record of a change, as Lambda hands it over."""
    images = {}
    if before:
        images["OldImage"] = to_item(before)
    if after:
        images["NewImage"] = to_item(after)
    ids = [c.connection_id for c in (before, after) if c]
    told = {"SequenceNumber": "1", "Keys": {"connection_id": {"S": ids[0]}}, **images}
    return {"eventID": "e1", "eventSource": "aws:dynamodb", "dynamodb": told}


def queued() -> list[DigestMessage]:
    """Return the queue's messages, the delayed ones, too."""
    return [m for body in _bodies() if isinstance(m := from_body(body.body), DigestMessage)]


def delays() -> list[int]:
    """Return by how many seconds each of the queue's messages is held back."""
    return [round((m.delayed_until - m.sent_timestamp) / 1000) for m in _bodies()]


def take() -> DigestMessage | None:
    """Take the next message off the queue, without waiting for its time."""
    waiting = queued()
    if not waiting:
        return None
    del _bodies()[0]
    return waiting[0]


def give_back(message: DigestMessage) -> None:
    """Return a message to the queue."""
    client = boto3.client("sqs")
    Queue(client, client.get_queue_url(QueueName="notices")["QueueUrl"]).send(message)


def mails() -> list[EmailMessage]:
    """Return the mails that SES has taken, the oldest first."""
    sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    parse: Callable[..., Any] = email.message_from_string
    return [parse(m.raw_data, policy=email.policy.default) for m in sent]


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def _bodies() -> Any:
    return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["notices"]._messages

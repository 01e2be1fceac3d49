"""Tables and keys in memory, with the conditions of our writes to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relink.items import encode
from relink.provider import Secret
from relink.repository import _attributes, change, from_item, to_item
from relink.writes import Conflict
from sync.credentials.vault import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relink.attempt import Attempt
    from relink.connection import Connection
    from relink.repository import Change


class Died(BaseException):
    """Our process has died; nothing of it runs any more."""


@dataclass
class Shelf:
    """The Connections table, with its stream."""

    stored: Connection
    table: str = "Connections"
    records: list[dict[str, Any]] = field(default_factory=list)
    seen: Callable[[Connection], None] = lambda _: None
    """Is shown whatever is stored."""

    def get(self, connection_id: str, *, consistent: bool = True) -> Connection | None:
        """Return the connection."""
        del consistent
        return self.stored if connection_id == self.stored.connection_id else None

    def save(self, before: Connection, after: Connection, *, expect: Iterable[str]) -> None:
        """Write the difference, if what is expected still stands."""
        if before != after:
            self.apply(change(before, after, expect=expect))

    def check(self, moved: Change) -> None:
        """Raise `Conflict` if a change expects what is not so."""
        now = _attributes(self.stored)
        if any(now[name] != value for name, value in moved.expected.items()):
            raise Conflict

    def apply(self, moved: Change) -> None:
        """Make a change, and tell the stream."""
        self.check(moved)
        plain = _attributes(self.stored) | dict(moved.values) | dict.fromkeys(moved.removed)
        self.put(from_item(encode(plain)))

    def put(self, after: Connection) -> None:
        """Have this stored."""
        images = {"OldImage": to_item(self.stored), "NewImage": to_item(after)}
        if images["OldImage"] != images["NewImage"]:
            self.records.append({"dynamodb": images})
        self.stored = after
        self.seen(after)


@dataclass
class Attempts:
    """The Attempts table, whose writes change the connection with them or not at all."""

    shelf: Shelf
    vault: Vault
    stored: dict[str, Attempt] = field(default_factory=dict)
    trail: None = None

    def get(self, attempt_id: str) -> Attempt | None:
        """Return an attempt."""
        return self.stored.get(attempt_id)

    def begin(self, attempt: Attempt, moved: Change) -> None:
        """Store a new one."""
        if attempt.attempt_id in self.stored:
            raise Conflict
        self.shelf.apply(moved)
        self.stored[attempt.attempt_id] = attempt

    def advance(
        self, before: Attempt, after: Attempt, moved: Change | None = None, *others: dict[str, Any]
    ) -> None:
        """Store the next state, if the one before still stands."""
        now = self.stored[before.attempt_id]
        if (now.state, now.deadline) != (before.state, before.deadline):
            raise Conflict
        if moved is not None:
            self.shelf.check(moved)
        for other in others:
            self.vault.write(other)
        if moved is not None:
            self.shelf.apply(moved)
        self.stored[before.attempt_id] = after


@dataclass
class Vault:
    """Credentials and continuations that lie open."""

    table: str = "Credentials"
    held: Sealed | None = None

    def read(self, made: Connection) -> Sealed | None:
        """Return what is stored."""
        del made
        return self.held

    def open(self, made: Connection, box: bytes, purpose: str = "") -> Secret:
        """Return what is in a box."""
        del made, purpose
        return Secret(box)

    def seal(self, made: Connection, secret: bytes, purpose: str = "") -> bytes:
        """Put it into a box."""
        del made, purpose
        return secret

    def put(self, made: Connection, secret: Secret) -> dict[str, Any]:
        """Return the write of new credentials."""
        box = Sealed(made.credentials_version, made.rotation, secret.reveal())
        return {"credentials": box}

    def write(self, other: dict[str, Any]) -> None:
        """Make a write that came with another."""
        self.held = other.get("credentials", self.held)

    def make_ready(self, made: Connection) -> None:
        """Have the key at hand."""


class Intake:
    """Answers that lie open."""

    def open(self, sealed: bytes, made: Connection, attempt_id: str) -> dict[str, str]:
        """Return what was entered."""
        del made, attempt_id
        return {"secret": sealed.decode()} if sealed else {}

"""Stand-ins that behave: a bank that does as it is told, and a clock that is set."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from relink.bank_accounts import Account, identity
from relink.connection import Bank, Connection, Method
from relink.provider import Field, SyncResult

if TYPE_CHECKING:
    from relink.offers import Offer
    from relink.provider import Call, Login, Outcome, Secret
    from relink.webhooks import News, Webhook

NOON = 1_767_268_800
"""2026-01-01 12:00 UTC, in epoch seconds."""

BANK = Bank("fakebank", "Fake Bank", "ES", "fake", Method.TOKEN)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: int = NOON

    def __call__(self) -> int:
        """Return the time."""
        return self.now

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class FakeProvider:
    """A bank adapter that plays what it was given: results are returned, errors raised.

    `ends` are the errors of the next disconnects, None for one that works; after them, all work.
    """

    history_by_login: bool = False
    renews_in_place: bool = False
    separate: bool = False
    syncs: deque[SyncResult | Exception] = field(default_factory=deque)
    logins: deque[Outcome | Exception] = field(default_factory=deque, repr=False)
    calls: list[Call] = field(default_factory=list)
    seen: list[Login] = field(default_factory=list)
    ends: deque[Exception | None] = field(default_factory=deque)
    ended: list[bytes] = field(default_factory=list)
    news: deque[News | Exception] = field(default_factory=deque)
    heard: list[Webhook] = field(default_factory=list)
    offered: list[Offer] | Exception = field(default_factory=list)

    def banks(self, now: int, deadline: int) -> list[Offer]:
        """Return what is offered."""
        del now, deadline
        if isinstance(self.offered, Exception):
            raise self.offered
        return self.offered

    def describe_credentials(self, bank: Bank) -> tuple[Field, ...]:
        """Ask for user and password."""
        del bank
        return (Field("user", "User"), Field("password", "Password", "password"))

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Play the next login."""
        del connection, now
        self.seen.append(login)
        outcome = self.logins.popleft()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Play the next sync; the last one is played for ever."""
        del connection
        self.calls.append(call)
        result = self.syncs.popleft() if len(self.syncs) > 1 else self.syncs[0]
        if isinstance(result, Exception):
            raise result
        return result

    def hear(self, hook: Webhook) -> News:
        """Play the next news; the last one is played for ever."""
        self.heard.append(hook)
        told = self.news.popleft() if len(self.news) > 1 else self.news[0]
        if isinstance(told, Exception):
            raise told
        return told

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """Play the next end, and note whose it was."""
        del connection
        self.ended.append(secret.reveal())
        error = self.ends.popleft() if self.ends else None
        if error is not None:
            raise error

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Take all for one access, unless told that each secret is one by itself."""
        return one == other or not self.separate


def account(name: str = "Current", number: str = "1") -> Account:
    """Return an account of the fake bank."""
    return Account(
        provider_id=number,
        identities=(identity("fake", number),),
        name=name,
        currency="EUR",
        balance=Decimal("100.50"),
    )


def connection(**facts: object) -> Connection:
    """Return a connection that has synced before, with the given facts changed."""
    values: dict[str, object] = {
        "connection_id": "con_1",
        "workspace_id": "ws_1",
        "owner_id": "own_1",
        "bank": BANK,
        "created_at": NOON - 86_400,
        "since": NOON - 86_400,
        "credentials_version": 1,
        **facts,
    }
    return Connection(**values)  # type: ignore[arg-type]

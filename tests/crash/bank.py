"""A bank outside our process: it remembers what it was sent, whatever becomes of us."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from relink.bank_accounts import Account, Transaction, identity
from relink.connection import Bank as Institution
from relink.connection import Method
from relink.failures import NeedsOwner
from relink.offers import Offer
from relink.provider import Accepted, Ask, Field, Redirect, Secret, SyncResult, WaitForApp
from relink.reasons import Reason
from relink.webhooks import News, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from relink.connection import Connection
    from relink.provider import Call, Login, Outcome
    from relink.webhooks import Webhook
    from tests.crash.wire import Wire

RIA = Institution("ria", "Banco de la Ría", "ES", "plaid", Method.CONSENT)
ACCESS = b"access-0"
DAY = 86_400
CODE = Field("code", "Code", "otp", transient=True)


@dataclass
class Memory:
    """What the bank knows: what was spent, which accesses are open, who asked when."""

    spent: Counter[str] = field(default_factory=Counter)
    open: set[str] = field(default_factory=lambda: {ACCESS.decode()})
    made: int = 0
    calls: list[tuple[str, int, bool]] = field(default_factory=list)
    """Of each sync: of which connection, when, and whether its owner was there."""
    disobeyed: list[str] = field(default_factory=list)


@dataclass
class Bank:
    """An adapter and its bank; `way` is how an owner logs in.

    `way` is `code` (a password, then a code), `token` (exchanged for an access, once), `consent`
    (away to the bank and back) or `app` (a password, then a yes in the bank's app). `refuses` are
    connections whose access the bank refuses to a sync, `movements` what it tells, `pages` in how
    many answers.
    """

    wire: Wire
    time: Callable[[], int]
    way: str = "code"
    movements: int = 2
    pages: int = 1
    rotates: bool = False
    separate: bool = False
    refuses: frozenset[str] = frozenset()
    history_by_login: bool = False
    renews_in_place: bool = False
    red_at: Callable[[str], bool] = lambda _: False
    memory: Memory = field(default_factory=Memory)

    def describe_credentials(self, bank: Institution) -> tuple[Field, ...]:
        """Ask for what the way needs."""
        del bank
        if self.way == "consent":
            return ()
        if self.way == "token":
            return (Field("secret", "Token", "password"),)
        return (Field("user", "User"), Field("secret", "Password", "password"))

    def authenticate(self, connection: Connection, login: Login, now: int) -> Outcome:
        """Take the login a step further."""
        del connection, now
        if login.continuation is None:
            return self._opened(login)
        if login.continuation.startswith(b"access-"):
            return self._accepted(login.continuation)
        if self.way == "app":
            outcome = self._cross("look whether the app has said yes", self._obtain)
            return self._accepted(outcome)
        return self._answered(login)

    def sync(self, connection: Connection, call: Call) -> SyncResult:
        """Tell a page of what there is."""
        own_id = connection.connection_id

        def told() -> SyncResult:
            attended = call.presence is not None
            self.memory.calls.append((own_id, self.time(), attended))
            if self.red_at(own_id):
                self.memory.disobeyed.append("a bank was called for a red connection")
            if own_id in self.refuses:
                raise NeedsOwner(Reason.CREDENTIALS_REJECTED, provider_code="NO")
            return self._page(call.cursor)

        result: SyncResult = self._cross("sync", told)
        if self.rotates and result.next_cursor != call.cursor:
            call.keep(Secret(call.secret.reveal() + b"."))
        return result

    def disconnect(self, connection: Connection, secret: Secret) -> None:
        """End an access, which may have ended already."""
        del connection
        name = secret.reveal().decode()
        self._cross("disconnect", lambda: self.memory.open.discard(name))

    def same_access(self, one: Secret, other: Secret) -> bool:
        """Tell whether two secrets open the same access."""
        return one == other or not self.separate

    def hear(self, hook: Webhook) -> News:
        """Return what a webhook says: its body is in our own words."""

        def told() -> News:
            said = json.loads(hook.body)
            return News(Word(said["word"]), said["reference"], mends=frozenset({"NO"}))

        news: News = self._cross("hear", told)
        return news

    def banks(self, now: int, deadline: int) -> list[Offer]:
        """Return the one bank that is offered."""
        del now, deadline
        offers: list[Offer] = self._cross("banks", lambda: [Offer(RIA)])
        return offers

    def violations(self) -> list[str]:
        """Return which laws were broken, as the bank sees it."""
        twice = [f"{what} was sent again" for what, n in self.memory.spent.items() if n > 1]
        return [*self.memory.disobeyed, *twice, *self._too_many()]

    def _too_many(self) -> list[str]:
        """Return who was called more than four times in a day without his owner (law 5)."""
        found = []
        for own_id in {name for name, _, _ in self.memory.calls}:
            alone = [at for name, at, there in self.memory.calls if name == own_id and not there]
            if any(alone[i + 4] - alone[i] < DAY for i in range(len(alone) - 4)):
                found.append(f"{own_id} was called five times in a day")
        return found

    def _opened(self, login: Login) -> Outcome:
        """Begin: what was entered is sent now, once."""
        if self.way == "consent":
            self._cross("begin a consent", lambda: None)
            return Redirect(f"https://bank.example/?state={login.state}", b"session")
        secret = login.answers["secret"]
        if self.way == "token":
            access = self._cross("exchange a token", lambda: self._spend(secret))
            login.keep(access)
            return self._accepted(access)
        self._cross("send a password", lambda: self._spend(secret, obtains=False))
        if self.way == "app":
            return WaitForApp("Open your app", 30, b"dialog")
        return Ask((CODE,), "Enter the code", b"dialog")

    def _answered(self, login: Login) -> Outcome:
        """Go on with the code that the owner has brought."""
        code = login.answers["code"]
        access = self._cross("send a code", lambda: self._spend(code))
        if self.way == "consent":
            login.keep(access)
        return self._accepted(access)

    def _accepted(self, access: bytes) -> Outcome:
        self._cross("list accounts", lambda: None)
        return Accepted(Secret(access), accounts(0), reference="item-1")

    def _spend(self, what: str, *, obtains: bool = True) -> bytes:
        self.memory.spent[what] += 1
        return self._obtain() if obtains else b""

    def _obtain(self) -> bytes:
        self.memory.made += 1
        name = f"access-{self.memory.made}"
        self.memory.open.add(name)
        return name.encode()

    def _page(self, cursor: str) -> SyncResult:
        """Return what comes after a cursor: all there is, in so many pages."""
        share = max(self.movements // self.pages, 1)
        place = int(cursor or 0)
        end = min(place + share, self.movements)
        return SyncResult(
            accounts=accounts(self.movements),
            added=tuple(_movement(n) for n in range(place, end)),
            next_cursor=str(end),
            has_more=end < self.movements,
            incremental=True,
            reference="item-1",
        )

    def _cross(self, operation: str, send: Callable[[], Any]) -> Any:
        return self.wire.cross("bank", operation, send)


def accounts(told: int) -> tuple[Account, ...]:
    """Return the bank's two accounts, after so many movements."""
    return tuple(
        Account(
            provider_id=number,
            identities=(identity("fake", number),),
            name=name,
            currency="EUR",
            balance=Decimal(100 + told),
        )
        for number, name in (("1", "Current"), ("2", "Savings"))
    )


def _movement(number: int) -> Transaction:
    return Transaction(
        account="1",
        transaction_id=f"m{number}",
        amount=Decimal(-number),
        currency="EUR",
        description="Card payment",
        booked_on=date(2026, 1, 1 + number),
    )

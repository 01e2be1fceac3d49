"""The users of our domain, their tokens, and the connections that they have."""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.simulators.banking import Account, identifier
from infra.simulators.history import DAY
from infra.simulators.powens.connectors import PAGE, Connector
from infra.simulators.powens.refusals import RefusedError

if TYPE_CHECKING:
    from infra.simulators.world import Login

CONSENT_SECONDS = 180 * DAY
CODE_SECONDS = 1_800


@dataclass
class Challenge:
    """What a bank waits for before it lets its customer in: `state` is how Powens calls it."""

    state: str
    asked: int
    code: str = ""
    approved: bool = False
    wrong: int = 0


@dataclass
class Held:
    """One login at one bank. `generation` changes all its ids, `reads` is when it was read."""

    id: int
    user: User
    connector: Connector
    login: Login
    password: str
    created: int
    consented: int
    challenge: Challenge | None = None
    validating_until: int = 0
    generation: int = 0
    enabled: set[str] = field(default_factory=set)
    withdrawn: dict[str, int] = field(default_factory=dict)
    reads: list[int] = field(default_factory=list)
    looked: int = 0

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return its accounts."""
        return self.login.accounts(self.connector.bank)

    @property
    def consent_ends(self) -> int:
        """Return when its owner must renew it."""
        return self.consented + CONSENT_SECONDS

    @property
    def by_page(self) -> bool:
        """Tell whether its owner signs in on the bank's page."""
        return self.connector.factor == PAGE

    def number(self, *parts: object) -> int:
        """Return an id of something in it."""
        name = identifier("powens", self.id, self.generation, *parts)
        return int(name.replace("-", "")[:10], 16)

    def read(self, now: int) -> None:
        """Have the bank read now."""
        if not self.reads or self.reads[-1] < now:
            self.reads.append(now)
        self.looked = now

    def catch_up(self, until: int, now: int, every: int) -> None:
        """Have the bank read as the schedule says, up to `until`, if that has not been yet."""
        first = self.looked - self.looked % every + every
        for moment in range(first, min(until, now) + 1, every):
            self.read(moment)
        self.looked = max(self.looked, now)

    @property
    def known_until(self) -> int:
        """Return when the bank was last read."""
        return self.reads[-1] if self.reads else self.created

    def seen(self, moment: int) -> int:
        """Return when something that happened at a moment was read."""
        place = bisect_left(self.reads, moment)
        return self.reads[place] if place < len(self.reads) else self.known_until


@dataclass
class User:
    """One user with his permanent token."""

    id: int
    token: str
    connections: list[Held] = field(default_factory=list)
    _requests: deque[int] = field(default_factory=deque)

    def count(self, now: int, most: int) -> None:
        """Count a request. Raises `RefusedError` for too many in a minute."""
        self._requests.append(now)
        while self._requests[0] <= now - 60:
            self._requests.popleft()
        if len(self._requests) > most:
            raise RefusedError("tooManyRequests", "slow down")

    def connection(self, number: str) -> Held:
        """Return a connection of his. Raises `RefusedError`."""
        for held in self.connections:
            if str(held.id) == number:
                return held
        raise RefusedError("notFound", "no such connection")


@dataclass
class Users:
    """All users, and the codes that open the webview for one of them."""

    by_token: dict[str, User] = field(default_factory=dict)
    _codes: dict[str, tuple[User, int]] = field(default_factory=dict)
    _ids: int = 1_000

    def next_id(self) -> int:
        """Return an id that nothing has yet."""
        self._ids += 1
        return self._ids

    def add(self) -> User:
        """Make a user."""
        user = User(self.next_id(), secrets.token_urlsafe(48))
        self.by_token[user.token] = user
        return user

    def named(self, header: str) -> User:
        """Return the user whose token is in an `Authorization` header. Raises `RefusedError`."""
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or token not in self.by_token:
            raise RefusedError("unauthorized", "no valid token")
        return self.by_token[token]

    def code(self, user: User, now: int) -> str:
        """Return a new code that opens the webview once."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = (user, now + CODE_SECONDS)
        return code

    def spend(self, code: str, now: int) -> User:
        """Return whose code it is, and spend it. Raises `RefusedError`."""
        user, until = self._codes.pop(code, (None, 0))
        if user is None or now >= until:
            raise RefusedError("unauthorized", "the code is not valid")
        return user

    def of(self, login: str) -> list[Held]:
        """Return the connections of a login."""
        everything = (held for user in self.by_token.values() for held in user.connections)
        return [held for held in everything if held.login.name == login]

    def forget(self, login: str) -> None:
        """Forget the connections of a login."""
        for user in self.by_token.values():
            user.connections[:] = [h for h in user.connections if h.login.name != login]

"""What the contract suite asks of each provider: its adapter, a simulator, an owner with a login.

To put a provider to the test, subclass `Bench` as `ProviderBench` in a module of this folder that
is named as the provider is, and say what differs.
"""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, cast

import pytest

from relink.connection import Connection
from relink.failures import ProviderError
from relink.provider import Accepted, Call, Login, Presence, Secret
from relink.providers import load
from tests.contract.bench.situations import Absent, Case, Place
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank
    from relink.provider import Outcome, Provider, SyncResult
    from tests.contract.bench.situations import Situations
    from tests.contract.simulators.client import Simulators
    from tests.fakes import Clock

DAY = 86_400
NOW = NOON + 300 * DAY
BACK = "http://127.0.0.1:1/reconnect/callback"
OWNER = Presence("192.0.2.7", "Browser/1")
MOST_PAGES = 60


class Bench(ABC):
    """One owner's login at a simulator.

    `kept` is what outlives a crash of a login. What opens the bank is noted in `canaries`, and
    whatever comes back from the adapter is searched for it. `calls_in_vain` is how many requests a
    sync may take to find out that it is refused. `history_days` is how far back there is anything.
    """

    name: ClassVar[str]
    bank: ClassVar[Bank]
    situations: ClassVar[Situations]
    faults: ClassVar[Situations] = {}
    calls_in_vain: ClassVar[int] = 1
    presence: ClassVar[Presence | None] = None
    doubles: ClassVar[str] = "duplicates"
    disconnects: ClassVar[bool] = True
    history_days: ClassVar[int] = 290

    def __init__(self, simulators: Simulators, clock: Clock, login: str = "fine.acme") -> None:
        self.simulators = simulators
        self.clock = clock
        self.login = login
        self.kept: list[bytes] = []
        self.rotated: list[Secret] = []
        self.canaries: set[str] = set()
        self.handed_over: list[SyncResult] | None = None

    # What each provider says.

    @abstractmethod
    def environ(self) -> Mapping[str, str]:
        """Return the settings that lead to the simulator."""

    def opening(self) -> dict[str, str]:
        """Return what the owner brings to the first step of a login, nothing if he is sent away."""
        return {}

    @abstractmethod
    def log_in(self, secret: Secret | None = None) -> Outcome:
        """Go through a login as its owner does, with what is right at that moment."""

    @abstractmethod
    def refused(self) -> Outcome:
        """Go through a login with something that the bank does not take."""

    @abstractmethod
    def spent(self) -> int:
        """Return how much was used up that can be used only once or a few times."""

    @abstractmethod
    def opens(self, secret: Secret) -> set[str]:
        """Return what in a secret nobody may read."""

    @abstractmethod
    def lengthen(self) -> None:
        """Make what the bank tells too long for one page."""

    def prove(self, secret: Secret) -> Outcome:
        """Go through the login that a bank wants for old movements, where one does."""
        raise AssertionError(secret)

    def declined(self, secret: Secret) -> Outcome:
        """Go through that login, and do not confirm it."""
        raise AssertionError(secret)

    # What holds for all of them.

    @cached_property
    def adapter(self) -> Provider:
        """Return the adapter, set up for the simulator."""
        return load(self.name, self.environ())

    @cached_property
    def connection(self) -> Connection:
        """Return the connection."""
        return Connection(
            connection_id="con_1",
            workspace_id="ws_1",
            owner_id="own_1",
            bank=self.bank,
            created_at=self.clock(),
            since=self.clock(),
        )

    def another(self, login: str) -> Bench:
        """Return another owner at the same simulator, served by the same adapter."""
        other = type(self)(self.simulators, self.clock, login)
        other.adapter = self.adapter
        return other

    def step(
        self,
        answers: Mapping[str, str],
        continuation: bytes | None = None,
        secret: Secret | None = None,
    ) -> Outcome:
        """Authenticate as an attempt does."""
        login = Login(
            answers=answers,
            keep=self.kept.append,
            continuation=continuation,
            secret=secret,
            return_url=BACK,
            state="attempt-1",
            history=self._hand_over if self.handed_over is not None else None,
        )
        outcome = self.adapter.authenticate(self.connection, login, self.clock())
        if isinstance(outcome, Accepted):
            self.canaries |= self.opens(outcome.secret)
        self.search(repr(outcome))
        return outcome

    def connect(self, secret: Secret | None = None) -> Accepted:
        """Log in with success."""
        outcome = self.log_in(secret)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def sync(
        self,
        secret: Secret,
        cursor: str = "",
        seconds: int = 30,
        since: int | None = None,
        *,
        history: bool = False,
    ) -> SyncResult:
        """Fetch one page."""
        now = self.clock()
        keep = self.rotated.append
        call = Call(secret, cursor, now, now + seconds, keep, since, self.presence, history)
        result = self.adapter.sync(self.connection, call)
        self.search(repr(result))
        return result

    def pages(
        self, secret: Secret, cursor: str = "", seconds: int = 30, *, history: bool = False
    ) -> list[SyncResult]:
        """Fetch until there is no more, which must come to an end."""
        found = [self.sync(secret, cursor, seconds, history=history)]
        while found[-1].has_more:
            assert len(found) < MOST_PAGES
            found.append(self.sync(secret, found[-1].next_cursor, seconds, history=history))
        return found

    def everything(self, secret: Secret) -> list[SyncResult]:
        """Fetch all that there is, as a historical sync does."""
        if not self.adapter.history_by_login:
            return self.pages(secret, history=True)
        self.handed_over = []
        outcome = self.prove(secret)
        assert isinstance(outcome, Accepted), outcome
        found, self.handed_over = self.handed_over, None
        return found if outcome.complete else self.pages(outcome.secret, history=True)

    def _hand_over(self, result: SyncResult) -> None:
        assert self.handed_over is not None
        self.search(repr(result))
        self.handed_over.append(result)

    def fails(self, secret: Secret, seconds: int = 30) -> ProviderError:
        """Return the error of a sync that brings nothing."""
        with pytest.raises(ProviderError) as raised:
            self.sync(secret, seconds=seconds)
        self.search("".join(traceback.format_exception(raised.value)))
        self._read(raised.value)
        return raised.value

    def attempt(self, secret: Secret) -> SyncResult | ProviderError:
        """Return what a sync brings, or its error; anything else that it raises is a bug."""
        try:
            return self.sync(secret)
        except ProviderError as error:
            self._read(error)
            return error

    def told(self, secret: Secret, case: Case) -> ProviderError:
        """Return the error that a sync tells where the case says."""
        if case.place is Place.RAISED:
            return self.fails(secret)
        result = self.pages(secret)[-1]
        found = list(result.account_errors.values())
        if case.place is Place.BESIDE:
            assert result.trouble is not None
            found = [result.trouble]
        for error in found:
            self._read(error)
        return found[0]

    def search(self, text: str) -> None:
        """Fail if what opens the bank can be read in a text."""
        assert not [each for each in self.canaries if each in text]

    def case(self, situation: str) -> Case:
        """Return how a situation comes about here; skip what the protocol cannot have."""
        found = self.situations[situation]
        if isinstance(found, Absent):
            pytest.skip(f"{self.name}: {found.why}")
        return found

    def switch(self, case: Case | str, **options: object) -> None:
        """Let a trouble begin; `fine` ends it."""
        kind, fields = (case, {}) if isinstance(case, str) else (case.trouble, case.options)
        path = f"/logins/{self.name}/{self.login}"
        told = self.simulators.control("PATCH", path, trouble=kind, **{**fields, **options})
        assert "error" not in told, told

    def kind(self) -> str:
        """Return the trouble that the login has."""
        told = self.simulators.control("GET", f"/logins/{self.name}/{self.login}")
        return str(told.get("trouble", {}).get("kind", "fine"))

    def calls(self, endpoint: str = "") -> int:
        """Return how often the provider was called for this login, or by all for one thing."""
        path = f"/calls?provider={self.name}"
        path += f"&endpoint={endpoint}" if endpoint else f"&login={self.login}"
        return int(self.simulators.control("GET", path)["total"])

    def _read(self, error: ProviderError) -> None:
        """Look for secrets, markup and control characters in all that an error can show."""
        shown = (error.provider_code, error.provider_text)
        self.search(" ".join(map(str, (repr(error), error, *error.args, *shown))))
        assert all(each.isprintable() and not set("<>") & set(each) for each in shown)


def bench_of(provider: str) -> type[Bench]:
    """Return a provider's bench: it has one, or its contract is not held."""
    return cast("type[Bench]", import_module(f"tests.contract.bench.{provider}").ProviderBench)


def booked(*results: SyncResult) -> list[tuple[str, str]]:
    """Return what names the booked movements of some results, each as often as it was told."""
    told = [t for r in results for t in (*r.added, *r.modified)]
    return sorted((t.account, t.transaction_id) for t in told if not t.pending)


def identities(outcome: Accepted | SyncResult) -> set[str]:
    """Return all by which accounts are known again."""
    return {each for account in outcome.accounts for each in account.identities}

"""The simulated world that all protocols share: clock, logins, outages, calls."""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.simulators import troubles
from infra.simulators.banking import BANKS, Account, Bank, accounts_of
from infra.simulators.history import Histories
from infra.simulators.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

UNKNOWN_LOGIN = "?"


class Clock:
    """Real time plus an offset that the control interface sets."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self.offset = 0

    def now(self) -> int:
        """Return simulated epoch seconds."""
        return int(self._real()) + self.offset


@dataclass
class Login:
    """Somebody's access to a provider, with one or more banks behind it."""

    provider: str
    name: str
    banks: tuple[Bank, ...]
    trouble: Trouble

    def accounts(self, bank: Bank) -> tuple[Account, ...]:
        """Return the accounts at one of its banks."""
        return accounts_of(self.provider, self.name, bank)


class Calls:
    """Counts calls per provider, login and endpoint; keeps no content of any.

    Every call gets the next number. The highest one so far is the *mark*: counting since a mark
    tells what came after it, without resetting anything for anybody else.
    """

    def __init__(self) -> None:
        self.mark = 0
        self._numbers: dict[tuple[str, str, str], array[int]] = {}

    def add(self, provider: str, login: str, endpoint: str) -> None:
        """Count a call."""
        self.mark += 1
        self._numbers.setdefault((provider, login, endpoint), array("Q")).append(self.mark)

    def counts(self, since: int) -> Iterator[tuple[tuple[str, str, str], int]]:
        """Yield (provider, login, endpoint) and the number of calls after the mark."""
        for key, numbers in sorted(self._numbers.items()):
            yield key, len(numbers) - bisect_left(numbers, since + 1)


class World:
    """All that is simulated. Hold `lock` around anything that reads or changes it."""

    def __init__(self, kinds: Mapping[str, Container[str]], clock: Clock | None = None) -> None:
        """Take the troubles that each provider's logins can have."""
        self.kinds = kinds
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the clock goes back to the real time."""
        self.clock.offset = 0
        self.latency = 0.0  # seconds before every answer of a provider
        self.histories = Histories()
        self.calls = Calls()
        self.logins: dict[tuple[str, str], Login] = {}
        self.outages: dict[str, int] = {}  # bank id or provider -> since

    def now(self) -> int:
        """Return simulated epoch seconds."""
        return self.clock.now()

    def login(self, provider: str, name: str) -> Login:
        """Return a login; a name that was never used before is one, too."""
        key = (provider, name)
        if key not in self.logins:
            chosen = [BANKS[bank] for bank in troubles.banks_from_name(name) if bank in BANKS]
            trouble = troubles.from_name(name, self.kinds[provider], self.now())
            several = tuple(BANKS.values())[:3] if trouble.kind == "one-bank" else ()
            banks = tuple(chosen) or several or (BANKS["harbour"],)
            self.logins[key] = Login(provider, name, banks, trouble)
        return self.logins[key]

    def trouble(self, login: Login, *, spoils: bool = True) -> Trouble:
        """Return the trouble of a call made now, or `fine`.

        A call for data spends one of the trouble's cycles; any other call passes `spoils=False`.
        """
        now = self.now()
        if login.provider in self.outages:
            return Trouble("down")
        found = login.trouble
        if not found.active(now):
            return Trouble()
        if spoils:
            login.trouble = found.spent()
        return found

    def answered(self, login: Login) -> None:
        """Note a good answer: a trouble chosen by the login's name begins an hour later."""
        if login.trouble.begins is None:
            login.trouble = login.trouble.begun(self.now() + troubles.GRACE)

    def ends_trouble(self, login: Login) -> None:
        """End the trouble of a login for good."""
        login.trouble = Trouble()

    def change_login(self, login: Login, fields: Mapping[str, Any]) -> None:
        """Set trouble and banks from a control request; raises `ValueError` for unknown ones."""
        banks = [BANKS.get(bank) for bank in fields.get("banks", [])]
        if None in banks:
            raise ValueError(f"banks: one of {', '.join(BANKS)}")
        if "trouble" in fields:
            kinds = self.kinds[login.provider]
            login.trouble = troubles.from_control(fields, kinds, self.now())
        if banks:
            login.banks = tuple(bank for bank in banks if bank)


def concerns(trouble: Trouble, login: Login, bank: Bank) -> bool:
    """Tell whether a trouble of the login is a trouble at this bank.

    It is where it names the bank. `one-bank` without a name is at the first of them, any other
    trouble at all of them.
    """
    if trouble.bank:
        return trouble.bank == bank.id
    return trouble.kind != "one-bank" or bank == login.banks[0]

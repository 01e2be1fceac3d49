"""The banks, and when which of them is down: drawn once, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

from benchmarks.simulation.assumptions import BEGIN, YEAR
from benchmarks.simulation.troubles import Trouble
from relink.clock import DAY, HOUR
from relink.connection import Bank, Method

if TYPE_CHECKING:
    from random import Random

    from benchmarks.simulation.assumptions import Assumptions

FAMILY: Final = 12
NEVER: Final = 2**62
PARTLY: Final = 0.6
_PROVIDERS: Final = (
    ("enablebanking", Method.CONSENT, 0.52),
    ("plaid", Method.CONSENT, 0.14),
    ("powens", Method.DIRECT, 0.16),
    ("fints", Method.DIRECT, 0.12),
    ("simplefin", Method.TOKEN, 0.06),
)
_HUBS: Final = frozenset({"enablebanking", "plaid", "powens", "simplefin"})
"""Providers that are one service for all their banks; FinTS is each bank's own."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which calls of a bank fail, and what part of them."""

    begins: int
    ends: int
    trouble: Trouble
    share: float = 1.0


class Weather:
    """A bank's outages (`all`), in their order, seen by somebody who only moves forward."""

    def __init__(self, outages: list[Outage]) -> None:
        self.all = sorted(outages, key=lambda o: o.begins)
        self._next = 0

    def at(self, now: int) -> Outage | None:
        """Return the outage that the bank is in."""
        while self._next < len(self.all) and self.all[self._next].ends <= now:
            self._next += 1
        found = self.all[self._next] if self._next < len(self.all) else None
        return found if found is not None and found.begins <= now else None

    def calm_until(self, now: int) -> int:
        """Return when the next outage begins; `now` in the middle of one."""
        if self.at(now) is not None:
            return now
        return self.all[self._next].begins if self._next < len(self.all) else NEVER


@dataclass(frozen=True, slots=True)
class World:
    """All banks, each with its part of the owners and its weather."""

    banks: tuple[Bank, ...]
    weights: tuple[float, ...]
    weathers: tuple[Weather, ...]


def make_world(told: Assumptions, dice: Random) -> World:
    """Return a world: a few banks have most of the owners, as in life."""
    banks = tuple(_bank(number, dice) for number in range(told.banks))
    weights = tuple(1 / (rank + 4) for rank in range(told.banks))
    shared: dict[str, list[Outage]] = {
        name: _outages(told, dice, told.provider_outages, told.provider_outage, name)
        for name in sorted(_HUBS)
    }
    for family in range(told.banks // FAMILY // 2):
        name = f"family {family}"
        shared[name] = _outages(told, dice, told.family_outages, told.family_outage, name)
    weathers = []
    for number, bank in enumerate(banks):
        own = _outages(told, dice, told.bank_outages, told.bank_outage, "")
        family_of = f"family {number // 2 // FAMILY}" if number % 2 else ""
        weathers.append(
            Weather(_apart(own + shared.get(bank.provider, []) + shared.get(family_of, [])))
        )
    return World(banks, weights, tuple(weathers))


def _bank(number: int, dice: Random) -> Bank:
    names = [name for name, _, _ in _PROVIDERS]
    provider = dice.choices(names, [share for _, _, share in _PROVIDERS])[0]
    method = next(m for name, m, _ in _PROVIDERS if name == provider)
    return Bank(f"bank{number}", f"Bank {number}", "ES", provider, method)


def _outages(
    told: Assumptions, dice: Random, a_year: float, median: float, place: str
) -> list[Outage]:
    """Return the outages of one place: at random moments, a tenth of them in the night."""
    trouble = Trouble.PROVIDER_DOWN if place in _HUBS else Trouble.BANK_DOWN
    at, found = BEGIN + dice.expovariate(a_year / YEAR), []
    while at < BEGIN + told.days * DAY:
        begins = int(at)
        if dice.random() < 1 / 10:
            begins = begins // DAY * DAY + int(dice.uniform(1, 4) * HOUR)
        length = min(int(dice.lognormvariate(log(median), 1.2)) + 60, told.longest_outage)
        share = PARTLY if dice.random() < told.partial_outages else 1.0
        found.append(Outage(begins, begins + length, trouble, share))
        at += dice.expovariate(a_year / YEAR)
    return found


def _apart(outages: list[Outage]) -> list[Outage]:
    """Return outages without those that begin in another one."""
    kept: list[Outage] = []
    for outage in sorted(outages, key=lambda o: (o.begins, -o.ends)):
        if not kept or outage.begins >= kept[-1].ends:
            kept.append(outage)
    return kept

"""What is so at the banks, whatever we think: whose access works, and what a call is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.simulation.assumptions import BEGIN, YEAR
from benchmarks.simulation.people import consent_days
from benchmarks.simulation.troubles import NOT_REACHED, Trouble, draw, vocabulary
from benchmarks.simulation.world import NEVER
from relink.clock import DAY, HOUR
from relink.connection import Method

if TYPE_CHECKING:
    from random import Random

    from benchmarks.simulation.assumptions import Assumptions
    from benchmarks.simulation.people import People
    from benchmarks.simulation.world import World
    from relink.failures import ProviderError

UNREACHED: Final = 0.15
"""Share of failing calls that do not even reach the bank."""
LIMITED: Final = 0.15
"""Share of passing troubles that are the bank's limit of calls."""


class Truth:
    """The accesses, as the banks have them."""

    def __init__(self, told: Assumptions, world: World, people: People, dice: Random) -> None:
        self._told, self._world, self._dice = told, world, dice
        self._banks = people.banks
        self._words = vocabulary()
        count = len(people.connections)
        self.broken: list[Trouble | None] = [None] * count
        self._breaks_at = [NEVER] * count
        self._breaks_by = [Trouble.ACTION] * count
        self._hiccups_at = [BEGIN + self._until_hiccup() for _ in range(count)]
        self._wrong = [0] * count
        self.refused_machines = [0] * count
        self.locked_by_typing = 0
        self.fourth_refusals = 0
        self._refusals: dict[int, tuple[int, ...]] = {}
        for number, connection in enumerate(people.connections):
            self._foresee(number, BEGIN, connection.consent_expires_at)

    def steady_until(self, number: int) -> int:
        """Return when the next call could be answered otherwise than that all is well."""
        if self.broken[number]:
            return 0
        return min(self._breaks_at[number], self._hiccups_at[number])

    def answer(self, number: int, now: int, *, machine: bool) -> ProviderError | None:
        """Return what is wrong with a call at this time, or None; a machine's is remembered."""
        outage = self._world.weathers[self._banks[number]].at(now)
        if outage is not None and self._dice.random() < outage.share:
            return self._fails(number, outage.trouble)
        trouble = self.trouble(number, now)
        if trouble is not None:
            if trouble in {Trouble.REJECTED, Trouble.LOCKED}:
                self._wrong[number] += 1
                self.refused_machines[number] += machine
                if trouble is Trouble.REJECTED:
                    self.refuses(number, now)
            return draw(self._words[self._provider(number), trouble], self._dice).error()
        if now >= self._hiccups_at[number]:
            self._hiccups_at[number] = now + self._until_hiccup()
            return self._hiccup(number, now)
        return None

    def trouble(self, number: int, now: int) -> Trouble | None:
        """Return what only the owner can mend."""
        if self.broken[number] is None and now >= self._breaks_at[number]:
            self.broken[number] = self._breaks_by[number]
        return self.broken[number]

    def broke_at(self, number: int) -> int:
        """Return since when only the owner can mend an access, if that is so."""
        return self._breaks_at[number]

    def up(self, number: int, now: int) -> bool:
        """Tell whether the bank answers a login."""
        outage = self._world.weathers[self._banks[number]].at(now)
        return outage is None or self._dice.random() >= outage.share

    def mistyped(self, number: int) -> None:
        """Let the bank see a wrong password; after a few it locks the access."""
        self._wrong[number] += 1
        if self._wrong[number] >= self._told.bank_locks_after and (
            self.broken[number] is not Trouble.LOCKED
        ):
            self.broken[number] = Trouble.LOCKED
            self.locked_by_typing += 1

    def refuses(self, number: int, now: int) -> None:
        """Let the bank refuse a password. The law: a fourth in 24 hours is never sent."""
        latest = (now, *self._refusals.get(number, ()))[:4]
        self._refusals[number] = latest
        if len(latest) == 4 and now - latest[3] < DAY:  # noqa: PLR2004 - the rule's own number
            self.fourth_refusals += 1

    def unlocked(self, number: int) -> None:
        """Let the owner unlock his access at the bank; the password is still to be told us."""
        self.broken[number], self._wrong[number] = Trouble.REJECTED, 0

    def mended(self, number: int, now: int) -> int | None:
        """Let the owner give the bank what it wants; return when the new consent ends."""
        self.broken[number], self._wrong[number] = None, 0
        self.refused_machines[number] = 0
        self._refusals.pop(number, None)
        bank = self._banks[number]
        ends = None
        if self._world.banks[bank].method is Method.CONSENT:
            ends = now + consent_days(bank, self._told) * DAY
        self._foresee(number, now, ends)
        return ends

    def _foresee(self, number: int, now: int, ends: int | None) -> None:
        """Draw what will be wrong next with this access, and when."""
        told, direct = self._told, self._method(number) is Method.DIRECT
        rates = {Trouble.ACTION: told.actions_at_bank}
        if direct:
            rates |= {Trouble.REJECTED: told.password_changes}
            rates |= {Trouble.LOCKED: told.locked_by_others}
        else:
            rates |= {Trouble.REVOKED: told.revocations}
        drawn = [
            (now + int(self._dice.expovariate(rate / YEAR)), trouble.value, trouble)
            for trouble, rate in rates.items()
        ]
        if ends is not None:
            drawn.append((ends, "", Trouble.EXPIRED))
        self._breaks_at[number], _, self._breaks_by[number] = min(drawn)

    def _fails(self, number: int, trouble: Trouble) -> ProviderError:
        if self._dice.random() < UNREACHED:
            return NOT_REACHED.error(reached=False)
        return draw(self._words[self._provider(number), trouble], self._dice).error()

    def _hiccup(self, number: int, now: int) -> ProviderError:
        if self._dice.random() < LIMITED:
            words = self._words[self._provider(number), Trouble.LIMITED]
            until = now + int(self._dice.uniform(1, 9) * HOUR)
            return draw(words, self._dice).error(retry_at=until)
        return self._fails(number, Trouble.HICCUP)

    def _until_hiccup(self) -> int:
        return int(self._dice.expovariate(self._told.hiccup * 4 / DAY))

    def _provider(self, number: int) -> str:
        return self._world.banks[self._banks[number]].provider

    def _method(self, number: int) -> Method:
        return self._world.banks[self._banks[number]].method

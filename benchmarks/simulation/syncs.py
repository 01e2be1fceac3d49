"""The schedule and the worker: what is due, may it be called, and what follows from the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.simulation.assumptions import BEGIN
from benchmarks.simulation.processes import BATCH, Processes, processes
from benchmarks.simulation.rhythm import GO, SKIP, UNCHANGED, Verdicts
from benchmarks.simulation.stores import OutageItem
from relink import schedule
from relink.clock import HOUR
from relink.outages import places
from relink.reasons import Status
from relink.transitions import failed, synced
from sync.credentials.guarding import refused
from sync.telling import long_orange
from sync.visits.claiming import Obstacle, _claimed, _hold, obstacle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from benchmarks.simulation.stage import Stage
    from relink.connection import Connection
    from relink.outages import Outage
    from relink.schedule import Due

MASK: Final = 4095
AGAIN_ASKED: Final = 1023
"""One turn of so many is decided anew although its verdict is known."""
THROUGHPUT: Final = 500
"""Syncs a second of the default ten batches at once, when there is a backlog."""
AHEAD: Final = 1200
"""A turn is over after so many seconds, whatever holds it."""
AGAIN: Final = 2
"""Seconds that a message takes longer than its delay."""


class Syncs:
    """Scheduled syncs."""

    def __init__(self, stage: Stage, dice: Random) -> None:
        self._told, self._world, self._dice = stage.told, stage.world, dice
        self._register, self._truth = stage.register, stage.truth
        self._time, self._tally = stage.time, stage.tally
        self._verdicts = Verdicts()
        self._watermark = schedule.minute_of(BEGIN) - 1
        self._turn = 0
        self._late = [self._lateness(n) for n in range(MASK + 1)]
        self._calm = [0] * len(stage.world.banks)
        self._processes = Processes(stage.world.banks, processes(len(stage.register)))
        self.breaker = OutageItem(self._outage_changed, self._processes.count)

    def _lateness(self, number: int) -> int:
        """Return how long after its slot's first one a message arrives: as one or another does."""
        spread = int(self._dice.triangular(0, self._told.start_spread, 2))
        return spread if number % 64 else spread + int(self._dice.random() * 50)

    def minute(self, now: int) -> None:
        """Do what the clock does each minute: queue whose slot has come, unless we are down."""
        hours = (now - BEGIN) / HOUR
        if any(day * 24 <= hours < day * 24 + long for day, long in self._told.our_outages):
            return
        sent = 0
        for due in schedule.due_since(self._watermark, now):
            sent = self._slot(due, now + self._told.start_second, sent)
            self._watermark = due.minute

    def _slot(self, due: Due, begins: int, sent: int) -> int:
        """Hand a slot's messages to the worker; return how many this run has sent by now."""
        register, late, calm, verdicts = self._register, self._late, self._calm, self._verdicts
        cycle, rhythm, wake, bank = due.cycle, register.rhythm, register.wake, register.bank
        self._refresh(begins)
        worked, last = self._processes.heard(self._turn)
        provider_of = self._processes.provider_of
        for number in register.slots[due.slot]:
            self._turn += 1
            if not self._turn % BATCH:
                worked, last = self._processes.heard(self._turn)
            sent += 1
            now = begins + late[self._turn & MASK] + sent // THROUGHPUT
            calls, over = rhythm[number], now + AHEAD
            if calls is None or over >= wake[number] or over >= calm[bank[number]]:
                self._time.at(now, self._visit, number, cycle, due.minute * 60)
                continue
            verdict = verdicts.get(now - calls[3])
            if verdict is None or not self._turn & AGAIN_ASKED:
                verdict = verdicts.ask(now - calls[3], register.read(number), cycle, now)
            if verdict != GO:
                now = self._held(number, cycle, now, verdict, calls[3])
                if now == SKIP:
                    continue
            rhythm[number] = (now, calls[0], calls[1], calls[2])
            register.cycle[number] = cycle
            for place in (bank[number], provider_of[bank[number]]):
                worked[place] += 1
                last[place] = now
            self._tally.called(number, now, calls[0], due.minute * 60)
        if self._dice.random() < sent * self._told.duplicates:
            self._twice(due, begins)
        return sent

    def _held(self, number: int, cycle: int, now: int, verdict: int, fourth: int) -> int:
        """Return when a turn comes that the rolling day holds back; it may not come."""
        tally, register = self._tally, self._register
        while verdict > GO:
            tally.held += 1
            now += verdict + int(self._dice.random() * (AGAIN + 1))
            known = self._verdicts.get(now - fourth)
            if known is None:
                known = self._verdicts.ask(now - fourth, register.read(number), cycle, now)
            verdict = known
        if verdict == SKIP:
            tally.skipped += 1
            return SKIP
        return now

    def _twice(self, due: Due, begins: int) -> None:
        """Deliver one of the slot's messages a second time."""
        numbers = list(self._register.slots[due.slot])
        if numbers:
            number = numbers[int(self._dice.random() * len(numbers))]
            now = begins + 30 + int(self._dice.random() * 600)
            self._time.at(now, self._visit, number, due.cycle, due.minute * 60)

    def _visit(self, number: int, cycle: int, due_at: int) -> None:
        """Handle one message as the worker does."""
        now, tally, before = self._time.now, self._tally, self._register.read(number)
        outages = self.breaker.outages()
        why = obstacle(before, cycle, now)
        if why is None and not self.breaker.admits(before, outages, now):
            why = Obstacle.BANK_DOWN
        if why is not None:
            tally.refused[why] += 1
            wait = _hold(before, why, now) if why is not Obstacle.BANK_DOWN else None
            if wait is not None:
                again = now + wait + self._dice.randrange(AGAIN + 1)
                self._time.at(again, self._visit, number, cycle, due_at)
            return
        claimed = _claimed(before, cycle, "run", now)
        after = self._called(number, claimed, now, due_at)
        self._learn(number, after, outages, cycle)
        if long_orange(after, before.last_attempt_at, now):
            tally.long_oranges += 1
        self._register.write(number, after)
        self.settle_down(number)

    def _learn(
        self, number: int, after: Connection, outages: Mapping[str, Outage], cycle: int
    ) -> None:
        """Let the breaker learn from a visit, in the process that happened to make it."""
        now, process = self._time.now, (number + cycle) % self._processes.count
        self._processes.failed(self.breaker, process, after, now)
        self.breaker.of(process).settled(after, outages, now)

    def _called(self, number: int, claimed: Connection, now: int, due_at: int) -> Connection:
        """Call the bank, once more if it was not reached, and return what it means."""
        error = self._truth.answer(number, now, machine=True)
        if error is not None and not error.reached:
            error = self._truth.answer(number, now, machine=True)
        if claimed.status is Status.RED:
            self._tally.violations["a red connection was called"] += 1
        if error is None or error.reached:
            self._tally.called(number, now, claimed.last_success_at or now, due_at, error is None)
        if error is None:
            return synced(claimed, UNCHANGED, now)
        self._tally.failures[error.reason] += 1
        return refused(failed(claimed, error, now, counted=not error.reached), error, now)

    def attended(self, number: int) -> None:
        """Make the first sync after a reconnect: with its owner there, not counted."""
        now, before = self._time.now, self._register.read(number)
        error = self._truth.answer(number, now, machine=False)
        if error is None:
            after = synced(before, UNCHANGED, now)
        else:
            after = refused(failed(before, error, now, counted=False), error, now)
        self._register.write(number, after)  # not steady yet: its rhythm knows nothing of this call

    def settle_down(self, number: int) -> None:
        """Note until when nothing can happen to a connection but calls that work."""
        self._register.wake[number] = self._truth.steady_until(number)

    def _refresh(self, now: int) -> None:
        """Look at the weather anew where the last look is no longer good."""
        for bank, until in enumerate(self._calm):
            if until <= now + AHEAD:
                self._calm[bank] = self._calm_until(bank, now)

    def _calm_until(self, bank: int, now: int) -> int:
        if any(place in self.breaker.known for place in places(self._world.banks[bank])):
            return 0
        return self._world.weathers[bank].calm_until(now)

    def _outage_changed(self, place: str) -> None:
        """Look anew at the banks of a place that is down, or up again, as far as we know."""
        now = self._time.now
        self._tally.outage(place, now, down=place in self.breaker.known)
        for bank, there in enumerate(self._world.banks):
            if place in places(there):
                self._calm[bank] = self._calm_until(bank, now)

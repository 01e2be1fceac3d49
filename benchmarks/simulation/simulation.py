"""Puts the world, the people and the product together and lets time pass."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from benchmarks.simulation.assumptions import BEGIN
from benchmarks.simulation.people import make_people
from benchmarks.simulation.reacting import Reacting
from benchmarks.simulation.register import Register, number_of
from benchmarks.simulation.stage import Stage
from benchmarks.simulation.syncs import Syncs
from benchmarks.simulation.tally import Tally
from benchmarks.simulation.telling import SWEEP, Telling
from benchmarks.simulation.timeline import Timeline
from benchmarks.simulation.truth import Truth
from benchmarks.simulation.world import make_world
from relink.clock import DAY
from relink.reasons import Status
from relink.schedule import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.simulation.assumptions import Assumptions
    from relink.connection import Connection


def simulate(told: Assumptions, day_over: Callable[[int], None] = lambda _: None) -> Stage:
    """Let so many days pass; the same assumptions give the same outcome.

    Each part has dice of its own, so that one more throw in one leaves the others as they were.
    """
    dice = [Random(f"{told.seed} {n}") for n in range(5)]  # noqa: S311 - no secret
    world = make_world(told, dice[0])
    people = make_people(told, world, dice[1])
    register, tally = Register(people), Tally()
    tally.begin(len(register))
    truth = Truth(told, world, people, dice[2])
    stage = Stage(told, world, people, register, truth, Timeline(), tally)
    syncs = Syncs(stage, dice[3])
    reacting = Reacting(stage, dice[4], syncs.attended)
    telling = Telling(stage, syncs.breaker, reacting.read)
    for number in range(len(register)):
        syncs.settle_down(number)

    def changed(before: Connection, after: Connection) -> None:
        telling.streamed(before, after)
        _note(before, after, stage, reacting)

    register.changed = changed
    minutes = range(BEGIN, BEGIN + told.days * DAY, MINUTE)
    for now in minutes:
        stage.time.run(now)
        if now % SWEEP == 0:
            telling.sweep()
        syncs.minute(now)
        if now % DAY == 0:
            day_over((now - BEGIN) // DAY)
    stage.time.run(minutes.stop)
    return stage


def _note(before: Connection, after: Connection, stage: Stage, reacting: Reacting) -> None:
    """Write down what a change of colour means for the tally, and show it to the owner."""
    if before.status is after.status:
        return
    truth, tally = stage.truth, stage.tally
    number, now = number_of(after.connection_id), stage.time.now
    if after.status is Status.RED:
        tally.reddened(number, now, truth.trouble(number, now), truth.broke_at(number))
        if truth.refused_machines[number] > 1:
            tally.violations["a refused password was sent again"] += 1
        reacting.noticed(number, after)
    elif before.status is Status.RED:
        tally.open[number].mended_at = now
    if after.status is Status.GREEN and number in tally.open:
        tally.open.pop(number).green_at = now
    if after.status is Status.ORANGE and before.status is Status.GREEN and after.reason:
        tally.oranges[after.reason] += 1

"""What all parts of a simulation share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.simulation.assumptions import Assumptions
    from benchmarks.simulation.people import People
    from benchmarks.simulation.register import Register
    from benchmarks.simulation.tally import Tally
    from benchmarks.simulation.timeline import Timeline
    from benchmarks.simulation.truth import Truth
    from benchmarks.simulation.world import World


@dataclass(frozen=True, slots=True)
class Stage:
    """The world and its people, what we have stored of them, the clock, and who counts."""

    told: Assumptions
    world: World
    people: People
    register: Register
    truth: Truth
    time: Timeline
    tally: Tally

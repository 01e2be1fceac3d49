"""Run a flow once undisturbed, then once for each thing that can happen at each of its calls."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relink.items import decode
from relink.queues import SyncMessage
from tests.crash import scene
from tests.crash.outcome import Outcome, differences, duplicates, mails_of, outcome_of
from tests.crash.wire import Fault, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.crash.flows import Flow
    from tests.crash.world import World

QUARTER = 900
AN_HOUR = 5
"""Sweeps after which all has come that was put off by an hour at most."""
UNAVOIDABLE = {
    "sesv2.SendEmail": frozenset({Fault.STOP_AFTER, Fault.UNANSWERED}),
}
"""Where one mail may go out twice: between SES's yes and our record of it."""
AFTERWARDS = frozenset({"digest", "untold", "runs", "retired"})
"""Of a connection, what a run that died leaves to the next sync to put right.

An access that was replaced is among it: it opens what its owner has just opened anew, and the next
success asks for its end. To wait for the queue would be to let him wait. Where no schedule calls,
the attempt's own message asks again.
"""
Case = tuple[Point, Fault]


@dataclass
class Enumerated:
    """What was tried on a flow, and what went wrong."""

    flow: str
    points: int
    possible: int = 0
    """How much can happen to it at all those calls."""
    tried: Counter[Fault] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    """How many mails went out twice, by where that happened."""
    wrong: list[str] = field(default_factory=list)


def enumerated(
    world: World, flow: Flow, choose: Callable[[list[Case]], Iterable[Case]]
) -> Enumerated:
    """Try what is chosen of all that can happen to a flow."""
    world.with_bank(**flow.bank)
    flow.prepare(world)
    beginning = world.saved()
    expected = _run(world, flow, beginning)
    points, mails = list(world.wire.crossed), mails_of(world)
    later = _next_cycle(world)
    cases = [(p, f) for p in points for f in p.faults]
    found = Enumerated(flow.name, len(points), len(cases))
    found.wrong += [f"{flow.name}: {line}" for line in (*expected.left, *expected.broken)]
    for point, fault in choose(cases):
        where = f"{flow.name}: {fault.value} at {point.number} {point.name}"
        try:
            actual = _run(world, flow, beginning, point, fault)
        except Exception as error:  # noqa: BLE001 - one run that fails hides none of the others
            found.wrong.append(f"{where}: {error!r}")
            continue
        found.tried[fault] += 1
        twice = duplicates(world, mails)
        if twice:
            found.duplicates[point.name] += twice
        avoidable = twice - _unavoidable(points, point, fault)
        if avoidable > 0:
            found.wrong.append(f"{where}: {avoidable} mails too many")
        lines = differences(expected, actual)
        if any(AFTERWARDS & set(line.partition(":")[0].split()) for line in lines):
            lines = differences(later, _next_cycle(world))
        found.wrong += [f"{where}: {line}" for line in lines]
    return found


def _unavoidable(points: list[Point], point: Point, fault: Fault) -> bool:
    """Tell whether a mail may go out twice: between SES's yes and our record, which comes next."""
    if fault is Fault.STOP_BEFORE:
        return point.number > 1 and points[point.number - 2].name in UNAVOIDABLE
    return fault in UNAVOIDABLE.get(point.name, ())


def _run(
    world: World,
    flow: Flow,
    beginning: Any,
    point: Point | None = None,
    fault: Fault | None = None,
) -> Outcome:
    """Run a flow from its beginning; return what has come of it."""
    world.restored(beginning)
    wire = world.wire
    wire.expect(point.number if point else 0, fault)
    flow.run(world)
    crossed = list(wire.crossed)
    if point is not None and not wire.reached:
        raise AssertionError(f"no call number {point.number} any more")
    wire.expect()
    _quiet_hours(world)
    at_once = outcome_of(world)
    wire.crossed = crossed
    return at_once


def _quiet_hours(world: World) -> None:
    """Let what was left undone be made good: messages come again, and so does the sweep."""
    world.settle(2 * 3600)
    for _ in range(AN_HOUR):
        if _due(world):  # else a sweep finds nothing to do, in forty requests
            world.fire("NotifyFunction")
            world.settle(QUARTER - 1)
        world.settle_until(world.now + QUARTER)


def _due(world: World) -> bool:
    told = map(decode, world.items("OwnersTable"))
    if any(item.get("due_at", world.now + 1) <= world.now for item in told if "due_shard" in item):
        return True
    return any("notice_day" in item for item in world.items("ConnectionsTable"))


def _next_cycle(world: World) -> Outcome:
    """Return what has come of it after the schedule's next turn."""
    world.settle_until(world.now + scene.CYCLE)
    for item in world.items("ConnectionsTable"):
        own_id = decode(item)["connection_id"]
        scene.send(world, "SyncQueue", SyncMessage(own_id, world.now // scene.CYCLE))
    _quiet_hours(world)
    return outcome_of(world)

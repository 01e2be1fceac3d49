"""Try everything that can happen at every call of every flow: `python -m tests.crash`.

Writes what was tried to `.local/reliability/crashes.json`, for the reliability report.

The second engine, which is asked over HTTP, is given a sample unless told otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.crash.engines import ENGINES
from tests.crash.enumeration import Enumerated, enumerated
from tests.crash.flows import FLOWS
from tests.crash.sampling import everything, sample
from tests.crash.wire import Fault
from tests.crash.world import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE = Path(__file__).parents[2] / ".local/reliability/crashes.json"
SAMPLES = {"moto": 0, "ministack": 16}
"""How many faults of each flow are tried on an engine, all of them where it says 0."""


def main(arguments: list[str] | None = None) -> int:
    """Run the enumeration; return how many things went wrong, as far as a shell can tell."""
    told = _told(arguments)
    count = SAMPLES[told.engine] if told.sample is None else told.sample
    work = partial(run, told.engine, count)
    wanted = [n for n, flow in enumerate(FLOWS) if told.flow in flow.name]
    found = []
    with ProcessPoolExecutor(told.jobs) as pool:
        for each in pool.map(work, wanted):
            _say(each)
            found.append(each)
    write(told.place, told.engine, found)
    return min(sum(len(each.wrong) for each in found), 1)


def run(engine: str, count: int, number: int) -> Enumerated:
    """Enumerate one flow on an engine of its own; `count` cases of it, or all if that is 0."""
    choose = sample(count, number) if count else everything
    with ENGINES[engine]() as made, opened(made) as world:
        return enumerated(world, FLOWS[number], choose)


def write(place: Path, engine: str, found: Sequence[Enumerated]) -> None:
    """Note what was tried on an engine, beside what was on the other one."""
    known: dict[str, Any] = json.loads(place.read_text()) if place.exists() else {}
    tried = sum((each.tried for each in found), start=Counter[Fault]())
    known[engine] = {
        "flows": len(found),
        "calls": sum(each.points for each in found),
        "faults that are possible there": sum(each.possible for each in found),
        **{f"{fault.value}": tried[fault] for fault in Fault},
        "faults tried": tried.total(),
        "mails sent twice, at SES's yes": sum(each.duplicates.total() for each in found),
        "wrong": sum(len(each.wrong) for each in found),
        "by flow": {each.flow: _counts(each) for each in found},
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(known, indent=2) + "\n")


def _counts(each: Enumerated) -> dict[str, Any]:
    return {
        "points": each.points,
        "faults": {fault.value: count for fault, count in sorted(each.tried.items())},
        "duplicate_mails": dict(each.duplicates),
        "wrong": len(each.wrong),
    }


def _say(each: Enumerated) -> None:
    tried = sum(each.tried.values())
    told = f"{each.points} calls, {tried} of {each.possible} faults, {len(each.wrong)} wrong"
    print(f"{each.flow}: {told}", flush=True)  # noqa: T201 - a terminal
    for line in each.wrong:
        print(f"  {line}")  # noqa: T201 - as above


def _told(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--engine", choices=list(ENGINES), default="moto")
    parser.add_argument("--flow", default="", help="only flows whose name holds this")
    parser.add_argument("--sample", type=int, help="so many faults a flow; 0 for all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--place", type=Path, default=PLACE)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

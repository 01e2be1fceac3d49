"""Simulate, print what came of it, and write it down: `python -m benchmarks.simulation`.

Ends with 1 if a law was broken. Only a whole simulation is written down: benchmarks/simulated.json,
docs/simulation.md and its charts.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.simulation import pages
from benchmarks.simulation.assumptions import Assumptions
from benchmarks.simulation.figures import figures
from benchmarks.simulation.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
FIGURES: Final = ROOT / "benchmarks" / "simulated.json"
PAGE: Final = ROOT / "docs" / "simulation.md"
IMAGES: Final = ROOT / "docs" / "images"


def main() -> int:
    """Simulate as told; return 1 if a law was broken."""
    usual = Assumptions()
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    arguments.add_argument("--connections", type=int, default=usual.connections)
    arguments.add_argument("--days", type=int, default=usual.days)
    arguments.add_argument("--seed", type=int, default=usual.seed)
    asked = arguments.parse_args()
    told = Assumptions(connections=asked.connections, days=asked.days, seed=asked.seed)
    logging.disable(logging.CRITICAL)
    begun = time.process_time()
    found = figures(simulate(told, lambda day: _progress(day, told.days)))
    print(pages.section(found))
    print(f"{time.process_time() - begun:.0f} s of CPU")
    if told == usual:
        write(found)
    return 1 if found["violations"] else 0


def write(found: Mapping[str, Any]) -> None:
    """Write the figures down, and what is shown of them."""
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(
        pages.within(PAGE.read_text(encoding="utf-8"), pages.section(found)), encoding="utf-8"
    )
    for name, chart in pages.charts(found).items():
        (IMAGES / name).write_text(chart, encoding="utf-8")


def _progress(day: int, days: int) -> None:
    if sys.stderr.isatty():
        print(f"\rday {day} of {days}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

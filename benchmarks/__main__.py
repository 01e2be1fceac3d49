"""The benchmarks (`python -m benchmarks [PART ...]`): tables here, all figures as JSON in .local.

Each figure stands beside a baseline of the same run: the machine's other load is in both.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import cold_start, dispatching, latency, slow_bank, throughput
from benchmarks.counted import counted
from benchmarks.measuring import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACE = Path(__file__).parent.parent / ".local" / "bench.json"
Rows = list[dict[str, Any]]


def main() -> None:
    """Run the parts that are asked for, or all of them."""
    parts: Mapping[str, Callable[[], Rows]] = {
        "requests": _counted,
        "worker": throughput.measure,
        "slow_bank": lambda: [slow_bank.measure()],
        "dispatch": dispatching.measure,
        "latency": lambda: [latency.measure()],
        "cold_start": cold_start.rows,
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    chosen = parser.parse_args().parts or list(parts)
    told: dict[str, Any] = {"machine": machine()}
    for name in chosen:
        rows = parts[name]()
        told[name] = {"rows": rows, **machine()}
        print(f"\n{name} (load average {machine()['load_average']})\n{table(rows)}", flush=True)
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(json.dumps(told, indent=2) + "\n")
    print(f"\nwritten to {PLACE.relative_to(Path.cwd())}")


def table(rows: Rows) -> str:
    """Return rows as columns with their names above."""
    names = list(rows[0])
    cells = [[name.replace("_", " ") for name in names]]
    cells += [[f"{row.get(name, '')}" for name in names] for row in rows]
    columns = list(zip(*cells, strict=True))
    if len(names) > NARROW:
        return "\n".join("  ".join([column[0].ljust(34), *column[1:]]) for column in columns)
    widths = [max(map(len, column)) for column in columns]
    lines = [zip(line, widths, strict=True) for line in cells]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in line) for line in lines)


def _counted() -> Rows:
    units = ("read_units", "write_units", "index_write_units", "invocations", "log_lines")
    return [
        {"flow": flow, "requests": round(sum(told["requests"].values()), 3)}
        | {name: told[name] for name in units}
        for flow, told in counted().items()
    ]


NARROW = 8

if __name__ == "__main__":
    main()

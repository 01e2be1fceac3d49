"""Write docs/reliability.md from what was tried: `python -m infra.reliability`.

Each command below leaves its counts in .local/reliability; what has not been run is said to be so.
"""

from __future__ import annotations

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from infra.marks import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parent.parent
FOUND: Final = ROOT / ".local" / "reliability"
REPORT: Final = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- counted: begin -->\n", "<!-- counted: end -->"
DEEPEST: Final = 2
"""Deeper counts are those of single flows: their sums are told, not they."""
PARTS: Final = {
    "crashes": ("Stopped, throttled and contended at every call", "python -m tests.crash"),
    "models": ("Orders of events against the laws", "python -m tests.unit.laws"),
    "privileges": ("Permissions", "python -m tests.privileges.proving"),
    "canaries": ("Canary secrets", "pytest tests/canaries"),
    "alarms": ("Alarms", "pytest tests/infra/test_measured_alarms.py, */test_alarms.py"),
    "fuzz": ("Bad input", "make fuzz"),
}


def rows(told: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
    """Yield what was counted, each number under the names that lead to it."""
    for name, value in told.items():
        here = path if name == "counts" else (*path, name)
        if isinstance(value, dict) and len(here) < DEEPEST:
            yield from rows(value, here)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield " · ".join(here), value


def section(name: str, folder: Path) -> str:
    """Return what is reported of one part."""
    title, command = PARTS[name]
    place = folder / f"{name}.json"
    if not place.exists():
        return f"### {title}\n\nNot run this time: `{command}`.\n"
    counted = rows(json.loads(place.read_text(encoding="utf-8")))
    table = "".join(f"| {what} | {number:,} |\n" for what, number in counted)
    return f"### {title}\n\n`{command}`\n\n| counted | |\n|---|---:|\n{table}"


def written(report: str, folder: Path, now: datetime) -> str:
    """Return the report with its counts replaced. Raises `ValueError` if it has no place for it."""
    ran = f"Run on {now:%d %B %Y} with Python {platform.python_version()} by `make reliability`.\n"
    parts = "\n".join([ran, *(section(name, folder) for name in PARTS)])
    return filled(report, BEGIN, END, parts)


def main() -> int:
    """Write the report; return 1 if a part of it has not been run."""
    report = written(REPORT.read_text(encoding="utf-8"), FOUND, datetime.now(UTC))
    REPORT.write_text(report, encoding="utf-8")
    missing = [name for name in PARTS if not (FOUND / f"{name}.json").exists()]
    print(f"{REPORT.relative_to(ROOT)} written; {', '.join(missing) or 'nothing'} is missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

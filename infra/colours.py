"""Hold each provider code's verdict in the list against ours: `python -m infra.colours`.

The list is `tests/data/provider_codes.csv`. Where ours is another, `docs/providers.md` says why:
its table of deviations is read here, and a row of it that is no longer true counts as a fault.
Ends with 1 if there is a disagreement that nobody has explained.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.verdicts import JUDGES
from relink.reasons import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.verdicts import Found

ROOT: Final = Path(__file__).parent.parent
CODES: Final = ROOT / "tests" / "data" / "provider_codes.csv"
GUIDE: Final = ROOT / "docs" / "providers.md"
HEADING: Final = "## Where we disagree"

ACTION: Final = frozenset(
    {Reason.ACCESS_LOCKED, Reason.SCA_REQUIRED, Reason.ACTION_AT_BANK, Reason.PAYMENT_REQUIRED}
)
"""Red reasons that the list calls `action`: the owner must do more than log in again."""


@dataclass(frozen=True)
class Deviation:
    """A row of the guide's table; verdicts are written `class, scope`."""

    provider: str
    code: str
    listed: str
    ours: str
    why: str


@dataclass(frozen=True)
class Row:
    """A code with both verdicts; `why` is the guide's explanation of a difference."""

    provider: str
    code: str
    listed: str
    ours: str
    reason: str
    why: str = ""

    @property
    def agrees(self) -> bool:
        """Tell whether the verdicts are the same; what is no error has no scope."""
        return self.listed == self.ours or (self.listed.startswith("ok,") and self.ours == "ok")

    @property
    def is_explained(self) -> bool:
        """Tell whether they are the same or the guide says why not."""
        return self.agrees or bool(self.why)


def class_of(reason: Reason) -> str:
    """Return the class by which the list would call a reason."""
    if reason.status is not Status.RED:
        return "orange"
    return "action" if reason in ACTION else "red"


def written(found: Found) -> str:
    """Return a verdict of ours as it is compared: `class, scope`, or `ok`."""
    return "ok" if found is None else f"{class_of(found[0])}, {found[1]}"


def deviations(guide: str) -> list[Deviation]:
    """Return the rows of the guide's table below `HEADING`."""
    section = guide.partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [Deviation(*row) for row in cells[2:]]


def rows(codes: Iterable[Mapping[str, str]], known: Iterable[Deviation]) -> list[Row]:
    """Return the list's rows of the providers that we have, each with our verdict."""
    reasons = {(d.provider, d.code, d.listed, d.ours): d.why for d in known}
    found = []
    for code in codes:
        if code["provider"] in JUDGES:
            verdict = JUDGES[code["provider"]](code["code"])
            listed, ours = f"{code['class']}, {code['scope']}", written(verdict)
            why = reasons.get((code["provider"], code["code"], listed, ours), "")
            reason = verdict[0].value if verdict else ""
            found.append(Row(code["provider"], code["code"], listed, ours, reason, why))
    return found


def stale(judged: Iterable[Row], known: Iterable[Deviation]) -> list[Deviation]:
    """Return the explanations of what is no longer so."""
    true = {(r.provider, r.code) for r in judged if r.why and not r.agrees}
    return [d for d in known if (d.provider, d.code) not in true]


def report() -> tuple[list[Row], list[Deviation]]:
    """Return all rows, and the explanations of what is no longer so."""
    known = deviations(GUIDE.read_text(encoding="utf-8"))
    with CODES.open(newline="", encoding="utf-8") as file:
        judged = rows(csv.DictReader(file), known)
    return judged, stale(judged, known)


def main() -> int:
    """Print the report; return 1 if something in it is not explained."""
    arguments = argparse.ArgumentParser(prog="python -m infra.colours", description=__doc__)
    arguments.add_argument("--json", action="store_true", help="print JSON")
    judged, old = report()
    unexplained = [r for r in judged if not r.is_explained]
    if arguments.parse_args().json:
        shown = {"rows": [*map(asdict, judged)], "stale": [*map(asdict, old)]}
        print(json.dumps({**shown, "unexplained": len(unexplained)}, indent=2))
    else:
        _print(judged, old)
    return 1 if unexplained or old else 0


def _print(judged: list[Row], old: list[Deviation]) -> None:
    width = max(len(r.code) for r in judged)
    for row in judged:
        verdicts = row.listed if row.agrees else f"{row.listed}  ->  {row.ours}"
        print(f"{row.provider:<14}{row.code:<{width + 2}}{row.reason:<22}{verdicts}")
        if not row.agrees:
            print(f"{'':<14}{'because ' + row.why if row.why else 'NOBODY HAS SAID WHY'}")
    for deviation in old:
        print(f"{deviation.provider:<14}{deviation.code}: the guide explains what is not so")
    agreed = Counter(r.provider for r in judged if r.agrees)
    counted = Counter(r.provider for r in judged)
    print()
    for provider, number in sorted(counted.items()):
        print(f"{provider:<14}{number:>4} codes, {agreed[provider]} as listed")
    apart = [r for r in judged if not r.agrees]
    missing = sum(not r.is_explained for r in judged)
    print(f"{'all':<14}{len(judged):>4} codes, {len(apart)} otherwise, {missing} unexplained")


if __name__ == "__main__":
    sys.exit(main())

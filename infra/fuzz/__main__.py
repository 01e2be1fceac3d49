"""Fuzz the API: `python -m infra.fuzz [--cases N] [--seconds S] [--seed N] [--least N]`.

`--cases` is how many requests are made up for each operation, at most; `--seconds` bounds the
whole. Prints what schemathesis found, and how many requests the API has answered by status; the
reliability report reads it from .local/reliability/fuzz.json. Fewer than `--least` are too few to
say anything: that is a failure, too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.fuzz.seeds import EACH, OWNER, WORKSPACE, Seeds
from infra.fuzz.settings import settings
from infra.local.stack import Stack, StackOptions
from infra.openapi.document import ROOT
from relink.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DESCRIPTION = ROOT / "docs" / "openapi.json"
REPORT = ROOT / ".local" / "reliability" / "fuzz.json"
LEAST = 5_000


@dataclass(frozen=True)
class Effort:
    """How much is made up: at most so many cases of each operation, until so many seconds end.

    No `seconds` and no `phases` mean no such bound: all of schemathesis's phases, to their ends.
    """

    cases: int
    seed: int
    seconds: int = 0
    phases: str = ""
    connections: int = EACH

    def options(self) -> Iterator[str]:
        """Return what schemathesis is called with."""
        yield from ("--max-examples", str(self.cases), "--seed", str(self.seed))
        if self.seconds:
            yield from ("--max-time", str(self.seconds))
        if self.phases:
            yield from ("--phases", self.phases)


@dataclass(frozen=True)
class Round:
    """The exit code of schemathesis, and how often each route answered with which status."""

    code: int
    answers: Counter[tuple[str, str]]

    @property
    def statuses(self) -> Counter[str]:
        """Return how often the API answered with which status."""
        return Counter(status for _, status in self.answers.elements())

    @property
    def routes(self) -> set[str]:
        """Return the routes that were asked for, such as `GET /banks`."""
        return {route for route, _ in self.answers}


def fuzz(effort: Effort) -> Round:
    """Send a new stack's API what schemathesis makes up."""
    with Stack(StackOptions(engine="moto", schedules=False)) as stack:
        until = stack.clock.now() + DAY
        token = stack.issuer.token(OWNER, WORKSPACE, "owner@example.com", exp=until)
        names = Seeds(stack, effort.connections).sow()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "schemathesis.toml"
            place.write_text(settings(names, token))
            command = _command(place, stack.api.url, effort)
            code = subprocess.run(command, cwd=folder, check=False).returncode
        return Round(code, _answered(stack.run_dir / "access.log"))


def _command(place: Path, url: str, effort: Effort) -> Sequence[str]:
    program = Path(sys.executable).with_name("schemathesis")
    return [
        *(str(program), "--config-file", str(place), "run", str(DESCRIPTION), "--url", url),
        *("--checks", "all", *effort.options()),
        *("--workers", "2", "--continue-on-failure", "--generation-database", "none"),
        *("--max-redirects", "0", "--suppress-health-check", "all", "--request-timeout", "30"),
    ]


def _answered(log: Path) -> Counter[tuple[str, str]]:
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return Counter((line["route"], str(line["status"])) for line in lines)


def faults(code: int, statuses: Counter[str], least: int) -> list[str]:
    """Return what was not as it should be."""
    ours = sum(n for status, n in statuses.items() if status.startswith("5"))
    found = {
        f"schemathesis ended with {code}": code != 0,
        f"{ours} answers were faults of ours": ours > 0,
        f"only {statuses.total()} requests instead of {least}": statuses.total() < least,
    }
    return [told for told, there in found.items() if there]


def main() -> int:
    """Fuzz, and tell what came of it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m infra.fuzz")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=int, default=LEAST)
    told = parser.parse_args()
    done = fuzz(Effort(told.cases, told.seed, told.seconds))
    statuses = done.statuses
    print(f"{statuses.total()} requests answered: {dict(sorted(statuses.items()))}")
    wrong = faults(done.code, statuses, told.least)
    report = {"requests": statuses.total(), "answers": dict(sorted(statuses.items()))}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({**report, "wrong": len(wrong)}, indent=2) + "\n")
    for each in wrong:
        print(f"WRONG: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

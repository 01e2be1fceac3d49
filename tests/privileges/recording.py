"""The recorded uses of permissions, each with a test that makes it: uses.json.

`python -m tests.privileges.recording FOLDER` makes it of what the guard wrote in a run of tests.
"""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.privileges.deployed import deployed
from tests.privileges.policy import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]
USES = Path(__file__).with_name("uses.json")
ANY_VALUE = "(any)"
CRASHING = "crash"
"""Tests that stop functions halfway, as their names tell, are no witnesses of whole deeds."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A role did this to that; `context` has what the conditions of its policies ask about."""

    role: str
    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def request(self) -> Request:
        """Return what IAM is asked."""
        arn = deployed().arn(self.role)
        return Request(arn, self.action, self.resource, dict(self.context))

    def as_json(self) -> dict[str, Any]:
        """Return its JSON."""
        context = {name: list(values) for name, values in self.context}
        told = {"role": self.role, "action": self.action, "resource": self.resource}
        return told | ({"context": context} if context else {})


def use_of(request: Request) -> Use:
    """Return a request as it is recorded: without what no condition asks about."""
    asked = deployed().asked_about(request)
    context = tuple(
        (name, (ANY_VALUE,) if name.startswith("kms:EncryptionContext:") else values)
        for name, values in sorted(request.context.items())
        if name in asked
    )
    role = request.principal.rpartition("/")[2]
    return Use(role, request.action, request.resource, context)


@cache
def recorded() -> Mapping[Use, str]:
    """Return the recorded uses with the tests that make them."""
    told = json.loads(USES.read_text()) if USES.exists() else []
    return {_read(use): use["test"] for use in told}


def _read(told: Mapping[str, Any]) -> Use:
    context = tuple((k, tuple(v)) for k, v in sorted(told.get("context", {}).items()))
    return Use(told["role"], told["action"], told["resource"], context)


def chosen(runs: Iterable[Mapping[str, Any]], before: Mapping[Use, str]) -> dict[Use, str]:
    """Return a witness for each use: the former one if it still is, else the most versatile test.

    Few witnesses with much to show are easier to know than many with little. A test that was not
    run stays what it was, as long as it is there.
    """
    seen = {run["test"]: {_read(use) for use in run["uses"]} for run in runs}
    seen = {test: uses for test, uses in seen.items() if CRASHING not in test}
    kept = {use: test for use, test in before.items() if test not in seen and exists(test)}
    witnesses: dict[Use, str] = {}
    for test, uses in sorted(seen.items(), key=lambda each: (-len(each[1]), each[0])):
        for use in uses:
            witnesses.setdefault(use, test)
            if before.get(use) == test:
                witnesses[use] = test
    return dict(sorted({**witnesses, **kept}.items()))


def exists(test: str) -> bool:
    """Tell whether a test is still where it was."""
    file, _, name = test.partition("::")
    path = ROOT / file
    return path.exists() and name.partition("[")[0] in _functions_in(path)


@cache
def _functions_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def main(folder: Path) -> None:
    """Write uses.json."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    witnesses = chosen(map(json.loads, lines), recorded())
    told = [{**use.as_json(), "test": test} for use, test in witnesses.items()]
    body = ",\n".join(f"  {json.dumps(use)}" for use in told)
    USES.write_text(f"[\n{body}\n]\n")
    print(f"{len(told)} uses by {len(set(witnesses.values()))} of {len(lines)} tests")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))

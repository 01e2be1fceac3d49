"""Take each permission away in turn, run the test that is named for it, and see it fail.

`python -m tests.privileges.proving [--count]` writes .local/reliability/privileges.json; with
`--count` it only counts, and leaves the runs (a few minutes) out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import pytest

from tests.privileges.deployed import deployed
from tests.privileges.guarding import taken_away
from tests.privileges.needs import uses, values, who_needs, who_needs_value
from tests.privileges.recording import recorded
from tests.privileges.second_engine import judged_grants

REPORT = Path(".local/reliability/privileges.json")
TAKEN = "TAKE_AWAY"
ELSEWHERE = Path(__file__).with_name("test_second_engine.py")
_ALONE = ("-p", "no:cacheprovider", "-p", "no:xdist")


def proved() -> dict[str, int]:
    """Return how many permissions were taken away and how many of the named tests then failed."""
    tried = failed = 0
    for grant in deployed().grants():
        tests = sorted(who for who in who_needs(grant) if "::" in who)
        if not tests:
            continue
        tried += 1
        os.environ[TAKEN] = str(grant)
        taken_away.cache_clear()
        with contextlib.redirect_stdout(io.StringIO()):
            code = pytest.main([tests[0], "-q", *_ALONE])
        failed += code == pytest.ExitCode.TESTS_FAILED
        print(f"{'fails' if code == 1 else 'PASSES'}: {grant}: {tests[0]}")  # noqa: T201
    os.environ.pop(TAKEN, None)
    taken_away.cache_clear()
    return {"permissions taken away": tried, "named tests that then failed": failed}


def proved_elsewhere() -> dict[str, int]:
    """Return how many were taken away on the second engine, and after how many it refused."""
    report = _Count()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([str(ELSEWHERE), "-q", *_ALONE], plugins=[report])
    return {
        "permissions taken away on the second engine": len(list(judged_grants())),
        "calls that it then refused": report.passed,
    }


class _Count:
    """Counts the tests that have shown a refusal."""

    passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one that has passed."""
        shows = "::test_without_it_something_is_refused[" in report.nodeid
        self.passed += shows and report.when == "call" and report.passed


def counted() -> dict[str, int]:
    """Return how much is held against the template."""
    grants, listed = list(deployed().grants()), list(values())
    return {
        "permissions": len(grants),
        "permissions that a use needs": sum(map(bool, map(who_needs, grants))),
        "values of conditions": len(listed),
        "values of conditions that a use needs": sum(map(bool, map(who_needs_value, listed))),
        "recorded uses": len(recorded()),
        "uses by AWS's services": sum(len(r) for who, r in uses().items() if "::" not in who),
        "tests that show them": len(set(recorded().values())),
    }


def main(arguments: list[str]) -> int:
    """Write the report, and say what it says; return 1 if a loss was not noticed."""
    parts = [] if "--count" in arguments else [proved(), proved_elsewhere()]
    told = counted()
    for part in parts:
        told |= part
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(told, indent=2))  # noqa: T201
    return int(any(len(set(part.values())) > 1 or 0 in part.values() for part in parts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The workflow of a public repository: it calls what the Makefile has, and may change nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from infra.sam.template import TEMPLATE

ROOT = TEMPLATE.parent
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())


@pytest.mark.parametrize("job", WORKFLOW["jobs"])
def test_a_job_runs_what_there_is_and_keeps_no_token(job: str) -> None:
    """Its commands are make's or CI's own; a checkout leaves no credentials behind."""
    told = WORKFLOW["jobs"][job]
    for step in told["steps"]:
        command = step.get("run", "")
        assert set(re.findall(r"^make (\w+)", command)) <= TARGETS
        if command.startswith(".ci/"):
            assert (ROOT / command).exists()
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    assert told["timeout-minutes"] <= 60


def test_it_may_only_read() -> None:
    """A change from outside runs with no right to write."""
    assert {"contents": "read"} == WORKFLOW["permissions"]
    assert "pull_request_target" not in WORKFLOW[True]  # YAML's "on"


def test_what_checkov_is_told_to_skip_has_a_reason() -> None:
    """Each beside its name; none twice."""
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    skipped = [line for line in lines if line.strip().startswith("- ")]

    assert skipped
    for line in skipped:
        assert re.fullmatch(r"  - CKV_AWS_\d+ # \S.{20,}", line), line
    assert len(skipped) == len({line.split()[1] for line in skipped})


def test_what_secrets_were_found_harmless_was_looked_at() -> None:
    """Nothing in the list is undecided."""
    told = yaml.safe_load((ROOT / ".ci" / "secrets.json").read_text())["results"]

    assert [False] * sum(map(len, told.values())) == [
        found.get("is_secret") for each in told.values() for found in each
    ]

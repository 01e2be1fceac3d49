"""The runbook has an entry for each alarm, and its commands are ones that there are."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from infra.drills.__main__ import DRILLS, RECORD, recorded
from infra.ops.__main__ import parser
from infra.sam.template import TEMPLATE
from tests.alarming import TEMPLATE as WHOLE

GUIDE = (TEMPLATE.parent / "docs" / "runbook.md").read_text()
ENTRY = re.compile(r"^### (\w+Alarm)$\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
PARTS = ("Means", "Look", "Mend", "Wake")
KNOWN: Any = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]


def commands() -> set[str]:
    """Return the commands that the runbook gives, as they would be typed; a bare name is none."""
    told = re.findall(r"(?:`|^)(?:ops )?([a-z][a-z-]*(?: [^`\n#>]+)?)", GUIDE, re.MULTILINE)
    return {c.strip() for c in told if c.split()[0] in KNOWN and " " in c.strip()}


def test_every_alarm_has_an_entry_and_every_entry_an_alarm() -> None:
    """What rings at night is in the book, and the book speaks of nothing else."""
    alarms = WHOLE.of_type("AWS::CloudWatch::Alarm")

    assert sorted(alarms) == sorted(name for name, _ in ENTRY.findall(GUIDE))


@pytest.mark.parametrize(("name", "text"), ENTRY.findall(GUIDE))
def test_an_entry_says_what_it_means_and_what_to_do(name: str, text: str) -> None:
    """In this order: what it means, where to look, how to mend it, whether to wake anybody."""
    assert PARTS == tuple(re.findall(r"^- \*\*(\w+)\*\*", text, re.MULTILINE)), name


def test_its_commands_are_understood() -> None:
    """As they stand there, with names in the place of those in capitals."""
    found = commands()

    for command in found:
        parser().parse_args(shlex.split(command))
    assert KNOWN.keys() == {command.split()[0] for command in found}


def test_a_drill_is_recorded_in_its_place() -> None:
    """Each drill has one, and what stands there was observed to the end."""
    page = RECORD.read_text()

    for name in DRILLS:
        assert "a new story" in recorded(page, name, "a new story")
    assert len(DRILLS) == page.count("The whole story was observed")
    assert "✗" not in page

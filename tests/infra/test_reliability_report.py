"""The reliability report: made of what was counted, and of nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from infra.reliability import BEGIN, END, PARTS, REPORT, rows, written

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_counts_stand_under_the_names_that_lead_to_them() -> None:
    """Sums of an engine are told, single flows are not; a text is no count."""
    told = {
        "counts": {"alarms": 3},
        "moto": {"points": 7, "flows": {"sync": {"points": 7}}},
        "fired": ["a"],
        "fine": True,
    }

    assert [("alarms", 3), ("moto · points", 7)] == list(rows(told))


def test_a_report_keeps_its_words_and_replaces_its_counts(tmp_path: Path) -> None:
    """A second run leaves nothing of the first one; what was not run is said to be so."""
    (tmp_path / "fuzz.json").write_text(json.dumps({"requests": 1234, "answers": {"200": 5}}))
    first = written(f"Words.\n{BEGIN}\nold\n{END}\nMore.\n", tmp_path, NOW)

    assert first == written(first, tmp_path, NOW)
    assert first.startswith("Words.\n")
    assert first.endswith(f"{END}\nMore.\n")
    assert "old" not in first
    assert "| requests | 1,234 |\n| answers · 200 | 5 |" in first
    assert first.count("Not run this time") == len(PARTS) - 1


def test_a_report_without_a_place_for_counts_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    with pytest.raises(ValueError, match="no place"):
        written("Words.", tmp_path, NOW)


def test_the_committed_report_has_its_place() -> None:
    """`make reliability` finds where to write."""
    told = REPORT.read_text(encoding="utf-8")

    assert told.count(BEGIN) == told.count(END) == 1

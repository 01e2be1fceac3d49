"""The whole story, told by the process that a newcomer starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 480

NO_TROUBLE = """
import sys
from infra.demo import loop, story
from infra.demo.cast import Cast

Cast.trouble = lambda *_, **__: None  # the switches of the banks are dead
story.CHAPTERS = (loop.connect, loop.wait)
sys.exit(story.run("moto", as_json=True))
"""

pytestmark = pytest.mark.slow


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )


def lines(told: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the JSON lines that were printed; nothing else may be among them."""
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_the_story_is_observed_from_start_to_finish() -> None:
    """Green, orange, red, mail, link, green: told as JSON lines.

    `ENGINE=moto make demo` tells it on the second engine, which takes three times as long.
    """
    told = run("-m", "infra.demo", "--json")
    *facts, end = lines(told) or [{}]

    assert told.returncode == 0, told.stdout[-2_000:] + told.stderr[-2_000:]
    assert (end["ok"], end["problem"]) == (True, None)
    assert len(facts) > 20
    assert all(f["observed"] and f["where"] and f["chapter"] for f in facts)
    assert [f["at"] for f in facts] == sorted(f["at"] for f in facts)
    assert told.stderr == ""


def test_a_step_that_was_not_observed_ends_the_story(tmp_path: Path) -> None:
    """A bank whose trouble does not come is no orange: exit 1, with what was seen instead."""
    script = tmp_path / "story.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{NO_TROUBLE}")
    told = run(str(script))
    *facts, end = lines(told) or [{}]

    assert told.returncode == 1, told.stdout[-2_000:] + told.stderr[-2_000:]
    assert end["ok"] is False
    assert "expected 'orange', saw 'green'" in end["problem"]
    assert facts
    assert not [f for f in facts if f["seen"] == "orange"]


def test_people_are_told_in_words_why_it_ended(tmp_path: Path) -> None:
    """Without the JSON the reason stands at the end, marked as such."""
    script = tmp_path / "story.py"
    told_wrong = NO_TROUBLE.replace("as_json=True", "as_json=False").replace(
        "(loop.connect, loop.wait)",
        "(lambda cast: cast.tell.observe("
        "'the moon is made of cheese', 'the sky', seen='rock', expected='cheese'),)",
    )
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{told_wrong}")
    told = run(str(script))

    assert told.returncode == 1
    assert "✗ not observed: the moon is made of cheese" in told.stdout
    assert "expected 'cheese', saw 'rock'" in told.stdout


def test_an_engine_that_is_none_is_refused() -> None:
    """A typo is told at once, before anything starts."""
    told = run("-m", "infra.demo", "--engine", "pigeons")

    assert (told.returncode, told.stdout) == (2, "")
    assert "pigeons" in told.stderr

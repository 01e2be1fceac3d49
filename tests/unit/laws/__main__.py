"""Search deeply for an order of events that breaks a law: `python -m tests.unit.laws`.

Writes how much was tried to `.local/reliability/models.json`, for the reliability report.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.laws.test_laws import Laws

PLACE = Path(__file__).parents[3] / ".local/reliability/models.json"
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "2000"))
STEPS = int(os.environ.get("MODEL_STEPS", "60"))


def main() -> int:
    """Search, and note what was tried. Raises what breaks a law, with what led to it."""
    logging.disable(logging.CRITICAL)
    searched = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Laws, settings=searched)
    told = {"laws": {"orders of events": Laws.tried, "steps": Laws.steps, "broken": 0}}
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(json.dumps(told, indent=2) + "\n")
    print(f"{Laws.tried} orders of events, {Laws.steps} steps: no law broken")  # noqa: T201 - a terminal
    return 0


if __name__ == "__main__":
    sys.exit(main())

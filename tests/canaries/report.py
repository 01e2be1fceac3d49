"""How much was searched for canaries: .local/reliability/canaries.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORT = Path(".local/reliability/canaries.json")


def note(provider: str, canaries: int, searched: Mapping[str, int]) -> None:
    """Add what was searched with one provider, where nothing was found."""
    told = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    told[provider] = {"canaries": canaries, "found": 0, "searched": dict(searched)}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")

"""The description of the events that leave for the host app: `python -m infra.events` writes it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from relink.event_bus import SOURCE
from relink.event_shapes import StatusChangedShape, SyncedShape
from relink.events import STATUS_CHANGED, SYNCED

PATH = Path(__file__).parents[1] / "docs/events.json"
SHAPES: dict[str, Any] = {STATUS_CHANGED: StatusChangedShape, SYNCED: SyncedShape}


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema of an event's detail, by its detail-type."""
    return TypeAdapter(SHAPES[kind]).json_schema()


def document() -> dict[str, Any]:
    """Return the schemas of all events' details, by their detail-types."""
    return {"source": SOURCE, "details": {kind: schema(kind) for kind in SHAPES}}


def main() -> int:
    """Write the description."""
    PATH.write_text(json.dumps(document(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

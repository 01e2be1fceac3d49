"""Logs what started it and what the stack's clock says."""

from __future__ import annotations

import json
import logging

from relink import clock


def handler(event: object, _context: object) -> None:
    """Log one line of JSON."""
    line = json.dumps({"event": event, "now": clock.now()})
    logging.getLogger("ticker").warning(line)

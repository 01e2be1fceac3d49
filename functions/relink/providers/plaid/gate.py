"""What can be a webhook of Plaid's. Nothing heavy is imported here: whoever takes them in asks."""

from __future__ import annotations

import json
from typing import Final

from relink.webhooks import Gate

HEADER: Final = "plaid-verification"
_ONE_TIME: Final = frozenset({"link_token", "public_token", "public_tokens"})


def wanted(body: bytes) -> bool:
    """Tell whether a body is one to keep: those about Link hold tokens that work once.

    What came of Link is asked for when the owner is back. A body that is no JSON is nobody's.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return True
    if not isinstance(told, dict):
        return True
    return str(told.get("webhook_type", "")).upper() != "LINK" and told.keys().isdisjoint(_ONE_TIME)


GATE: Final = Gate(signatures=(HEADER,), wanted=wanted)

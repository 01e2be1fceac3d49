"""What can be a webhook of Powens'. Nothing heavy is imported here: whoever takes them in asks."""

from __future__ import annotations

from typing import Final

from relink.webhooks import Gate

DATE_HEADER: Final = "bi-signature-date"
SIGNATURE_HEADER: Final = "bi-signature"
EVENTS: Final = frozenset(
    {"ACCOUNTS_FETCHED", "CONNECTION_DELETED", "CONNECTION_SYNCED", "USER_DELETED"}
)
"""Those that concern us, each registered to an address of its own."""

GATE: Final = Gate(signatures=(DATE_HEADER, SIGNATURE_HEADER), events=EVENTS)

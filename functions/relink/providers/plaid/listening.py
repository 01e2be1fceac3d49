"""What Plaid's webhooks mean for a connection.

None tells when it happened, and they come twice and out of order (plaid.com/docs/api/webhooks), so
an error in one is a reason to look, not a fact. One is a fact whenever it comes: an access that was
revoked cannot be restored, its owner makes a new item.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from relink.failures import ProviderError
from relink.providers.plaid import codes
from relink.providers.plaid.gate import HEADER
from relink.providers.plaid.webhook import Happening, Keys, Kind, happening
from relink.reasons import Reason
from relink.webhooks import News, Unreadable, Webhook, Word

if TYPE_CHECKING:
    from relink.providers.plaid.client import Client

_OF_THE_LOGIN = frozenset(
    {
        Reason.ACCESS_LOCKED,
        Reason.ACTION_AT_BANK,
        Reason.CREDENTIALS_REJECTED,
        Reason.SCA_REQUIRED,
    }
)
MENDED: Final = frozenset(
    code
    for code, verdict in codes.CODES.items()
    if verdict is not None and verdict.reason in _OF_THE_LOGIN
)
"""What is over when a login has been repaired; what the owner has not granted is not."""


def heard(hook: Webhook, keys: Keys, client: Client) -> News:
    """Return what a webhook says. Raises `Unverified`, `Unreadable`, and what `keys` raises."""
    keys.verify(hook.headers.get(HEADER, ""), hook.body, hook.received_at)
    try:
        told = happening(json.loads(hook.body), client)
    except (ValueError, RecursionError, ProviderError) as error:
        raise Unreadable("not what Plaid's documents describe") from error
    return _news(told)


def _news(told: Happening) -> News:
    match told.kind:
        case Kind.BROKEN | Kind.ACCOUNT_REVOKED:
            return News(Word.BROKEN, told.item_id, told.error)
        case Kind.REVOKED:
            return News(Word.BROKEN, told.item_id, told.error, final=True)
        case Kind.EXPIRING:
            return News(Word.EXPIRING, told.item_id, expires_at=told.at)
        case Kind.REPAIRED:
            return News(Word.MENDED, told.item_id, mends=MENDED)
        case Kind.NEW_DATA:
            return News(Word.NEW_DATA, told.item_id)
        case _:
            return News(Word.NOTHING, told.item_id)

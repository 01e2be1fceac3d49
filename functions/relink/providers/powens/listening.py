"""What Powens' webhooks mean for a connection.

A state in one may be an old one, which a later one has overtaken, and does not tell since when it
is so: it is a reason to look. A good state tells when the bank was last read. A connection that
was deleted stays so: its id is never given again.

A user who was deleted is none of this: he is not named by the id that a connection is found by.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from relink.failures import ProviderError
from relink.providers.powens import codes
from relink.providers.powens.webhook import Event, Happening, happening, verified
from relink.reasons import Reason, Status
from relink.webhooks import News, Unreadable, Unverified, Webhook, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

MENDED: Final = frozenset(
    code
    for code, verdict in codes.CODES.items()
    if verdict is not None
    and verdict.reason.status is Status.RED
    and verdict.reason is not Reason.ACCESS_NOT_GRANTED
)
"""What is over when the state is good; that no account may be read is not."""


def heard(hook: Webhook, keys: Iterable[bytes]) -> News:
    """Return what a webhook says. Raises `Unverified` or `Unreadable`."""
    _verify(hook, keys)
    name = hook.path.rstrip("/").rpartition("/")[2]
    try:
        told = happening(json.loads(hook.body), name, hook.received_at)
    except (ValueError, RecursionError, ProviderError) as error:
        raise Unreadable("not what Powens' documents describe") from error
    return _news(told)


def _verify(hook: Webhook, keys: Iterable[bytes]) -> None:
    """Raise `Unverified` unless a key has signed it; while one is replaced there are two."""
    why = Unverified("no secret to verify with")
    for key in keys:
        try:
            verified(hook.headers, hook.path, hook.body, key, hook.received_at)
        except Unverified as error:
            why = error
        else:
            return
    raise why


def _news(told: Happening) -> News:
    name = told.connection_id
    if told.error is not None:
        return News(Word.BROKEN, name, told.error)
    if told.event is Event.DELETED:
        return News(Word.BROKEN, name, codes.GONE.error(told.event.value), final=True)
    if told.event is Event.SYNCED and told.read_at is not None:
        return News(Word.MENDED, name, at=told.read_at, mends=MENDED)
    return News(Word.NOTHING, name)

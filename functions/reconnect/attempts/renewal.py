"""Consents that end soon: how soon, and from when on their owner can renew them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from relink.clock import DAY
from relink.expiry import FOREWARNED
from relink.languages import translation
from relink.reasons import Status

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.reader import Reader

# The fourteenth day before the end has begun somewhere up to a day earlier, summer time or not.
_ANYWHERE: Final = FOREWARNED + 2 * DAY

RENEW = "Renew it now: it takes a minute, and syncing does not stop."


def renewable(connection: Connection, now: int) -> bool:
    """Tell whether a consent ends so soon that it is renewed although all is well.

    That is so as soon as any reader, wherever he is, is told of its end (`days_left`).
    """
    ends = connection.consent_expires_at
    return ends is not None and ends - now < _ANYWHERE


def days_left(connection: Connection, reader: Reader, now: int) -> int | None:
    """Return after how many of the reader's days a consent ends, if he is to be told.

    None if that is more than a fortnight away, and while the connection is red: then the owner has
    to act anyway. It is 0 on the last day, and after it until the bank refuses us.
    """
    ends = connection.consent_expires_at
    if ends is None or connection.status is Status.RED:
        return None
    today, last = (datetime.fromtimestamp(t, reader.zone).date() for t in (now, ends))
    days = (last - today).days
    return max(days, 0) if days * DAY <= FOREWARNED else None


def consent_text(connection: Connection, reader: Reader, now: int) -> str:
    """Return in a sentence when the permission to read a bank ends."""
    gettext = translation(reader.language).gettext
    ends = connection.consent_expires_at or now
    told = {"bank": connection.bank.name, "day": reader.day(ends)}
    if ends <= now:
        return gettext("The permission to read %(bank)s ended on %(day)s.") % told
    return gettext("The permission to read %(bank)s ends on %(day)s.") % told

"""Powens' webhooks: whether one is Powens', and what it says has happened.

A webhook that is set up with HMAC signatures comes with two headers: `BI-Signature-Date`, a UTC
time, and `BI-Signature`, the Base64 of the HMAC-SHA256, with the secret that belongs to the
webhook, of `POST.<path>.<date>.<body>` (docs.powens.com, "Webhooks", "Authentication"). Powens
repeats a webhook until it is answered with 2xx, and does not name the event in it: each event is
registered to an address of its own, whose route names it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from relink.providers.powens import health
from relink.providers.powens.gate import DATE_HEADER, SIGNATURE_HEADER
from relink.providers.powens.messages import Connection, Id, moment
from relink.providers.wire import Wire, checked
from relink.webhooks import Unverified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.failures import ProviderError

METHOD: Final = "POST"
AGE: Final = 300
SKEW: Final = 60


def verified(headers: Mapping[str, str], path: str, body: bytes, key: bytes, now: int) -> str:
    """Return the SHA-256 of the body, by which a repeated webhook is known. Raises `Unverified`.

    `headers` have their names in lower case. `path` is that of the request as it came, `body` its
    bytes before anybody has read them as JSON, `key` the webhook's secret.
    """
    date = headers.get(DATE_HEADER, "")
    told = headers.get(SIGNATURE_HEADER, "")
    if not (key and date and told):
        raise Unverified("not signed")
    if not hmac.compare_digest(_decoded(told), _signed(path, date, body, key)):
        raise Unverified("a wrong signature")
    at = moment(date)
    if at is None:
        raise Unverified("no time")
    if not now - AGE <= at <= now + SKEW:
        raise Unverified("too old")
    return hashlib.sha256(body).hexdigest()


def _signed(path: str, date: str, body: bytes, key: bytes) -> bytes:
    message = b".".join((METHOD.encode(), path.encode(), date.encode(), body))
    return hmac.digest(key, message, "sha256")


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unverified("not a signature") from error


class Event(StrEnum):
    """The events that concern us, as they are named where a webhook is registered."""

    SYNCED = "CONNECTION_SYNCED"
    FETCHED = "ACCOUNTS_FETCHED"
    DELETED = "CONNECTION_DELETED"
    USER_DELETED = "USER_DELETED"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A webhook in our terms: `error` is what the connection's new state means, None for good.

    `read_at` is when the bank was last read, if the connection is well now.
    """

    event: Event
    connection_id: str = ""
    user_id: str = ""
    error: ProviderError | None = None
    read_at: int | None = None


class _User(Wire):
    id: Id


class _Told(Wire):
    """A webhook's body: around a connection, or a connection or user itself."""

    user: _User | None = None
    connection: Connection | None = None
    id: Id | None = None
    id_user: Id | None = None
    signin: Any = None


def happening(content: Any, name: str, now: int) -> Happening:
    """Return what a verified webhook's JSON says. Raises `Temporary` if it cannot be read.

    `name` is the event that the webhook's address is registered to. An event that does not
    concern us is `OTHER`.
    """
    event = _EVENTS.get(name, Event.OTHER)
    told = checked(_Told, content)
    match event:
        case Event.SYNCED | Event.FETCHED if told.connection is not None:
            found = told.connection
            error = health.trouble(found, now)
            user = told.user.id if told.user else told.id_user
            read_at = found.last_update if error is None and found.condition is None else None
            return Happening(event, found.id, user or "", error, read_at)
        case Event.DELETED if told.id is not None:
            return Happening(event, told.id, told.id_user or "")
        case Event.USER_DELETED if told.id is not None:
            return Happening(event, "", told.id)
    return Happening(Event.OTHER)


_EVENTS: Final = {event.value: event for event in Event}

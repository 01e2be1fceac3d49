"""Notifications as plain JSON values, one kind after the other.

Each has an id, a kind, a level (how loudly the host app shows it), a text and an instruction in
the reader's language, the connections and banks that it concerns, and since when it is true.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from reconnect.attempts.renewal import RENEW, consent_text
from reconnect.explaining import explained, iso
from relink.addresses import Trouble
from relink.languages import translation
from relink.outages import places
from relink.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconnect.shapes.notifications import (
        BankDownNotificationShape,
        ExpiringNotificationShape,
        NoticeShape,
        Notification,
        ReconnectNotificationShape,
        UnreachableNotificationShape,
    )
    from reconnect.shapes.words import Level
    from relink.addresses import Standing
    from relink.connection import Connection
    from relink.notices import Notice
    from relink.outages import Outage
    from relink.reader import Reader

LEVELS: Final[tuple[Level, ...]] = ("primary", "secondary", "info")
BANK_DOWN: Final = "bank_down"
MAIL_UNREACHABLE: Final = "mail_unreachable"
KINDS: Final = ("reconnect", MAIL_UNREACHABLE, "expiring", BANK_DOWN)
LASTING: Final = (f"{BANK_DOWN}.", f"{MAIL_UNREACHABLE}.")
BANKS_NAMED: Final = 4

CORRECT = "Enter another address in your settings, or say there that this one works again."
ANOTHER = "Enter another address in your settings."
STAND_IN = "Until the address is corrected, another member of your team is told instead."


def reconnect_view(
    notice: Notice, connection: Connection, reader: Reader
) -> ReconnectNotificationShape:
    """Return that a bank needs its owner now; the notice stands."""
    reason = connection.incident_reason or Reason.UNKNOWN
    told = reason.explanation
    return {
        **_of_notice(notice, connection),
        "kind": "reconnect",
        "level": "primary",
        "text": reader.text(told.text),
        "instruction": reader.text(told.instruction),
        "reason": explained(reason, reader, connection.provider_text),
        "red_since": iso(notice.moment),
        "since": iso(notice.moment),
    }


def expiring_view(
    notice: Notice, connection: Connection, days: int, reader: Reader, now: int
) -> ExpiringNotificationShape:
    """Return that the permission to read a bank ends soon, in so many of the reader's days."""
    return {
        **_of_notice(notice, connection),
        "kind": "expiring",
        "level": "secondary",
        "text": consent_text(connection, reader, now),
        "instruction": reader.text(RENEW),
        "consent_expires_at": iso(notice.moment),
        "days_left": days,
        "since": iso(notice.created_at),
    }


def outage_views(
    connections: Iterable[Connection], outages: Mapping[str, Outage], reader: Reader
) -> Iterator[BankDownNotificationShape]:
    """Yield one notification for each outage that concerns these connections."""
    for place, theirs in concerned(connections, outages).items():
        since = outages[place].since
        banks = bank_names(theirs)
        phrase = translation(reader.language).ngettext(
            "%(banks)s is down for everybody at the moment.",
            "%(banks)s are down for everybody at the moment.",
            len(banks),
        )
        yield {
            "notification_id": f"{BANK_DOWN}.{_digest(place)}.{since}",
            "kind": BANK_DOWN,
            "level": "info",
            "text": phrase % {"banks": reader.enumerate(banks, BANKS_NAMED)},
            "instruction": reader.text(Reason.BANK_UNAVAILABLE.explanation.instruction),
            "connection_ids": [c.connection_id for c in theirs],
            "bank_names": banks,
            "since": iso(since),
            "created_at": iso(since),
        }


def own_address_view(
    owner_id: str, email: str, standing: Standing, reader: Reader
) -> UnreachableNotificationShape:
    """Return that mail does not reach the reader himself."""
    gettext = translation(reader.language).gettext
    if standing.trouble is Trouble.COMPLAINED:
        text = gettext("Our mail to %(address)s was reported as spam, so we send none any more.")
        action = ANOTHER
    else:
        text, action = gettext("Mail to %(address)s does not arrive."), CORRECT
    told = text % {"address": email}
    return _unreachable(owner_id, (), standing, told, reader.text(action))


def colleague_view(
    owner_id: str, connections: Sequence[Connection], standing: Standing, reader: Reader
) -> UnreachableNotificationShape:
    """Return that mail does not reach a colleague whose banks need him; his address stays his."""
    gettext = translation(reader.language).gettext
    text = gettext("Mail does not reach the person who connected %(banks)s.")
    told = text % {"banks": reader.enumerate(bank_names(connections), BANKS_NAMED)}
    return _unreachable(owner_id, connections, standing, told, reader.text(STAND_IN))


def place(view: Notification) -> str:
    """Return what orders notifications: the loudest first, then by kind, then the oldest."""
    order = LEVELS.index(view["level"]), KINDS.index(view["kind"])
    return "#".join((*map(str, order), view["created_at"], view["notification_id"]))


def concerned(
    connections: Iterable[Connection], outages: Mapping[str, Outage]
) -> dict[str, list[Connection]]:
    """Return the connections that each outage concerns, whoever of them fails in it."""
    found: dict[str, list[Connection]] = {}
    for connection in connections:
        own, provider = places(connection.bank)
        down = next((place for place in (provider, own) if place in outages), "")
        if down:
            found.setdefault(down, []).append(connection)
    return found


def bank_names(connections: Iterable[Connection]) -> list[str]:
    """Return the names of the connections' banks, each once."""
    return sorted({c.bank.name for c in connections})


def _of_notice(notice: Notice, connection: Connection) -> NoticeShape:
    name = connection.bank.name
    return {
        "notification_id": notice.notice_id,
        "connection_id": connection.connection_id,
        "connection_ids": [connection.connection_id],
        "bank_name": name,
        "bank_names": [name],
        "created_at": iso(notice.created_at),
    }


def _unreachable(
    owner_id: str,
    connections: Sequence[Connection],
    standing: Standing,
    text: str,
    instruction: str,
) -> UnreachableNotificationShape:
    return {
        "notification_id": f"{MAIL_UNREACHABLE}.{_digest(owner_id)}",
        "kind": MAIL_UNREACHABLE,
        "level": "primary",
        "text": text,
        "instruction": instruction,
        "owner_id": owner_id,
        "trouble": standing.trouble.value,
        "connection_ids": [c.connection_id for c in connections],
        "bank_names": bank_names(connections),
        "since": iso(standing.since),
        "created_at": iso(standing.since),
    }


def _digest(name: str) -> str:
    """Return a short name that is safe in an address."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]

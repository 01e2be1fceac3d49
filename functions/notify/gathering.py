"""From the connections' stream to an owner's notices, gathered for one mail.

A connection that turns red, or one account of it that only he can mend, gives its owner a notice
at once. The mail waits: one delayed message brings all that has turned red meanwhile into one
letter (`notify.digest`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relink.items import decode
from relink.notices import Notice, Topic
from relink.queues import DigestMessage
from relink.reasons import Status
from relink.repository import from_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notify.gate import Gates
    from notify.records import Records
    from relink.connection import Connection
    from relink.notices import Notices
    from relink.queues import Queue

# Two machines may disagree on the time by this much; a gate is not trusted closer to its end.
CLOCK_SKEW = 5


class UnknownShape(Exception):
    """An item that this version cannot read; the text names what is amiss, never a value."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One time of needing its owner, of one connection or of some of its accounts."""

    owner_id: str
    connection_id: str
    red_since: int


@dataclass(frozen=True, slots=True)
class Transition:
    """What a change of a connection means for its owner: an incident ends, one begins, or both."""

    ended: Incident | None = None
    began: Incident | None = None
    bank_name: str = ""


def transition(record: Mapping[str, Any]) -> Transition:
    """Return what a stream record tells. Raises `UnknownShape`.

    The stream's filter saves money, this keeps the promise: a change within one incident is none.
    """
    try:
        images = record["dynamodb"]
        before = _incident_before(images.get("OldImage"))
        now = from_item(images["NewImage"]) if "NewImage" in images else None
        after = _incident(now) if now else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # A KeyError names the attribute; other texts may quote what is in it.
        what = str(error) if isinstance(error, KeyError) else type(error).__name__
        raise UnknownShape(what) from None
    if before == after:
        return Transition()
    return Transition(before, after, now.bank.name if now else "")


class Gathering:
    """Gives owners their notices and sees to it that each is told."""

    def __init__(
        self, notices: Notices, records: Records, gates: Gates, queue: Queue, seconds: int
    ) -> None:
        self._notices = notices
        self._records = records
        self._gates = gates
        self._queue = queue
        self._seconds = seconds

    def apply(self, record: Mapping[str, Any], now: int) -> bool:
        """Do what a stream record asks for; tell whether an owner has a new notice.

        Safe to repeat and to reorder, also after a crash at any point: an incident has one
        notice, its end is marked even before its beginning is known, and a notice that is still to
        be told has a message under way, or a time at which it is looked at. Raises `UnknownShape`.
        """
        change = transition(record)
        if change.ended:
            self._end(change.ended, now)
        return self._begin(change.began, change.bank_name, now) if change.began else False

    def _begin(self, incident: Incident, bank_name: str, now: int) -> bool:
        notice = replace(_notice(incident, now), bank_name=bank_name, due_at=now + self._seconds)
        new = self._notices.add(notice)
        if new or self._still_to_gather(notice):
            self._gather(incident.owner_id, now)
        return new

    def _end(self, incident: Incident, now: int) -> None:
        """Mark the end. Where a mail had gone out, it may be worth another: the next look decides.

        That is the gathered message's; should we die before it is sent, the sweep's.
        """
        ended = self._records.clear(_notice(incident, now), now, now + self._seconds)
        if ended and ended.mailed:
            self._gather(incident.owner_id, now)

    def _still_to_gather(self, notice: Notice) -> bool:
        """Tell whether a notice known before may lack its message; one looked at is due later."""
        known = self._records.get(notice)
        if known is None or not known.pending:
            return False
        return (known.due_at or 0) <= (notice.due_at or 0)

    def _gather(self, owner_id: str, now: int) -> None:
        """Send the delayed message, unless one is under way that cannot have arrived yet.

        A gate is opened after its message is sent and is believed only until that message is due:
        a notice stored before then is found by it. In any doubt a message too many is sent, which
        finds nothing to do.
        """
        gate = self._gates.get(owner_id)
        if gate and now < gate.due_at - CLOCK_SKEW:
            return
        self._queue.send(DigestMessage(owner_id), self._seconds)
        self._gates.open(owner_id, now + self._seconds)


def _notice(incident: Incident, now: int) -> Notice:
    return Notice(
        owner_id=incident.owner_id,
        connection_id=incident.connection_id,
        topic=Topic.RED,
        moment=incident.red_since,
        created_at=now,
    )


def _incident(connection: Connection) -> Incident | None:
    since = connection.incident_since
    if since is None:
        if connection.status is Status.RED:
            raise UnknownShape("red_since")
        return None
    return Incident(connection.owner_id, connection.connection_id, since)


def _incident_before(image: Mapping[str, Any] | None) -> Incident | None:
    """Return the incident that the old image was in, from no more of it than that takes.

    An item that an older version wrote may lack what a whole connection needs today.
    """
    values = decode(image or {})
    red = values.get("status") == Status.RED
    since = values["red_since"] if red else values.get("accounts_red_since")
    if since is None:
        return None
    return Incident(values["owner_id"], values["connection_id"], int(since))

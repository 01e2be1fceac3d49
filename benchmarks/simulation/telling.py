"""The notices: the product's own gathering, rounds and sweep, between tables that are dictionaries.

Nothing is pushed here; letters are not written, only counted.
"""

from __future__ import annotations

from datetime import datetime, time
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from benchmarks.simulation.register import number_of
from benchmarks.simulation.stores import Gates, Mailings, Notices, Owners
from notify.digest import Digests
from notify.gathering import Gathering
from notify.sweep import Sweep
from relink.queues import DigestMessage
from relink.repository import to_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.simulation.stage import Stage
    from benchmarks.simulation.stores import OutageItem
    from notify.letter import Kind
    from notify.posting import News
    from notify.recipients import Recipient
    from relink.connection import Connection
    from relink.owners import Profile
    from relink.queues import Message

GATHER: Final = 60
SWEEP: Final = 15 * 60
NIGHT: Final = (time(21), time(8))


class Telling:
    """Tells owners of what only they can mend, as the notify function does."""

    def __init__(
        self,
        stage: Stage,
        breaker: OutageItem,
        read: Callable[[Kind, Sequence[News], str], None],
    ) -> None:
        self._time, self._tally, self._read = stage.time, stage.tally, read
        self._ids = count()
        notices, owners = Notices(), Owners(stage.people.owners)
        mailings, gates = Mailings(notices), Gates()
        queue = cast("Any", self)
        self.gathering = Gathering(
            cast("Any", notices), cast("Any", notices), cast("Any", gates), queue, GATHER
        )
        self.digests = Digests(
            owners=cast("Any", owners),
            addresses=cast("Any", owners),
            notices=cast("Any", notices),
            records=cast("Any", notices),
            mailings=cast("Any", mailings),
            gates=cast("Any", gates),
            connections=cast("Any", stage.register),
            outages=breaker.outages,
            queue=queue,
            post=cast("Any", _Post(self.posted)),
            gather_seconds=GATHER,
        )
        self.sweeping = Sweep(
            client=cast("Any", stage.register.days),
            connections=cast("Any", stage.register),
            notices=cast("Any", notices),
            records=cast("Any", notices),
            queue=queue,
        )

    def streamed(self, before: Connection, after: Connection) -> None:
        """Hand on a change of an incident as the connections' stream does."""
        if before.incident_since != after.incident_since:
            images = {"OldImage": to_item(before), "NewImage": to_item(after)}
            self._time.at(self._time.now + 1, self._apply, {"dynamodb": images})

    def sweep(self) -> None:
        """Do what the clock does every quarter of an hour."""
        self.sweeping.run(self._time.now, lambda: True)

    def send(self, message: Message, delay: int = 0) -> None:
        """Stand in for the queue: the message arrives a second after its delay."""
        if isinstance(message, DigestMessage):
            self._time.at(self._time.now + delay + 1, self._digest, message.owner_id)

    def send_all(self, messages: Iterable[Message]) -> int:
        """Send messages and return how many."""
        sent = 0
        for message in messages:
            self.send(message)
            sent += 1
        return sent

    def posted(self, kind: Kind, news: Sequence[News], to: Recipient, now: int) -> str:
        """Count a mail, and let its reader find it."""
        reader = to.profile
        self._tally.mailed(
            kind, reader.owner_id, now, own=not to.on_behalf, quiet=_asleep(reader, now)
        )
        self._tally.banks_in_mails += len(news)
        for told in news:
            self._tally.told(f"{told.notice.notice_id} {told.step.kind}", told.step.number)
            incident = self._tally.open.get(number_of(told.connection.connection_id))
            if incident is not None and incident.since == told.notice.moment:
                incident.mailed_at = incident.mailed_at or now
        self._read(kind, news, reader.owner_id)
        return f"mail{next(self._ids)}"

    def _apply(self, record: dict[str, Any]) -> None:
        self._tally.stream_records += 1
        self.gathering.apply(record, self._time.now)

    def _digest(self, owner_id: str) -> None:
        self._tally.digests += 1
        self.digests.send(owner_id, self._time.now)


class _Post:
    """Hands letters in without writing them."""

    def __init__(self, send: Callable[[Kind, Sequence[News], Recipient, int], str]) -> None:
        self.send = send


def _asleep(reader: Profile, now: int) -> bool:
    """Tell whether it is night where a reader lives: everybody keeps the usual one here."""
    local = datetime.fromtimestamp(now, ZoneInfo(reader.time_zone)).time()
    return local >= NIGHT[0] or local < NIGHT[1]

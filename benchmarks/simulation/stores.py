"""Tables and queues as dictionaries: what the deciding code reads and writes, and nothing more.

Each keeps the condition that its table's write has, since decisions hang on it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from notify.gate import SENDING_LIMIT, Gate
from notify.mailings import Recent
from relink.addresses import Standing, Trouble
from relink.clock import DAY
from relink.items import decode, encode
from relink.notices import Notice
from sync.batches.breaker import WINDOW, Breaker
from sync.batches.recollection import Recollection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.simulation.people import Owner
    from notify.mailings import Mailing
    from relink.connection import Connection
    from relink.outages import Outage
    from relink.owners import Profile


class Notices:
    """The notices, and when each is to be looked at (the table's index `by_due`)."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[str, Notice]] = defaultdict(dict)
        self._waking: list[tuple[int, str, str]] = []

    def add(self, notice: Notice) -> bool:
        """Store a notice unless its moment has one; tell whether it is new."""
        if notice.sk in self._stored[notice.owner_id]:
            return False
        self._keep(notice)
        return True

    def of(self, owner_id: str) -> list[Notice]:
        """Return an owner's notices, oldest first; what is over and done with is forgotten."""
        his = self._stored[owner_id]
        for sk in [sk for sk, n in his.items() if n.cleared_at is not None and n.due_at is None]:
            del his[sk]
        return sorted(his.values(), key=lambda n: (n.created_at, n.connection_id, n.topic))

    def get(self, notice: Notice) -> Notice | None:
        """Return what is stored of a notice's moment."""
        return self._stored[notice.owner_id].get(notice.sk)

    def save(self, before: Notice, after: Notice) -> bool:
        """Write what differs; False if `due_at` was to change and somebody else has changed it."""
        stored = self.get(before) or before
        if before.due_at != after.due_at and (
            (stored.due_at, stored.cleared_at) != (before.due_at, before.cleared_at)
        ):
            return False
        pairs = ((f.name, getattr(before, f.name), getattr(after, f.name)) for f in fields(Notice))
        self._keep(replace(stored, **{name: new for name, old, new in pairs if old != new}))
        return True

    def clear(self, notice: Notice, now: int, due_at: int | None) -> Notice | None:
        """Mark a notice as over; None if it was before."""
        stored = self.get(notice)
        if stored is not None and stored.cleared_at is not None:
            return None
        over = replace(stored or notice, cleared_at=now, due_at=due_at)
        self._keep(over)
        return over

    def due(self, now: int) -> Iterator[str]:
        """Yield the owners of whom something is due to be looked at."""
        found = []
        while self._waking and self._waking[0][0] <= now:
            entry = heappop(self._waking)
            stored = self._stored[entry[1]].get(entry[2])
            if stored is not None and stored.due_at == entry[0]:
                found.append(entry)
        for entry in found:
            heappush(self._waking, entry)
            yield entry[1]

    def _keep(self, notice: Notice) -> None:
        old = self._stored[notice.owner_id].get(notice.sk)
        self._stored[notice.owner_id][notice.sk] = notice
        if notice.due_at is not None and (old is None or old.due_at != notice.due_at):
            heappush(self._waking, (notice.due_at, notice.owner_id, notice.sk))


class Mailings:
    """The mails of the last day by reader."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._sent: dict[str, list[tuple[int, bool]]] = defaultdict(list)

    def record(self, mailing: Mailing, told: Sequence[tuple[Notice, Notice]]) -> bool:
        """Write down a mail, and what it makes of the notices that it told of."""
        own = mailing.owner_id == mailing.reader_id
        self._sent[mailing.reader_id].append((mailing.at, own))
        fresh = all(
            (stored := self._notices.get(before)) is None or stored.due_at == before.due_at
            for before, _ in told
        )
        for before, after in told:
            self._notices.save(before, after if fresh else replace(after, due_at=before.due_at))
        return fresh

    def recent(self, reader_id: str, now: int) -> Recent:
        """Return when the mails of the last day went to this reader."""
        his = [(at, own) for at, own in self._sent[reader_id] if at > now - DAY]
        self._sent[reader_id] = his
        return Recent([at for at, own in his if own], [at for at, own in his if not own])


class Gates:
    """The gatherings of owners."""

    def __init__(self) -> None:
        self._open: dict[str, Gate] = {}

    def get(self, owner_id: str) -> Gate | None:
        """Return the owner's gathering, if one is open."""
        return self._open.get(owner_id)

    def open(self, owner_id: str, due_at: int) -> None:
        """Open a gathering, or move it."""
        self._open[owner_id] = replace(self._open.get(owner_id, Gate(0)), due_at=due_at)

    def begin_sending(self, owner_id: str, now: int) -> bool:
        """Take the right to tell the owner."""
        gate = self._open.get(owner_id, Gate(now))
        if gate.sending_until > now:
            return False
        self._open[owner_id] = replace(gate, sending_until=now + SENDING_LIMIT)
        return True

    def close(self, owner_id: str) -> None:
        """End the gathering."""
        self._open.pop(owner_id, None)


class Owners:
    """Profiles, members of workspaces, and which addresses bounce."""

    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._owners = owners
        self._members: dict[str, list[str]] = defaultdict(list)
        self._dead = {o.profile.email for o in owners.values() if not o.reachable}
        for owner_id, owner in owners.items():
            self._members[owner.profile.workspace_id].append(owner_id)

    def profile(self, owner_id: str) -> Profile | None:
        """Return how an owner is reached."""
        return self._owners[owner_id].profile

    def members(self, workspace_id: str) -> list[str]:
        """Return the owners of a workspace."""
        return self._members[workspace_id]

    def standing(self, email: str, now: int) -> Standing | None:
        """Return what is amiss with an address."""
        return Standing(Trouble.BOUNCED, now) if email in self._dead else None


class OutageItem(Breaker):
    """The breaker with its one item, and its counts, in memory.

    It is several processes' breaker: each has a recollection of its own.
    """

    def __init__(self, changed: Callable[[str], None], processes: int) -> None:
        super().__init__(client=None, table="")  # type: ignore[arg-type]
        object.__setattr__(self, "processes", [Recollection() for _ in range(processes)])
        object.__setattr__(self, "known", {})
        object.__setattr__(self, "failing", defaultdict(set))
        object.__setattr__(self, "changed", changed)

    processes: list[Recollection]
    known: dict[str, Outage]
    failing: dict[tuple[str, int], set[str]]
    changed: Callable[[str], None]

    def outages(self) -> dict[str, Outage]:
        """Return the present outages, as a batch reads them."""
        return dict(self.known)

    def of(self, process: int) -> OutageItem:
        """Return the breaker as this process has it."""
        object.__setattr__(self, "recollection", self.processes[process])
        return self

    def _count(self, place: str, connection_id: str, now: int) -> int:
        found = self.failing[place, now // WINDOW]
        found.add(connection_id)
        return len(found)

    def _write(
        self, place: str, before: Outage | None, after: Outage | None, *, only_new: bool = False
    ) -> bool:
        stored = self.known.get(place)
        if (stored is not None) == only_new or (before is not None and stored != before):
            return False
        if after is None:
            del self.known[place]
        else:
            self.known[place] = after
        self.changed(place)
        return True


class NoticeDays:
    """The index `by_notice_day` of the connections, asked as DynamoDB is."""

    def __init__(self, unmark: Callable[[str, str], None]) -> None:
        self.days: dict[str, set[str]] = defaultdict(set)
        self._unmark = unmark

    def move(self, before: Connection, after: Connection) -> None:
        """Follow a connection."""
        if before.notice_day:
            self.days[before.notice_day].discard(before.connection_id)
        if after.notice_day:
            self.days[after.notice_day].add(after.connection_id)

    def get_paginator(self, _: str) -> NoticeDays:
        """Return what queries this index."""
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Return the connections of the day that is asked for, as one page."""
        day = decode(asked["ExpressionAttributeValues"])[":day"]
        items = [encode({"connection_id": c}) for c in sorted(self.days.get(day, ()))]
        return iter([{"Items": items}])

    def update_item(self, **asked: Any) -> None:
        """Take a connection out of the index: the one write that the sweep makes."""
        day = decode(asked["ExpressionAttributeValues"])[":day"]
        self._unmark(decode(asked["Key"])["connection_id"], day)

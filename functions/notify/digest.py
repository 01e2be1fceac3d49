"""An owner's turn: look at all that he may still be told, tell what is due, once.

What was told before is marked on each notice, so that a message that arrives twice, or twice at
once, mails nothing twice. One duplicate is possible only if we die, or the answer is lost,
between SES's yes and our record of it: SES has no way to ask whether it took a mail.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from notify import telling
from notify.gate import SENDING_LIMIT
from notify.gathering import UnknownShape
from notify.recipients import recipient
from notify.rounds import LATER, Case, Round
from notify.telling import Facts, Held
from relink.notices import Topic
from relink.owners import Profile
from relink.queues import DigestMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notify.gate import Gates
    from notify.mailings import Mailings
    from notify.posting import Post
    from notify.push.pushing import Pusher
    from notify.records import Records
    from relink.addresses import Addresses
    from relink.connection import Connection
    from relink.notices import Notice, Notices
    from relink.outages import Outage
    from relink.owners import Owners
    from relink.queues import Queue
    from relink.repository import Connections


THROTTLE_PAUSE: Final = 60


class Outcome(StrEnum):
    """What became of an owner's turn, in one word for the log."""

    SENT = "sent"
    PUSHED = "pushed"
    NOTHING_LEFT = "nothing left to tell"
    HELD = "held"
    NO_ADDRESS = "no address"
    BEING_SENT = "being sent"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an owner's turn; `counted` is by the names of metrics.

    The log is told which connections it was about, and what SES calls the mails.
    """

    outcome: Outcome
    counted: Mapping[str, int] = field(default_factory=dict)
    connection_ids: Sequence[str] = ()
    mail_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Tells owners what they are to know: from what, and through which channels.

    `outages` reads which banks are down. `pusher` is absent where nothing can be pushed.
    """

    owners: Owners
    addresses: Addresses
    notices: Notices
    records: Records
    mailings: Mailings
    gates: Gates
    connections: Connections
    outages: Callable[[], Mapping[str, Outage]]
    queue: Queue
    post: Post
    pusher: Pusher | None = None
    gather_seconds: int = 60

    def send(self, owner_id: str, now: int) -> Report:
        """Tell an owner what is due to be told, if anything is, at most a mail of each sort.

        Only one run at a time tells an owner; one that comes meanwhile leaves a message for after
        the other's time, in case the other dies. A notice that cannot be told yet has a time at
        which it is looked at again. Raises `NotSent` and `UnknownShape`, with nothing lost.
        """
        if not self.gates.begin_sending(owner_id, now):
            self.queue.send(DigestMessage(owner_id), SENDING_LIMIT)
            return Report(Outcome.BEING_SENT)
        try:
            return self._send(owner_id, now)
        finally:
            self.gates.close(owner_id)

    def _send(self, owner_id: str, now: int) -> Report:
        cases, unreadable = self._cases(owner_id, now)
        report = self._tell(owner_id, cases, now) if cases else Report(Outcome.NOTHING_LEFT)
        if unreadable:
            # The others have been told; these go to the dead-letter queue and stay pending.
            raise UnknownShape(f"unreadable connections: {unreadable}")
        return report

    def _cases(self, owner_id: str, now: int) -> tuple[list[Case], int]:
        """Return what may have to be told, and how many connections cannot be read."""
        cases: list[Case] = []
        unreadable = 0
        for notice in self.notices.of(owner_id):
            if notice.due_at is None:
                continue
            try:
                connection = self._connection(notice)
            except UnknownShape:
                unreadable += 1
                self.records.save(notice, replace(notice, due_at=now + LATER))
                continue
            if telling.over(notice, connection, now):
                self._clear(notice, now)
            else:
                cases.append(Case(notice, connection))
        return cases, unreadable

    def _connection(self, notice: Notice) -> Connection | None:
        try:
            return self.connections.get(notice.connection_id)
        except (KeyError, TypeError, ValueError) as error:
            raise UnknownShape(type(error).__name__) from None

    def _clear(self, notice: Notice, now: int) -> None:
        """Clear a notice; one that was mailed is looked at again: its end may be news."""
        news = notice.topic is Topic.RED and notice.mailed > 0
        cleared = self.records.clear(notice, now, now + self.gather_seconds if news else None)
        if news and cleared:
            self.queue.send(DigestMessage(notice.owner_id), self.gather_seconds)

    def _tell(self, owner_id: str, cases: list[Case], now: int) -> Report:
        # Of whom nobody has told how he is reached, he has no address: others stand in for him.
        unknown = Profile(owner_id=owner_id, workspace_id="")
        turn = self._round(self.owners.profile(owner_id) or unknown, cases, now)
        turn.push()
        turn.mail()
        if turn.throttled:
            self.queue.send(DigestMessage(owner_id), THROTTLE_PAUSE)
        turn.settle()
        if turn.failed:
            raise turn.failed
        return _report(turn)

    def _round(self, profile: Profile, cases: list[Case], now: int) -> Round:
        workspaces = sorted({c.connection.workspace_id for c in cases if c.connection})
        readers = {
            workspace: recipient(profile, workspace, self.owners, self.addresses, now)
            for workspace in workspaces
        }
        ids = {to.profile.owner_id for to in readers.values() if to}
        pushes = self.pusher is not None
        return Round(
            cases=cases,
            facts=Facts(now=now, owner=profile, outages=self.outages(), pushes=pushes),
            readers=readers,
            recent={reader_id: self.mailings.recent(reader_id, now) for reader_id in ids},
            look=self._connection,
            post=self.post,
            pusher=self.pusher,
            records=self.records,
            mailings=self.mailings,
        )


def _report(turn: Round) -> Report:
    counted = Counter(turn.counted)
    if Held.UNREACHABLE in turn.held:
        counted["NoticeWithoutAddress"] += 1
    happened = (
        (turn.throttled, Outcome.THROTTLED),
        (counted["MailSent"], Outcome.SENT),
        (counted["PushSent"], Outcome.PUSHED),
        (counted["NoticeWithoutAddress"], Outcome.NO_ADDRESS),
        (turn.held, Outcome.HELD),
    )
    outcome = next((o for did, o in happened if did), Outcome.NOTHING_LEFT)
    return Report(
        outcome,
        {name: number for name, number in counted.items() if number},
        sorted({case.notice.connection_id for case in turn.cases}),
        turn.mail_ids,
    )

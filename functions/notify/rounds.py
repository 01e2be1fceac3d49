"""One round for an owner: push what is due, mail what is due, and note when to look again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from notify.letter import Kind
from notify.mail import NotSent, Throttled
from notify.mailings import Mailing
from notify.posting import News
from notify.telling import Advice, Held, advise, mailed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notify.mailings import Mailings
    from notify.posting import Post
    from notify.push import Pusher
    from notify.recipients import Recipient
    from notify.records import Records
    from notify.telling import Facts
    from relink.connection import Connection
    from relink.notices import Notice

THROTTLE_PAUSE: Final = 60
LATER: Final = 3600
"""Until what failed is tried again from outside the queue, which tries again by itself before."""
_REDS: Final = (Kind.RED, Kind.REMINDER, Kind.LAST_REMINDER)
_MAILS: Final = (_REDS, (Kind.EXPIRING,), (Kind.RESTORED,))
_MEASURED: Final = {
    Kind.REMINDER: "ReminderSent",
    Kind.LAST_REMINDER: "ReminderSent",
    Kind.EXPIRING: "ExpiryWarningSent",
    Kind.RESTORED: "WorksAgainSent",
}


@dataclass(slots=True)
class Case:
    """A notice that may have to be told, as it is stored, and its connection.

    `settled` says that somebody else has set when it is to be looked at.
    """

    notice: Notice
    connection: Connection | None
    settled: bool = False


@dataclass(slots=True, kw_only=True)
class Round:
    """What a round works with, and what has become of it.

    `counted` is by the names of metrics. `failed` is why SES did not take a mail, if it was not for
    its being busy.
    """

    cases: list[Case]
    facts: Facts
    to: Recipient | None
    post: Post
    pusher: Pusher | None
    records: Records
    mailings: Mailings
    counted: Counter[str] = field(default_factory=Counter)
    held: set[Held] = field(default_factory=set)
    push_again: int | None = None
    throttled: bool = False
    failed: NotSent | None = None

    def push(self) -> None:
        """Push all that is due as one; what reached nobody may still reach him later."""
        now = self.facts.now
        ready = [(c, step) for c in self.cases if (step := self._advise(c).push)]
        if not ready or self.pusher is None:
            return
        pushed = self.pusher.push(
            self.facts.owner,
            _names([c for c in self.cases if c.notice.pushed] + [c for c, _ in ready]),
            self.post.house.public_url,
            now,
            reminder=all(step.reminds for _, step in ready),
            about=[f"{case.notice.notice_id}.{step.number}" for case, step in ready],
        )
        if pushed.retry_after is not None or not pushed.reached:
            self.push_again = None if pushed.retry_after is None else now + pushed.retry_after
            self.facts = replace(self.facts, pushes=False)
            return
        self.counted["PushSent"] += pushed.reached
        for case, step in ready:
            after = replace(case.notice, pushed=step.number, pushed_at=now)
            self.records.save(case.notice, after)
            case.notice = after

    def mail(self) -> None:
        """Send at most one mail of each sort; nothing more once SES has refused one."""
        try:
            for kinds in _MAILS:
                self._mail(kinds)
        except Throttled:
            self.throttled = True
            self.counted["MailThrottled"] += 1
        except NotSent as error:
            self.failed = error

    def settle(self) -> None:
        """Store for each notice when it is to be looked at again."""
        for case in self.cases:
            advice = self._advise(case)
            if advice.held:
                self.held.add(advice.held)
                self.counted["MailHeld"] += 1
            due_at = self._due_at(advice)
            if not case.settled and due_at != case.notice.due_at:
                self.records.save(case.notice, replace(case.notice, due_at=due_at))

    def _mail(self, kinds: Collection[Kind]) -> None:
        now, to = self.facts.now, self.to
        ready = [(c, step) for c in self.cases if (step := self._advise(c).mail)]
        due = [(c, step) for c, step in ready if step.kind in kinds]
        news = [News(c.notice, c.connection, step) for c, step in due if c.connection]
        if to is None or not news:
            return
        kind = _kind_of([n.step.kind for n in news])
        message_id = self.post.send(kind, news, to, now)
        self.counted.update(["MailSent", *([_MEASURED[kind]] if kind in _MEASURED else [])])
        self.facts = replace(self.facts, sent=(*self.facts.sent, now))
        told = [(c, self._after(c, mailed(c.notice, step, message_id, now))) for c, step in due]
        mailing = Mailing(message_id, self.facts.owner.owner_id, to.profile.owner_id, now)
        kept = self.mailings.record(mailing, [(c.notice, after) for c, after in told])
        for case, after in told:
            case.notice, case.settled = after, not kept

    def _after(self, case: Case, after: Notice) -> Notice:
        advice = advise(after, case.connection, self.facts)
        return replace(after, due_at=self._due_at(advice))

    def _advise(self, case: Case) -> Advice:
        return advise(case.notice, case.connection, self.facts)

    def _due_at(self, advice: Advice) -> int | None:
        due_at = advice.due_at
        if advice.mail:  # its time had come, and it did not go out
            due_at = self.facts.now + (LATER if self.failed else THROTTLE_PAUSE)
        times = [at for at in (due_at, self.push_again) if at is not None]
        return min(times, default=None)


def _names(cases: Sequence[Case]) -> list[str]:
    """Return the names of the banks of those that need their owner, the latest first."""
    reds = {c.notice.notice_id: c for c in cases if c.notice.cleared_at is None}
    latest = sorted(reds.values(), key=lambda c: c.notice.moment, reverse=True)
    return [c.connection.bank.name for c in latest if c.connection]


def _kind_of(kinds: Collection[Kind]) -> Kind:
    """Return what a mail of all these is: news first, the last reminder only if all of it is."""
    return next(k for k in (Kind.RED, Kind.REMINDER, *kinds) if k in kinds)

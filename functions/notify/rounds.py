"""One round for an owner: push what is due, mail what is due, and note when to look again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from notify.gathering import UnknownShape
from notify.letter import Kind
from notify.mail import NotSent, Throttled
from notify.mailings import Mailing, Recent
from notify.posting import News
from notify.telling import Advice, Held, advise, mailed, over
from relink.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from notify.mailings import Mailings
    from notify.posting import Post
    from notify.push.pushing import Pushed, Pusher
    from notify.recipients import Recipient
    from notify.records import Records
    from notify.steps import Step
    from notify.telling import Facts
    from relink.connection import Connection
    from relink.notices import Notice

LATER: Final = 3600
"""Until what failed is tried again from outside the queue, which tries again by itself before."""
PATIENCE: Final = DAY
"""With push services that have no room for one and the same telling."""
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

    `settled` says that somebody else has set when it is to be looked at, `tried` that it was pushed
    in this round as far as that went, `push_again` when that is to be tried anew.
    """

    notice: Notice
    connection: Connection | None
    settled: bool = False
    tried: bool = False
    push_again: int | None = None


@dataclass(slots=True, kw_only=True)
class Round:
    """What a round works with, and what has become of it.

    `readers` are who gets mail, by the workspaces of the banks that it is about; `recent` are the
    mails that they got lately, by reader. `facts` are those of the round; a case adds its own.
    `look` reads a notice's connection again. `counted` is by the names of metrics. `failed` is why
    SES did not take a mail, if it was not for its being busy. `mail_ids` are what SES calls those
    that it took.
    """

    cases: list[Case]
    facts: Facts
    readers: Mapping[str, Recipient | None]
    recent: dict[str, Recent]
    look: Callable[[Notice], Connection | None]
    post: Post
    pusher: Pusher | None
    records: Records
    mailings: Mailings
    counted: Counter[str] = field(default_factory=Counter)
    held: set[Held] = field(default_factory=set)
    throttled: bool = False
    failed: NotSent | None = None
    stale: bool = False
    mail_ids: list[str] = field(default_factory=list)

    def push(self) -> None:
        """Push all that is due as one; what reached nobody may still reach him later."""
        ready = [(c, step) for c in self.cases if (step := self._advise(c).push)]
        if not ready or self.pusher is None:
            return
        pushed = self.pusher.push(
            self.facts.owner,
            _names([c for c in self.cases if c.notice.pushed] + [c for c, _ in ready]),
            self.post.house.public_url,
            self.facts.now,
            reminder=all(step.reminds for _, step in ready),
            about=[f"{case.notice.notice_id}.{step.number}" for case, step in ready],
        )
        self.stale = True
        told = [self._note(case, step, pushed) for case, step in ready]
        if any(told):
            self.counted["PushSent"] += pushed.reached

    def mail(self) -> None:
        """Send each reader at most one mail of each sort; nothing more once SES has refused one."""
        readers = dict.fromkeys(to for to in self.readers.values() if to)
        try:
            for kinds in _MAILS:
                for to in readers:
                    self._mail(kinds, to)
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
            due_at = self._due_at(case, advice)
            if not case.settled and due_at != case.notice.due_at:
                self.records.save(case.notice, replace(case.notice, due_at=due_at))

    def _note(self, case: Case, step: Step, pushed: Pushed) -> bool:
        """Write down what became of a push; tell whether it counts as told.

        One that some service had no room for is tried again, for a day: then it counts as told,
        whomever it has reached.
        """
        before, now = case.notice, self.facts.now
        told, busy_since = pushed.reached > 0, None
        if pushed.retry_after is not None:
            busy_since = before.push_busy_since or now
            told = now - busy_since >= PATIENCE
            case.push_again = None if told else now + pushed.retry_after
        case.tried = True
        case.notice = replace(before, push_busy_since=None if told else busy_since)
        if told:
            case.notice = replace(case.notice, pushed=step.number, pushed_at=now)
        self.records.save(before, case.notice)
        return told

    def _mail(self, kinds: Collection[Kind], to: Recipient) -> None:
        due = self._due(kinds, to)
        if due and self.stale:
            self._look_again([case for case, _ in due])
            due = self._due(kinds, to)
        news = [News(c.notice, c.connection, step) for c, step in due if c.connection]
        if not news:
            return
        now, reader_id = self.facts.now, to.profile.owner_id
        kind = _kind_of([n.step.kind for n in news])
        self.stale = True  # SES may take its time
        message_id = self.post.send(kind, news, to, now)
        self.mail_ids.append(message_id)
        self.counted.update(["MailSent", *([_MEASURED[kind]] if kind in _MEASURED else [])])
        self.recent[reader_id] = self.recent[reader_id].and_now(now, on_behalf=to.on_behalf)
        told = [(c, self._after(c, mailed(c.notice, step, message_id, now))) for c, step in due]
        mailing = Mailing(message_id, self.facts.owner.owner_id, reader_id, now)
        kept = self.mailings.record(mailing, [(c.notice, after) for c, after in told])
        for case, after in told:
            case.notice, case.settled = after, not kept

    def _due(self, kinds: Collection[Kind], to: Recipient) -> list[tuple[Case, Step]]:
        his = [case for case in self.cases if self._reader(case) == to]
        ready = [(case, step) for case in his if (step := self._advise(case).mail)]
        return [(case, step) for case, step in ready if step.kind in kinds]

    def _look_again(self, cases: Sequence[Case]) -> None:
        """Read again what is about to be told: to push and to mail may have taken long.

        What is over by now, or cannot be read any more, is left as it is stored: still due.
        """
        for case in cases:
            try:
                case.connection = self.look(case.notice)
                gone = over(case.notice, case.connection, self.facts.now)
            except UnknownShape:
                gone = True
            if gone:
                self.cases = [other for other in self.cases if other is not case]
        self.stale = False

    def _after(self, case: Case, after: Notice) -> Notice:
        advice = advise(after, case.connection, self._facts(case))
        return replace(after, due_at=self._due_at(case, advice))

    def _advise(self, case: Case) -> Advice:
        return advise(case.notice, case.connection, self._facts(case))

    def _facts(self, case: Case) -> Facts:
        to = self._reader(case)
        recent = self.recent[to.profile.owner_id] if to else Recent()
        return replace(
            self.facts,
            reader=to.profile if to else None,
            sent=recent.own,
            stood_in=recent.stood_in,
            pushes=self.facts.pushes and not case.tried,
        )

    def _reader(self, case: Case) -> Recipient | None:
        return self.readers[case.connection.workspace_id] if case.connection else None

    def _due_at(self, case: Case, advice: Advice) -> int | None:
        # A mail whose time had come and that did not go out: the queue tries again before.
        due_at = self.facts.now + LATER if advice.mail else advice.due_at
        times = [at for at in (due_at, case.push_again) if at is not None]
        return min(times, default=None)


def _names(cases: Sequence[Case]) -> list[str]:
    """Return the names of the banks of those that need their owner, the latest first."""
    reds = {c.notice.notice_id: c for c in cases if c.notice.cleared_at is None}
    latest = sorted(reds.values(), key=lambda c: c.notice.moment, reverse=True)
    return [c.connection.bank.name for c in latest if c.connection]


def _kind_of(kinds: Collection[Kind]) -> Kind:
    """Return what a mail of all these is: news first, the last reminder only if all of it is."""
    return next(k for k in (Kind.RED, Kind.REMINDER, *kinds) if k in kinds)

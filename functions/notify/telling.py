"""When an owner is told what, by which channel; what waits, and until when. Pure decisions.

What to tell is decided afresh at each look, from the facts of that moment; what is not told now
has a time at which it is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from notify.hours import Hours
from notify.letter import Kind
from notify.steps import Step, next_mail, next_morning, next_telling
from relink.clock import DAY
from relink.notices import Topic
from relink.outages import outage_of
from relink.reasons import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from relink.connection import Connection
    from relink.notices import Notice
    from relink.outages import Outage
    from relink.owners import Profile

MAILS_A_DAY: Final = 3
"""That one reader gets. The last is kept for a first telling: reminders do not use it up."""
SOON: Final = 15 * 60


class Held(StrEnum):
    """Why something is not told although it is time to."""

    RECONNECTING = "reconnecting"
    OUTAGE = "outage"
    RED = "red"
    NIGHT = "night"
    ENOUGH = "enough mails today"
    UNWANTED = "mail unwanted"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a decision is made from, besides the notice and its connection.

    `reader` is who gets the owner's mail, himself or who stands in for him; None for nobody.
    `sent` are the times of the reader's last mails about what is his, `stood_in` of those that he
    got in another's stead. `pushes` says whether a push would reach anybody.
    """

    now: int
    owner: Profile
    reader: Profile | None = None
    sent: Sequence[int] = ()
    stood_in: Sequence[int] = ()
    outages: Mapping[str, Outage]
    pushes: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do for a notice now: mail it, push it, or look at it again.

    `due_at` is when to look next if neither is done; None if nothing is left to be told. `held` is
    why a mail waits whose time has come.
    """

    mail: Step | None = None
    push: Step | None = None
    due_at: int | None = None
    held: Held | None = None


def over(notice: Notice, connection: Connection | None, now: int) -> bool:
    """Tell whether a notice is to be cleared: what it tells of has ended, or has come to pass."""
    passed = notice.topic is Topic.EXPIRING and notice.moment <= now
    return notice.cleared_at is None and (passed or not notice.concerns(connection))


def advise(notice: Notice, connection: Connection | None, facts: Facts) -> Advice:
    """Return what is to be done for a notice that is cleared, or that concerns its connection.

    One that warns is looked at in the end, so that it is cleared then, if not before.
    """
    if connection is None:
        return Advice()
    if notice.cleared_at is not None:
        return _after(notice, connection, facts)
    mail = _mail(notice, connection, facts)
    if notice.topic is Topic.EXPIRING:
        return replace(mail, due_at=_first(mail.due_at, notice.moment))
    push = _push(notice, connection, facts)
    return replace(mail, push=push.push, due_at=_first(mail.due_at, push.due_at))


def mailed(notice: Notice, step: Step, message_id: str, now: int) -> Notice:
    """Return the notice after a mail of it has gone out.

    What its owner has asked for has been done, also if his question came from a clock before ours.
    """
    return replace(
        notice,
        mailed=step.number,
        mailed_at=max(now, notice.asked_at or 0),
        message_id=(notice.mailed and notice.message_id) or message_id,
        last_message_id=message_id,
        closed_at=now if step.kind is Kind.RESTORED else notice.closed_at,
    )


def _mail(notice: Notice, connection: Connection, facts: Facts) -> Advice:
    step = next_mail(notice, Hours.of(facts.owner), facts.now)
    if step is None:
        return Advice()
    if step.at > facts.now:
        return Advice(due_at=step.at)
    if step.reminds and not _wants_reminders(facts):
        return Advice(due_at=next_morning(notice, Hours.of(facts.owner), facts.now))
    return _unless_held(step, _holds_of_mail(notice, connection, step, facts), facts.now)


def _holds_of_mail(
    notice: Notice, connection: Connection, step: Step, facts: Facts
) -> Iterator[tuple[int, Held]]:
    if facts.reader is None:
        why = Held.UNREACHABLE if facts.owner.mail else Held.UNWANTED
        yield facts.now + DAY, why
    if step.asked and _reads_himself(facts):
        return
    yield from _holds(connection, facts, _in_vain_until(notice, step))
    if notice.topic is Topic.EXPIRING and connection.red_since is not None:
        yield facts.now + DAY, Held.RED
    if facts.reader is not None:
        first = step.kind is Kind.RED and notice.mailed == 0
        yield from _holds_of_reader(facts.reader, facts, first=first)


def _holds(connection: Connection, facts: Facts, in_vain_until: int) -> Iterator[tuple[int, Held]]:
    """Yield what holds back every channel, and until when.

    A bank that is down for all may say of anybody's login what is not so, and nobody could
    reconnect it now. Yet an outage ends only when somebody gets an answer, so it holds nothing for
    longer than a day: neither from its own beginning, nor from when the telling came due (for the
    first one, from when the incident began), however often it ends and begins again.
    """
    if connection.live_until > facts.now:
        yield connection.live_until, Held.RECONNECTING
    outage = outage_of(connection.bank, facts.outages)
    if outage is not None:
        end = min(outage.since + DAY, in_vain_until)
        look = min(max(outage.probe_at, facts.now + SOON), facts.now + 4 * SOON, end)
        if facts.now < end:
            yield look, Held.OUTAGE


def _in_vain_until(notice: Notice, step: Step) -> int:
    """Return until when a telling may wait for its bank; a warning, for no longer than it helps."""
    if notice.topic is Topic.EXPIRING:
        return min(step.at, notice.moment - 2 * DAY) + DAY
    return max(step.at, notice.moment) + DAY


def _holds_of_reader(
    reader: Profile, facts: Facts, *, first: bool = False
) -> Iterator[tuple[int, Held]]:
    """Yield what holds back a mail to this reader, and until when.

    An owner's first mail of an incident waits only for mails about what is his; he may have had
    more of others'.
    """
    open_at = Hours.of(reader).open_at(facts.now)
    if open_at > facts.now:
        yield open_at, Held.NIGHT
    others = () if first and _reads_himself(facts) else facts.stood_in
    recent = sorted(at for at in (*facts.sent, *others) if at > facts.now - DAY)
    most = MAILS_A_DAY if first else MAILS_A_DAY - 1
    if len(recent) >= most:
        yield recent[-most] + DAY, Held.ENOUGH


def _push(notice: Notice, connection: Connection, facts: Facts) -> Advice:
    """Return whether to push; what a mail would wait for as to its address or number, it does not.

    A push is asked for by nobody, and a warning is not worth one.
    """
    if not (facts.pushes and facts.owner.push):
        return Advice()
    hours = Hours.of(facts.owner)
    step = next_telling(notice.moment, notice.pushed, notice.pushed_at, hours)
    if step is None or (step.reminds and not facts.owner.reminders):
        return Advice()
    if step.at > facts.now:
        return Advice(due_at=step.at)
    holds = list(_holds(connection, facts, _in_vain_until(notice, step)))
    if hours.quiet(facts.now):
        holds.append((hours.open_at(facts.now), Held.NIGHT))
    if holds:
        return Advice(due_at=max(holds)[0])
    return Advice(push=step, due_at=facts.now)


def _after(notice: Notice, connection: Connection, facts: Facts) -> Advice:
    """Return whether to say that all is well again: to who was told that it was not, within a day.

    Only if he wants to hear it; while the connection is not green yet, it is waited for. The day
    is counted from when it turned green, if we were late to see that.
    """
    over = notice.cleared_at or 0
    if connection.status is Status.GREEN and connection.since > notice.moment:
        over = min(over, connection.since)
    told = notice.topic is Topic.RED and notice.mailed > 0 and notice.closed_at is None
    if not (told and _reads_himself(facts) and facts.owner.works_again and facts.now < over + DAY):
        return Advice()
    holds = [*_holds_of_reader(facts.owner, facts), *_holds(connection, facts, over + DAY)]
    if connection.status is not Status.GREEN or connection.incident_since is not None:
        holds.append((facts.now + SOON, Held.RED))
    advice = _unless_held(Step(over, Kind.RESTORED, notice.mailed), holds, facts.now)
    return advice if (advice.due_at or 0) < over + DAY else Advice()


def _unless_held(step: Step, holds: Iterable[tuple[int, Held]], now: int) -> Advice:
    """Return the advice to mail, or to look again when the last of the holds is over."""
    waits = list(holds)
    if not waits:
        return Advice(mail=step, due_at=now)
    return Advice(due_at=max(at for at, _ in waits), held=waits[0][1])


def _reads_himself(facts: Facts) -> bool:
    return facts.reader is not None and facts.reader.owner_id == facts.owner.owner_id


def _wants_reminders(facts: Facts) -> bool:
    return facts.owner.reminders and (facts.reader is None or facts.reader.reminders)


def _first(*times: int | None) -> int | None:
    return min((at for at in times if at is not None), default=None)

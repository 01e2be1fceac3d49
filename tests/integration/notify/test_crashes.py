"""The process stops at any call of any flow; what is delivered again leads to the same end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from notify.gate import SENDING_LIMIT
from relink.notices import Notice, Topic
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.notify.bench import AT_ANY_HOUR, GATHER, Crash, mails, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.notify.bench import Bench

DAY = 86_400


@dataclass
class Stop:
    """A stop of the process before or after one call, in the flow of an owner of its own."""

    bench: Bench
    number: int
    after: bool
    reached: bool = False

    @property
    def owner(self) -> str:
        """Return the owner."""
        return f"own_{self.number}"

    def during(self, flow: Callable[[], object]) -> bool:
        """Run the flow into the stop, then start a new process; False if it has no such call."""
        self.bench.crashes.at(self.number, after=self.after)
        try:
            flow()
        except Crash:
            self.reached = True
        self.bench.crashes.restart()
        return self.reached


def stops(bench: Bench, *, after: bool, **facts: Any) -> Iterator[Stop]:
    """Yield a stop at each call of a flow, until one is not reached any more."""
    for number in count(1):
        stop = Stop(bench, number, after)
        bench.profile(stop.owner, **AT_ANY_HOUR, **facts)
        bench.clock.advance(3600)  # what was cached is stale: each run makes the same calls
        yield stop
        if not stop.reached:
            return


@pytest.mark.parametrize("after", [False, True])
def test_no_stop_while_telling_loses_a_mail_or_doubles_it(bench: Bench, *, after: bool) -> None:
    """The stream's record comes again: one notice and one mail, wherever the process stopped."""
    for stop in stops(bench, after=after):
        told = bench.redden(bench.add(stop.number, stop.owner))
        stop.during(partial(bench.tell, told))
        bench.tell(told)
        bench.deliver()

        assert [True] == [n.mailed_at is not None for n in bench.notices.of(stop.owner)]
        assert stop.number == len(mails())
    assert stop.number > 4


@pytest.mark.parametrize("after", [False, True])
def test_no_stop_while_clearing_lets_a_mail_out(bench: Bench, *, after: bool) -> None:
    """The record of the end comes again: nothing is mailed, wherever the process stopped."""
    for stop in stops(bench, after=after):
        bench.tell(bench.redden(bench.add(stop.number, stop.owner)))
        ended = bench.mend(f"con_{stop.number}")
        stop.during(partial(bench.tell, ended))
        bench.tell(ended)
        bench.deliver()

        assert [False] == [n.pending for n in bench.notices.of(stop.owner)]
    assert [] == mails()


@pytest.mark.parametrize("after", [False, True])
def test_no_stop_while_mailing_loses_a_mail(bench: Bench, *, after: bool) -> None:
    """The message comes again; a duplicate needs a stop between SES's yes and our record of it."""
    doubled = []
    for stop in stops(bench, after=after):
        for number in (0, 1):
            bench.tell(bench.redden(bench.add(10 * stop.number + number, stop.owner)))
        take()
        bench.clock.advance(GATHER)
        before = len(mails())
        if stop.during(lambda: bench.digests.send(stop.owner, bench.clock.now)):  # noqa: B023
            bench.clock.advance(SENDING_LIMIT)
            bench.digests.send(stop.owner, bench.clock.now)
        sent = len(mails()) - before
        doubled += [stop.number] * (sent - 1)

        assert [True, True] == [n.mailed_at is not None for n in bench.notices.of(stop.owner)]
        assert bench.gates.get(stop.owner) is None
        assert [] == bench.deliver()
        assert sent in {1, 2}
    # One record follows the yes: only a stop between the two mails twice.
    assert 1 == len(doubled)


def test_a_message_that_comes_again_at_once_waits_for_the_others_time(bench: Bench) -> None:
    """A run that died holds its owner for two minutes; its message then finds the way free."""
    bench.tell(bench.redden(bench.add()))
    take()
    bench.crashes.at(3, after=False)
    with pytest.raises(Crash):
        bench.turn()
    bench.crashes.restart()

    assert "being sent" == bench.digests.send("own_1", bench.clock.now + 1).outcome.value
    bench.clock.advance(SENDING_LIMIT)
    assert ["sent"] == bench.deliver()
    assert 1 == len(mails())


def known(bench: Bench, owner: str, **facts: Any) -> None:
    """Store a notice of an incident that began an hour ago and is still to be mailed."""
    made = bench.add(
        int(owner.removeprefix("own_")),
        owner,
        status=Status.RED,
        reason=Reason.CONSENT_EXPIRED,
        red_since=bench.clock.now - 3600,
    )
    values: dict[str, Any] = {
        "owner_id": owner,
        "connection_id": made.connection_id,
        "topic": Topic.RED,
        "moment": made.red_since,
        "created_at": made.red_since,
        "due_at": bench.clock.now,
    }
    bench.notices.add(Notice(**{**values, **facts}))


def to_be_told(bench: Bench, owner: str) -> None:
    """Prepare a first mail and a first push."""
    known(bench, owner)


def to_be_reminded(bench: Bench, owner: str) -> None:
    """Prepare a reminder of an incident that began four days ago."""
    since = bench.clock.now - 4 * DAY
    known(bench, owner, moment=since, mailed=1, mailed_at=since, message_id="ses-0", pushed=3)
    before = bench.now(f"con_{owner.removeprefix('own_')}")
    bench.change(before, replace(before, red_since=since))


def to_be_told_the_end(bench: Bench, owner: str) -> None:
    """Prepare that a bank works again, of which the owner was mailed."""
    known(bench, owner, mailed=1, mailed_at=NOON, message_id="ses-0", cleared_at=bench.clock.now)
    bench.mend(f"con_{owner.removeprefix('own_')}")


def to_be_warned(bench: Bench, owner: str) -> None:
    """Prepare a warning, the day before a consent ends."""
    ends_at = bench.clock.now + DAY // 2
    number = int(owner.removeprefix("own_"))
    made = bench.add(number, owner, consent_expires_at=ends_at)
    told = Notice(
        owner_id=owner,
        connection_id=made.connection_id,
        topic=Topic.EXPIRING,
        moment=ends_at,
        created_at=bench.clock.now - 13 * DAY,
        due_at=bench.clock.now,
    )
    bench.notices.add(told)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (to_be_told, (1, 1, False)),
        (to_be_reminded, (2, 3, False)),
        (to_be_told_the_end, (1, 0, True)),
        (to_be_warned, (2, 0, False)),
    ],
)
def test_a_turn_that_stopped_is_made_good_by_the_sweep(
    bench: Bench,
    prepare: Callable[[Bench, str], None],
    expected: tuple[int, int, bool],
    *,
    after: bool,
) -> None:
    """Without any message: what was not recorded is still due; one stop mails twice at most."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    doubled = []
    for stop in stops(bench, after=after, works_again=True):
        prepare(bench, stop.owner)
        sent = len(mails())
        stop.during(partial(bench.turn, stop.owner))
        bench.lose_messages()
        bench.clock.advance(900)
        bench.sweep()
        doubled += [stop.number] * (len(mails()) - sent - 1)

        [told] = bench.notices.of(stop.owner)
        assert expected == (told.mailed, told.pushed, told.closed_at is not None)
        assert told.due_at is None or told.due_at > bench.clock.now
        assert bench.gates.begin_sending(stop.owner, bench.clock.now)
    assert stop.number > 8
    assert 1 == len(doubled)


@pytest.mark.slow
def test_no_stop_while_sweeping_loses_anything(bench: Bench) -> None:
    """The next sweep does what this one did not: one mail for what is due, one new notice."""
    for stop in stops(bench, after=True):
        known(bench, stop.owner)
        today = datetime.fromtimestamp(bench.clock.now, UTC).date().isoformat()
        ends_at = bench.clock.now + 14 * DAY
        ending = bench.add(
            1000 + stop.number, stop.owner, consent_expires_at=ends_at, notice_day=today
        )
        sent = len(mails())
        stop.during(lambda: bench.sweeping.run(bench.clock.now, lambda: True))
        bench.sweep()

        assert 1 == len(mails()) - sent
        assert [Topic.RED, Topic.EXPIRING] == [n.topic for n in bench.notices.of(stop.owner)]
        assert bench.now(ending.connection_id).notice_day is None
    assert stop.number > 40


@pytest.mark.parametrize("after", [False, True])
def test_no_stop_while_a_mail_comes_back_loses_it(bench: Bench, *, after: bool) -> None:
    """What SES tells is delivered again: the notice is mailed once more, and once only."""
    for stop in stops(bench, after=after):
        known(bench, stop.owner)
        bench.turn(stop.owner)
        [told] = bench.notices.of(stop.owner)
        comes_back = partial(
            bench.mailings.unmail, stop.owner, told.last_message_id, bench.clock.now
        )
        sent = len(mails())
        stop.during(comes_back)
        comes_back()
        bench.clock.advance(SENDING_LIMIT)
        bench.turn(stop.owner)
        comes_back()
        bench.turn(stop.owner)

        assert 1 == len(mails()) - sent
    assert stop.number > 2

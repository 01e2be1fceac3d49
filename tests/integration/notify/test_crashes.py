"""The process stops at any call of any flow; what is delivered again leads to the same end.

After each call: before the next one is the same moment. The sweep's own calls, and all that else
may happen to a call, are tried by `tests/crash`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from notify.gate import SENDING_LIMIT
from relink.notices import Notice, Topic
from relink.reasons import Reason, Status
from tests.integration.notify.bench import AT_ANY_HOUR, GATHER, Crash, mails, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.notify.bench import Bench


@dataclass
class Stop:
    """A stop of the process after one call, in the flow of an owner of its own."""

    bench: Bench
    number: int
    reached: bool = False

    @property
    def owner(self) -> str:
        """Return the owner."""
        return f"own_{self.number}"

    def during(self, flow: Callable[[], object]) -> bool:
        """Run the flow into the stop, then start a new process; False if it has no such call."""
        self.bench.crashes.at(self.number, after=True)
        try:
            flow()
        except Crash:
            self.reached = True
        self.bench.crashes.restart()
        return self.reached


def stops(bench: Bench, **facts: Any) -> Iterator[Stop]:
    """Yield a stop at each call of a flow, until one is not reached any more."""
    for number in count(1):
        stop = Stop(bench, number)
        bench.profile(stop.owner, **AT_ANY_HOUR, **facts)
        bench.clock.advance(3600)  # what was cached is stale: each run makes the same calls
        yield stop
        if not stop.reached:
            return


def test_no_stop_while_telling_loses_a_mail_or_doubles_it(bench: Bench) -> None:
    """The stream's record comes again: one notice and one mail, wherever the process stopped."""
    for stop in stops(bench):
        told = bench.redden(bench.add(stop.number, stop.owner))
        stop.during(partial(bench.tell, told))
        bench.tell(told)
        bench.deliver()

        assert [True] == [n.mailed_at is not None for n in bench.notices.of(stop.owner)]
        assert stop.number == len(mails())
    assert stop.number > 4


def test_no_stop_while_clearing_lets_a_mail_out(bench: Bench) -> None:
    """The record of the end comes again: nothing is mailed, wherever the process stopped."""
    for stop in stops(bench):
        bench.tell(bench.redden(bench.add(stop.number, stop.owner)))
        ended = bench.mend(f"con_{stop.number}")
        stop.during(partial(bench.tell, ended))
        bench.tell(ended)
        bench.deliver()

        assert [False] == [n.pending for n in bench.notices.of(stop.owner)]
    assert [] == mails()


def test_no_stop_while_mailing_loses_a_mail(bench: Bench) -> None:
    """The message comes again; a duplicate needs a stop between SES's yes and our record of it."""
    doubled = []
    for stop in stops(bench):
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


def known(bench: Bench, owner: str) -> None:
    """Store a notice of an incident that began an hour ago and is still to be mailed."""
    made = bench.add(
        int(owner.removeprefix("own_")),
        owner,
        status=Status.RED,
        reason=Reason.CONSENT_EXPIRED,
        red_since=bench.clock.now - 3600,
    )
    bench.notices.add(
        Notice(
            owner_id=owner,
            connection_id=made.connection_id,
            topic=Topic.RED,
            moment=made.red_since or 0,
            created_at=made.red_since or 0,
            due_at=bench.clock.now,
        )
    )


def test_a_turn_that_stopped_is_made_good_by_the_sweep(bench: Bench) -> None:
    """Without any message: what was not recorded is still due; one stop mails twice at most."""
    object.__setattr__(bench.digests, "pusher", bench.pushes)
    doubled = []
    for stop in stops(bench):
        known(bench, stop.owner)
        sent = len(mails())
        stop.during(partial(bench.turn, stop.owner))
        bench.lose_messages()
        bench.clock.advance(900)
        bench.sweep()
        doubled += [stop.number] * (len(mails()) - sent - 1)

        [told] = bench.notices.of(stop.owner)
        assert (1, 1, None) == (told.mailed, told.pushed, told.closed_at)
        assert told.due_at is None or told.due_at > bench.clock.now
        assert bench.gates.begin_sending(stop.owner, bench.clock.now)
    assert stop.number > 8
    assert 1 == len(doubled)


def test_no_stop_while_a_mail_comes_back_loses_it(bench: Bench) -> None:
    """What SES tells is delivered again: the notice is mailed once more, and once only."""
    for stop in stops(bench):
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

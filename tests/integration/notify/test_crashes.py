"""The process stops at any call of any flow; what is delivered again leads to the same end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from relink.owners import SENDING_LIMIT
from tests.integration.notify.bench import GATHER, Crash, mails, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.notify.bench import Bench


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


def stops(bench: Bench, *, after: bool) -> Iterator[Stop]:
    """Yield a stop at each call of a flow, until one is not reached any more."""
    for number in count(1):
        stop = Stop(bench, number, after)
        bench.profile(stop.owner)
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

        assert [True] == [n.mailed_at is not None for n in bench.owners.notices(stop.owner)]
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

        assert [False] == [n.pending for n in bench.owners.notices(stop.owner)]
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

        assert [True, True] == [n.mailed_at is not None for n in bench.owners.notices(stop.owner)]
        assert bench.owners.gate(stop.owner) is None
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
        bench.digests.send("own_1", bench.clock.now)
    bench.crashes.restart()

    assert "being sent" == bench.digests.send("own_1", bench.clock.now + 1)
    bench.clock.advance(SENDING_LIMIT)
    assert ["sent"] == bench.deliver()
    assert 1 == len(mails())

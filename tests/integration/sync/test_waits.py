"""How long an owner waits after the bank's yes when a run of ours does not get through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.connection import Bank, Method
from relink.queues import AttemptMessage, to_body
from relink.reasons import Status
from sync.visits.claiming import LEASE
from sync.visits.visit import Busy
from tests.integration.sync.attempting import (
    ACCEPTED,
    Killed,
    die_in,
    go_on,
    red,
    stored,
    submit,
)
from tests.integration.sync.conftest import DEADLINE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from relink.queues import Message
    from tests.integration.sync.conftest import Bench

CONSENT = Bank("fakebank", "Fake Bank", "ES", "fake", Method.CONSENT)
OWN_PASSWORD = replace(CONSENT, method=Method.DIRECT)
RECORD = {"messageId": "m", "body": to_body(AttemptMessage("att_1"))}


class Watched:
    """A queue that keeps what is sent, and for how long it is held back."""

    def __init__(self, bench: Bench) -> None:
        self.sent: list[tuple[Message, int]] = []
        queue: Any = self
        bench.worker = replace(bench.worker, verifier=replace(bench.worker.verifier, queue=queue))

    def send(self, message: Message, delay: int = 0) -> None:
        """Keep a message."""
        self.sent.append((message, delay))


def stop_first_sync(bench: Bench, after: int = 0) -> None:
    """Let the bank say yes and, so many seconds later, AWS stop the first sync."""
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    def throttled(*_: object) -> None:
        bench.clock.advance(after)
        raise refusal("ThrottlingException")

    working, bench.provider.sync = bench.provider.sync, throttled  # type: ignore[method-assign,assignment]
    assert bench.worker.handle([RECORD], "run", DEADLINE) in ([], ["m"])
    bench.provider.sync = working  # type: ignore[method-assign]
    assert stored(bench).state is State.ACCEPTED


def test_a_first_sync_that_aws_stopped_is_made_by_the_next_message_at_once(bench: Bench) -> None:
    """The run that fails lets go: nobody waits for the end of a lease that nobody holds."""
    red(bench, bank=CONSENT)
    stop_first_sync(bench)

    assert go_on(bench, run="again") is State.DONE
    assert bench.now().status is Status.GREEN


def test_what_a_stopped_first_sync_may_have_stored_is_still_told(bench: Bench) -> None:
    """The host app hears of it from the sync that comes next."""
    red(bench, bank=CONSENT)
    stop_first_sync(bench)

    assert bench.now().untold is True


@pytest.mark.parametrize(("after", "delay"), [(0, 5), (40, 40), (500, 120)])
def test_a_stopped_first_sync_is_made_again_ever_later(
    bench: Bench, after: int, delay: int
) -> None:
    """An outage of AWS's costs the owner no longer than it lasts, and the bank few calls."""
    red(bench, bank=CONSENT)
    queue = Watched(bench)
    stop_first_sync(bench, after=after)

    assert queue.sent == [(AttemptMessage("att_1"), delay)]


def test_a_first_sync_with_his_own_password_is_left_to_its_lease(bench: Bench) -> None:
    """Law 4: the bank may have refused it just before AWS failed, so it is not sent in a row."""
    red(bench, bank=OWN_PASSWORD)
    queue = Watched(bench)
    stop_first_sync(bench)

    assert queue.sent == []
    with pytest.raises(Busy):
        go_on(bench, run="again")


def test_a_run_that_cannot_let_go_leaves_its_lease_to_lapse(bench: Bench) -> None:
    """AWS's trouble goes on: the message comes again all the same."""
    red(bench, bank=CONSENT)
    queue = Watched(bench)
    stumble(bench.client, "update_item", *[refusal("ThrottlingException")] * 9)
    stop_first_sync(bench)

    assert queue.sent == [(AttemptMessage("att_1"), 5)]
    with pytest.raises(Busy):
        go_on(bench, run="again")


def test_a_run_that_died_holds_its_lease(bench: Bench) -> None:
    """Whoever is heard of no more may still be at the bank: only time tells."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        go_on(bench)
    with pytest.raises(Busy):
        go_on(bench, run="again")
    bench.clock.advance(LEASE)

    assert go_on(bench, run="again") is State.DONE


def test_a_message_that_meets_another_run_comes_again_within_seconds(bench: Bench) -> None:
    """A sync takes a second or two: the owner who met one does not wait for much longer."""
    red(bench, lease="another run", lease_until=bench.clock() + 60)
    submit(bench)
    queue = Watched(bench)

    assert bench.worker.handle([RECORD], "run", DEADLINE) == []
    assert queue.sent == [(AttemptMessage("att_1"), 5)]

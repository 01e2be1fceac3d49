"""The messages that drive an attempt: polled late, doubled, pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.attempt import State
from relink.provider import WaitForApp
from sync.visits.visit import Busy
from tests.integration.sync.attempting import ACCEPTED, go_on, red, submit
from tests.integration.sync.in_between import while_the_bank_thinks

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_a_bank_that_asks_for_long_patience_is_polled_as_late_as_the_queue_can(
    bench: Bench,
) -> None:
    """SQS waits fifteen minutes at most; a longer wish does not break the attempt."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(WaitForApp("Open your app", 3600, b"dialog"))

    assert go_on(bench) is State.WAITING
    assert bench.queued(bench.attempt_queue_url) == 1


def test_a_second_message_does_not_double_the_questions_to_the_bank(bench: Bench) -> None:
    """A message handed over twice is one chain of looks, not two."""
    red(bench)
    submit(bench)
    wait = WaitForApp("Open your app", 30, b"dialog")
    bench.provider.logins += [wait, wait, ACCEPTED]
    go_on(bench)

    assert [go_on(bench) for _ in range(3)] == [State.WAITING] * 3
    assert (len(bench.provider.seen), bench.queued(bench.attempt_queue_url)) == (1, 1)
    bench.clock.advance(30)
    assert go_on(bench) is State.WAITING
    assert len(bench.provider.seen) == 2


def test_a_pending_message_of_a_live_attempt_comes_again(bench: Bench) -> None:
    """While another run verifies, the message waits its turn."""
    red(bench)
    submit(bench)
    seen: list[object] = []

    def deed() -> None:
        with pytest.raises(Busy):
            go_on(bench, run="second")
        seen.append(None)

    while_the_bank_thinks(bench, deed, ACCEPTED)

    assert go_on(bench) is State.DONE
    assert len(seen) == 1

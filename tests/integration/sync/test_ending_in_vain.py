"""An end that does not come about is seen: by the dead letters, or by operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.clock import DAY
from relink.failures import Temporary
from relink.reasons import Reason, Scope
from sync.attempts.verifying import Stopped
from tests.integration.sync.attempting import ACCEPTED, go_on, red, submit
from tests.integration.sync.giving_up import DOWN, OLD, credentials, end, give_up, waiting
from tests.stumbling import refusal, stumble, transaction_conflict

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_an_end_that_always_meets_others_reaches_the_dead_letters(bench: Bench, log: Any) -> None:
    """A message sent anew for ever would hide that an access lives on."""
    give_up(bench)
    overtaken = transaction_conflict("ConditionalCheckFailed")
    stumble(bench.client, "transact_write_items", *[overtaken] * 9)

    assert (["m"], 0) == (end(bench), waiting(bench))
    assert "attempt not handled" in log.getvalue()
    assert "" == bench.now().lease


def test_an_end_that_meets_another_once_goes_on(bench: Bench) -> None:
    """It reads again and decides anew."""
    give_up(bench)
    stumble(bench.client, "transact_write_items", transaction_conflict("ConditionalCheckFailed"))

    assert ([], []) == (end(bench), credentials(bench))


def test_a_replaced_access_that_stays_is_told_to_operators(bench: Bench, log: Any) -> None:
    """They can end it by hand, as one that was given up."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)
    bench.provider.ends += [DOWN, Temporary(Reason.PROVIDER_UNAVAILABLE, scope=Scope.PROVIDER)]
    end(bench)
    bench.clock.advance(DAY)
    end(bench, "next")

    assert not bench.now().retired
    assert "operator needed" in log.getvalue()


def test_an_end_that_nobody_would_ask_for_again_is_not_left_out(bench: Bench) -> None:
    """Where the schedule does not call, no later success asks for it: the attempt comes again."""
    replaced(bench, auto_sync=False)
    with pytest.raises(Stopped):
        go_on(bench)
    assert (True, 0) == (bench.now().retired, waiting(bench))

    assert (State.DONE, 1) == (go_on(bench, run="next"), waiting(bench))
    end(bench)
    assert ([OLD], ["con_1"]) == (bench.provider.ended, credentials(bench))


def test_an_end_that_waits_for_the_schedule_keeps_no_owner_waiting(bench: Bench) -> None:
    """His attempt is done; the next success asks for the end."""
    replaced(bench)
    assert (State.DONE, 0) == (go_on(bench), waiting(bench))
    bench.clock.advance(6 * 3600)
    bench.sync(9)

    assert 1 == waiting(bench)


def replaced(bench: Bench, **facts: Any) -> None:
    """Have the bank accept another access, and the queue throttled after its first sync."""
    bench.provider.separate = True
    red(bench, **facts)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    sqs: Any = bench.worker.verifier.queue._client
    stumble(sqs, "send_message", refusal("ThrottlingException"))

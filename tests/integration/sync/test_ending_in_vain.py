"""An end that does not come about is seen: by the dead letters, or by operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.connection import DAY
from relink.failures import Temporary
from relink.reasons import Reason, Scope
from tests.integration.sync.test_attempts import ACCEPTED, go_on, red, submit
from tests.integration.sync.test_ending import DOWN, credentials, end, give_up, waiting
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_an_end_that_always_meets_others_reaches_the_dead_letters(bench: Bench, log: Any) -> None:
    """A message sent anew for ever would hide that an access lives on."""
    give_up(bench)
    stumble(bench.client, "transact_write_items", *[refusal("ConditionalCheckFailedException")] * 9)

    assert (["m"], 0) == (end(bench), waiting(bench))
    assert "attempt not handled" in log.getvalue()
    assert "" == bench.now().lease


def test_an_end_that_meets_another_once_goes_on(bench: Bench) -> None:
    """It reads again and decides anew."""
    give_up(bench)
    stumble(bench.client, "transact_write_items", refusal("ConditionalCheckFailedException"))

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

"""The sync that follows the bank's yes is made once, and found out about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relink.attempt import State
from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason, Status
from tests.fakes import NOON
from tests.integration.sync.attempting import ACCEPTED, go_on, red, stored, submit
from tests.integration.sync.in_between import while_the_bank_thinks
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_a_red_first_sync_is_not_made_again_by_redelivery(bench: Bench) -> None:
    """Law 4: the bank that refused the new credentials is not asked again without the owner."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CREDENTIALS_REJECTED))
    stumble(
        bench.client,
        "transact_write_items",
        None,
        None,
        None,
        refusal("InternalServerError"),
    )
    with pytest.raises(Exception, match="InternalServerError"):
        go_on(bench)
    bench.clock.advance(200)

    assert go_on(bench, run="again") is State.DONE
    assert len(bench.provider.calls) == 1
    assert (stored(bench).reason, bench.now().status) == ("credentials_rejected", Status.RED)


def test_a_settled_first_sync_is_not_made_again_by_redelivery(bench: Bench) -> None:
    """One call is enough: what it met is in the connection."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    stumble(
        bench.client,
        "transact_write_items",
        None,
        None,
        refusal("InternalServerError"),
    )
    with pytest.raises(Exception, match="InternalServerError"):
        go_on(bench)

    assert go_on(bench, run="again") is State.DONE
    assert len(bench.provider.calls) == 1
    assert stored(bench).reason == "bank_unavailable"


def test_a_first_sync_that_time_does_not_allow_is_made_by_the_next_run(bench: Bench) -> None:
    """A bank that took its time to say yes is not called without any time left."""
    red(bench)
    submit(bench)
    while_the_bank_thinks(bench, lambda: bench.clock.advance(110), ACCEPTED)
    verifier = bench.worker.verifier

    assert verifier.go_on("att_1", "run", NOON + 110) is State.ACCEPTED
    assert (bench.provider.calls, bench.queued(bench.attempt_queue_url)) == ([], 1)
    assert go_on(bench, run="next") is State.DONE

"""A webhook survives a stop at any call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.queues import SyncMessage
from relink.reasons import Reason, Status
from relink.schedule import SLOTS, minute_of
from tests.integration.sync.hooks import MENDED, hook, red, send, syncs
from tests.stumbling import refusal

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

CALLS = 5
"""Found by index, read, remembered, written, queued."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(CALLS))
def test_a_webhook_survives_a_stop_at_any_call(bench: Bench, when: str, number: int) -> None:
    """Whether AWS carried the call out or not: delivered again, it ends the same way."""
    red(bench)
    bench.provider.news.append(MENDED)
    calls = stops(bench, when, number)

    assert ["w1"] == send(bench, hook())
    assert [] == send(bench, hook())
    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING) == (bench.now().status, bench.now().reason)
    cycle = minute_of(bench.clock.now) // SLOTS
    assert {SyncMessage("con_1", cycle)} == set(syncs(bench))
    assert len(calls) > CALLS


def test_no_call_is_left_out_of_that(bench: Bench) -> None:
    """As many as a webhook makes."""
    red(bench)
    bench.provider.news.append(MENDED)
    calls = stops(bench, "before", CALLS)

    assert [] == send(bench, hook())
    assert CALLS == len(calls)


def stops(bench: Bench, when: str, number: int) -> list[str]:
    """Let AWS fail once, before or after the call of that number; return the calls as they come."""
    made: list[str] = []

    def see(model: Any, **_: Any) -> None:
        made.append(model.name)
        if len(made) == number + 1:
            raise refusal("Down")

    for client in (bench.client, bench.worker.webhooks.syncs._client):
        client.meta.events.register(f"{when}-call.*.*", see)
    return made

"""A historical sync that takes several runs, or one that died."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.items import encode
from relink.reasons import Status
from sync.visits.claiming import LEASE
from tests.fakes import NOON
from tests.integration.sync.attempting import Killed, die_in
from tests.integration.sync.histories import (
    DIRECT,
    ask,
    look,
    movement,
    page,
    play,
    stored_movements,
    well,
)

if TYPE_CHECKING:
    from relink.provider import SyncResult
    from tests.integration.sync.conftest import Bench


def test_a_history_too_long_for_one_run_goes_on_in_the_next(bench: Bench) -> None:
    """From the page where it stopped; no scheduled sync comes in between."""
    well(bench)
    play(
        bench,
        page(movement(400, "old"), cursor="h1", more=True),
        page(movement(300, "older"), cursor="h2", more=True),
        page(movement(1, "new")),
    )
    real = bench.provider.sync

    def slow(*arguments: Any) -> SyncResult:
        bench.clock.advance(60)
        return real(*arguments)

    bench.provider.sync = slow  # type: ignore[assignment,method-assign]

    assert State.ACCEPTED is ask(bench, deadline=NOON + 60)
    assert 1 == bench.queued(bench.attempt_queue_url)
    assert (bench.now().lease, bench.now().live_until > bench.clock()) == ("", True)
    bench.provider.sync = real  # type: ignore[method-assign]
    assert State.DONE is look(bench, "next")
    assert ["", "h1", "h2"] == [c.cursor for c in bench.provider.calls]
    assert ["new", "old", "older"] == stored_movements(bench)


def test_a_run_that_died_is_made_good_by_the_next(bench: Bench) -> None:
    """To read again what was read makes nothing twice."""
    well(bench)
    play(bench, page(movement(400, "old")))
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.clock.advance(LEASE)

    assert State.DONE is look(bench, "next")
    assert ["new", "old"] == stored_movements(bench)


def test_a_run_that_died_with_a_password_is_not_made_again(bench: Bench) -> None:
    """Laws 4 and 12: it may be the password that it died of."""
    well(bench, bank=DIRECT)
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.clock.advance(LEASE)

    assert State.INTERRUPTED is look(bench, "next")
    assert [] == bench.provider.calls
    assert (Status.GREEN, 1) == (bench.now().status, bench.now().runs)


def test_a_disconnect_in_between_ends_it(bench: Bench) -> None:
    """Whatever has been fetched by then goes with the rest."""
    well(bench)
    play(bench, page(movement(400, "old")))
    die_in(bench, "sync")
    with pytest.raises(Killed):
        ask(bench)
    bench.client.update_item(
        TableName=bench.connections.table,
        Key=encode({"connection_id": "con_1"}),
        UpdateExpression="SET disconnected_at = :now",
        ExpressionAttributeValues=encode({":now": NOON}),
    )
    bench.clock.advance(LEASE)

    assert State.INTERRUPTED is look(bench, "next")
    assert [] == bench.provider.calls

"""A connection that its owner pauses or lets sync again: called only if it may be at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconnect.api.pausing import automatic
from relink.reasons import Status
from tests.fakes import NOON, connection


def test_a_paused_connection_has_no_slot_and_keeps_its_colour() -> None:
    """The schedule does not find it; what is known of it stays."""
    made = connection(status=Status.GREEN, reason=None, slot=connection().home_slot)
    paused = automatic(made, wanted=False)

    assert (False, None, Status.GREEN) == (paused.auto_sync, paused.slot, paused.status)
    assert made == automatic(paused, wanted=True)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.RED, "red_since": NOON},
        {"credentials_version": 0},
        {"disconnected_at": NOON, "credentials_version": 2},
    ],
)
def test_what_may_not_be_called_gets_no_slot(facts: dict[str, object]) -> None:
    """The wish is kept for when it may (law 4)."""
    paused = replace(connection(**facts), auto_sync=False)
    resumed = automatic(paused, wanted=True)

    assert (True, None) == (resumed.auto_sync, resumed.slot)

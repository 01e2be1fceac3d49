"""The cycle: even, complete, and bounded after an outage."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from relink.schedule import (
    MINUTE,
    SLOTS,
    Due,
    come_again,
    due_since,
    minute_of,
    next_run,
    slot_of,
)

moments = st.integers(10**9, 4 * 10**9)


@given(moments, st.integers(0, 5000))
def test_what_was_missed_is_caught_up_once_a_slot(now: int, minutes: int) -> None:
    """After an outage of any length each slot comes once, not once a missed cycle."""
    watermark = minute_of(now) - minutes
    due = list(due_since(watermark, now))

    assert min(minutes, SLOTS) == len(due)
    assert len(due) == len({d.slot for d in due})


@given(moments)
def test_a_first_run_begins_with_the_present_minute(now: int) -> None:
    """Without a watermark there is nothing to catch up."""
    assert [Due(minute_of(now))] == list(due_since(None, now))


@given(moments, st.integers(0, SLOTS - 1))
def test_the_next_run_is_the_slots_next_turn(now: int, slot: int) -> None:
    """It lies ahead, within a cycle, in the slot's minute."""
    moment = next_run(slot, now)

    assert now < moment <= now + SLOTS * MINUTE
    assert slot == minute_of(moment) % SLOTS


@given(moments, st.integers(0, SLOTS - 1))
def test_a_turn_is_over_from_the_minute_of_the_next_one(now: int, slot: int) -> None:
    """Until then, however late its message comes, it has no successor."""
    turn = next_run(slot, now)
    cycle, successor = Due(minute_of(turn)).cycle, next_run(slot, turn)

    assert slot > come_again(cycle, turn)
    assert slot > come_again(cycle, successor - 1)
    assert slot <= come_again(cycle, successor)


def test_workspaces_spread_evenly() -> None:
    """No slot has much more than its share of ten thousand workspaces."""
    loads = Counter(slot_of(f"ws_{n}") for n in range(10_000))

    assert SLOTS == len(loads)
    assert max(loads.values()) < 3 * 10_000 / SLOTS


def test_a_minute_is_a_slot_of_a_cycle() -> None:
    """The two numbers name the minute again."""
    due = Due(1234 * SLOTS + 56)

    assert (56, 1234) == (due.slot, due.cycle)


def test_a_very_large_workspace_is_nobodys_minute() -> None:
    """What it connects beyond the first few hundred is spread over the whole cycle."""
    loads = Counter(slot_of("ws_1", f"con_{n}") for n in range(100_000))

    assert len(loads) == SLOTS
    assert max(loads.values()) < 2 * 100_000 / SLOTS
    assert slot_of("ws_1", "con_1") == slot_of("ws_1", "con_1")

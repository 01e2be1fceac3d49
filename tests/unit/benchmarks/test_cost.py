"""The bill is made of what was counted, and the page shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.cost.__main__ import PAGE
from benchmarks.cost.load import DAYS, Habits, month
from benchmarks.cost.page import (
    BAR,
    MILLION,
    PROVISIONED,
    RESERVED,
    SIZES,
    a_thousand,
    pays_from,
    road,
    section,
    within,
)
from benchmarks.cost.parts import bill, events, held_back, ledger
from benchmarks.cost.prices import LIST
from benchmarks.cost.quotas import quotas, raised_at
from benchmarks.cost.tables import (
    SECONDS,
    WRITES,
    even,
    of_owners,
    on_demand,
    provisioned,
    provisioned_units,
)
from infra.sam.template import TEMPLATE


def test_the_page_is_what_the_script_writes() -> None:
    """A changed count, price or quota asks for `make cost`."""
    page = PAGE.read_text(encoding="utf-8")

    assert within(page, section()) == page


def test_a_million_connections_hold_the_bar_with_nothing_reserved() -> None:
    """What a thousand of them cost a month; by the request it is more, reserved less."""
    assert a_thousand(MILLION, PROVISIONED) <= BAR
    assert a_thousand(MILLION, RESERVED) < a_thousand(MILLION, PROVISIONED) < a_thousand()


def test_units_are_reserved_by_the_hundred() -> None:
    """An installation that needs fewer saves nothing by it."""
    assert a_thousand(500_000, PROVISIONED) == a_thousand(500_000, RESERVED)


def test_each_lever_saves_the_largest_first() -> None:
    """All of them together leave something."""
    saved = [dollars / 1000 for _, dollars in road()]

    assert sorted(saved, reverse=True) == saved
    assert 0 < saved[-1]
    assert 0 < a_thousand() - sum(saved)


def test_provisioning_pays_from_the_size_that_the_page_names() -> None:
    """Below it the alarms of the scaling, and the units that each index keeps, cost more."""
    size = pays_from()

    assert a_thousand(size, PROVISIONED) < a_thousand(size)
    assert a_thousand(int(size * 0.98), PROVISIONED) > a_thousand(int(size * 0.98))


def test_what_a_deployer_asks_for_leaves_room() -> None:
    """The fullest neighbouring minutes stay below nine tenths, so that the scaling has no work."""
    at = month(MILLION, PROVISIONED)
    asked = provisioned_units(at)[WRITES]
    usual = (even(at) + of_owners(at))[WRITES] / SECONDS

    assert MILLION / at.habits.connections_a_unit == pytest.approx(asked, rel=0.01)
    assert 0.8 < usual / asked < 0.85
    assert usual / asked * (1 + at.habits.crowd / MILLION**0.5) < 0.9


def test_a_deployer_asks_for_one_unit_for_so_many_connections() -> None:
    """As the parameter and the README say."""
    told = f"one for each {Habits().connections_a_unit:,}".replace(",", " ")
    places = (TEMPLATE, TEMPLATE.parent / "README.md")

    assert [True, True] == [told in place.read_text(encoding="utf-8") for place in places]


def test_every_place_that_is_scaled_is_one_that_is_counted() -> None:
    """A misspelt one would be had for its least units, whatever its load."""
    at = month(MILLION)
    scaled = {place.place for place in at.declared.scaled}

    assert (even(at) + of_owners(at)).keys() <= scaled


def test_what_owners_do_is_paid_for_at_its_peak() -> None:
    """Units follow a busy hour up at once, and down again late."""
    at = month(MILLION)
    calm = replace(at, habits=replace(at.habits, peak=1.0))
    reads = "connections read"

    assert provisioned_units(at)[reads] == 2 * provisioned_units(calm)[reads]


def test_hardly_a_turn_is_held_back() -> None:
    """The minute more of the cycle is more than messages jitter."""
    at = month(MILLION)

    assert at.times("held_back") < at.syncs / 100


def test_a_thousand_connections_cost_less_the_more_there_are() -> None:
    """Nothing grows with the size of a table: only fixed costs are shared by more."""
    costs = [a_thousand(size) for size in SIZES]

    assert sorted(costs, reverse=True) == costs
    assert costs[-1] == pytest.approx(costs[-2], rel=0.1)


def test_a_write_unit_more_a_sync_shows() -> None:
    """The count of a sync's units is what the largest line is made of."""
    at = month(MILLION)
    sync = {**at.counted["unchanged_sync"], "of": {"connections": {"write": 3.0}}}
    sync["write_units"] += 1
    sync["of"]["credentials"] = at.counted["unchanged_sync"]["of"]["credentials"]
    dearer = replace(at, counted={**at.counted, "unchanged_sync": sync})

    extra = sum(p.dollars for p in bill(dearer)) - sum(p.dollars for p in bill(at))

    assert at.syncs * LIST.write_unit == pytest.approx(extra)


def test_four_syncs_a_day_are_paid_for() -> None:
    """As many as the simulated connections made, red ones and outages taken off."""
    a_day = month(MILLION).syncs / MILLION / DAYS

    assert 3.5 < a_day <= 4


def test_the_free_tier_takes_off_no_more_than_there_is() -> None:
    """At any size, on any line."""
    for size in SIZES:
        for part in bill(month(size)):
            assert 0 <= part.free <= part.dollars + 1e-9, (size, part)


def test_what_is_held_back_is_part_of_the_bill() -> None:
    """It can be saved only once."""
    at = month(MILLION)
    without = replace(at, rates={**at.rates, "held_back": 0.0})

    saved = sum(p.dollars for p in bill(at)) - sum(p.dollars for p in bill(without))

    assert held_back(at) == pytest.approx(saved, rel=0.02, abs=1)


def test_provisioned_units_are_cheaper_for_an_even_load() -> None:
    """Which the slots make even; used as well as they are they cost less than half."""
    at = month(MILLION)

    assert provisioned(at) < on_demand(at) / 2


def test_the_ledger_grows_apart() -> None:
    """Writing what is new, keeping it and telling of it are no part of the bill of syncing."""
    at = month(MILLION)
    written, kept = ledger(at)

    assert written > 0
    assert kept > 0
    assert at.habits.changed_syncs * LIST.event == pytest.approx(events(at) / MILLION, rel=0.05)


def test_slower_banks_cost_the_workers_time() -> None:
    """It waits for the slowest of its batch."""
    slow = sum(p.dollars for p in bill(month(MILLION, Habits(bank_seconds=3))))

    assert slow > sum(p.dollars for p in bill(month(MILLION)))


def test_a_quota_is_reached_where_it_is_said_to_be() -> None:
    """Just below that size it suffices, at it no longer."""
    for quota in quotas():
        at = raised_at(quota)
        if at is not None:
            assert quota.used(month(int(at * 0.98))) <= quota.limit < quota.used(month(at))

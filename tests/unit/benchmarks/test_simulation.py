"""Half a year in small: the laws hold, and what is written down of the whole is what it was."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulation import pages
from benchmarks.simulation.__main__ import FIGURES, IMAGES, PAGE
from benchmarks.simulation.assumptions import Assumptions
from benchmarks.simulation.figures import figures
from benchmarks.simulation.rhythm import Unsteady, Verdicts
from benchmarks.simulation.simulation import simulate
from benchmarks.simulation.troubles import Trouble, vocabulary
from relink.clock import DAY
from relink.reasons import Status
from sync.visits.claiming import obstacle
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.simulation.stage import Stage

SMALL = Assumptions(connections=250, days=24, banks=12, our_outages=((6.3, 5.5), (12.5, 31.0)))
STORED: dict[str, Any] = json.loads(FIGURES.read_text())


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Return a world after three and a half weeks."""
    logging.disable(logging.CRITICAL)
    yield simulate(SMALL)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def found(stage: Stage) -> dict[str, Any]:
    """Return its figures."""
    return figures(stage)


def test_no_law_is_broken(found: dict[str, Any]) -> None:
    """Each is held against what happened, apart from the code that decides."""
    assert {} == found["violations"]
    assert 0 == found["reds"]["painted_by_outages"]


def test_enough_happens_for_that_to_mean_something(found: dict[str, Any], stage: Stage) -> None:
    """Outages, reds, mails, reconnects and refusals have all been there."""
    assert found["outages"]["seen"] > 0
    assert found["reds"]["over"] > 0
    assert found["mails"]["sent"]["red"] > 0
    assert stage.tally.attempts["accepted"] > 0
    assert found["syncs"]["refused"].keys() >= {"budget", "bank_down", "done"}


def test_a_connection_is_called_four_times_a_day_and_never_more(found: dict[str, Any]) -> None:
    """What is well syncs each six hours, but for the hours in which we were down ourselves."""
    calls = found["syncs"]["calls_a_day"]

    assert calls["max"] <= 4
    assert calls["p50"] > 3.5


def test_nobody_is_mailed_more_than_thrice_a_day(found: dict[str, Any]) -> None:
    """Whatever turns red together; a calendar day may hold the ends of two."""
    assert found["mails"]["most_on_a_day"] <= 4


def test_the_same_seed_gives_the_same_half_year() -> None:
    """Nothing depends on the machine, the hour, or the order of a set."""
    told = replace(SMALL, connections=40, days=8)

    assert figures(simulate(told)) == figures(simulate(told))


@given(
    st.lists(st.integers(60, 3 * DAY), min_size=4, max_size=4).map(sorted),
    st.integers(0, 400 * DAY),
)
@settings(max_examples=100, deadline=None)
def test_a_verdict_depends_on_how_long_ago_the_fourth_call_was(
    distances: list[int], later: int
) -> None:
    """Not on the day, nor on the calls between: else a remembered verdict would be none."""
    now = NOON + later
    calls = tuple(now - d for d in distances)
    asked = connection(status=Status.GREEN, reason=None, calls=calls)
    level = replace(asked, calls=(now - distances[3],) * 4)
    elsewhere = replace(asked, calls=tuple(t - later for t in calls))

    assert obstacle(level, 10**6, now) == obstacle(asked, 10**6, now)
    assert obstacle(elsewhere, 10**6, NOON) == obstacle(asked, 10**6, now)


def test_a_shortcut_that_is_no_longer_true_ends_the_simulation() -> None:
    """What is not steady is not taken for it."""
    paused = connection(status=Status.GREEN, reason=None, auto_sync=False)
    with pytest.raises(Unsteady):
        Verdicts().ask(0, paused, 1, NOON)

    troubled = connection(status=Status.GREEN, reason=None, troubles={"acc": "unknown"})
    with pytest.raises(Unsteady):
        Verdicts().ask(0, troubled, 1, NOON)


def test_each_trouble_has_its_words_at_each_provider() -> None:
    """They are the list's: red there means red for us, and what waits there waits."""
    for (provider, trouble), words in vocabulary().items():
        red = {word.verdict.reason.status is Status.RED for word in words}
        assert (provider, trouble, {trouble.owners}) == (provider, trouble, red)
    assert {True, False} == {trouble.owners for trouble in Trouble}


def test_the_page_shows_the_stored_figures() -> None:
    """The tables and charts in the docs are made from the figures beside the code."""
    page = PAGE.read_text(encoding="utf-8")

    assert pages.within(page, pages.section(STORED)) == page
    for name, chart in pages.charts(STORED).items():
        assert (IMAGES / name).read_text(encoding="utf-8") == chart
        assert f"images/{name}" in page


def test_the_whole_was_simulated_as_it_is_assumed_today() -> None:
    """A changed assumption asks for a new run."""
    told = Assumptions()
    assert {**STORED["assumptions"]} == json.loads(json.dumps(vars_of(told)))
    assert {} == STORED["violations"]


def vars_of(told: Assumptions) -> dict[str, Any]:
    """Return the assumptions as they are stored."""
    return {name: getattr(told, name) for name in told.__dataclass_fields__}

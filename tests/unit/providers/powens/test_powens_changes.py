"""Where a sync goes on, page after page, and what has changed since the last one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from relink.failures import Temporary
from relink.providers.powens import changes
from relink.reasons import Reason
from tests.unit.providers.playing import answer
from tests.unit.providers.powens.fakes import (
    DAY,
    NOW,
    SEEN,
    TRANSACTIONS,
    Bench,
    cursor,
    error,
    movement,
    page,
)

if TYPE_CHECKING:
    from relink.providers.transport import Answer


def test_the_first_sync_asks_for_everything(powens: Bench) -> None:
    """The cursor is the time of Powens' last change; what it leads to is incremental."""
    result = powens.sync()
    assert {"limit": "1000"} == powens.asked()
    assert (cursor(), False, False) == (
        result.next_cursor,
        result.has_more,
        result.incremental,
    )


def test_the_next_sync_asks_for_what_has_changed(powens: Bench) -> None:
    """A little is read twice; what was withdrawn is told, too."""
    powens.wire.play(TRANSACTIONS, page())
    result = powens.sync(cursor())
    expected = {"limit": "1000", "last_update": "2026-11-22 06:02:40", "all": ""}
    assert expected == powens.asked()
    assert result.incremental
    assert cursor() == result.next_cursor


def test_changed_and_withdrawn_movements_are_told_apart(powens: Bench) -> None:
    """One that Powens had seen before is another now; a withdrawn one is gone."""
    later = "2026-11-22 09:00:00"
    powens.wire.play(
        TRANSACTIONS,
        page(
            movement(1, last_update=later, date_scraped=later),
            movement(2, last_update=later),
            movement(3, last_update=later, deleted=later),
            movement(4, last_update=later, value=None),
        ),
    )
    result = powens.sync(cursor())
    assert ["1"] == [m.transaction_id for m in result.added]
    assert ["2"] == [m.transaction_id for m in result.modified]
    assert (("5001", "3"),) == result.removed


def test_another_connections_cursor_is_none(powens: Bench) -> None:
    """A new connection begins where the last good sync was; later days only."""
    other = json.dumps(["300", SEEN, SEEN, ""])
    powens.wire.play(
        TRANSACTIONS, page(movement(1), movement(2, date="2026-11-01"), movement(3, coming=True))
    )
    result = powens.sync(other, since=NOW - 5 * DAY)
    expected = {"limit": "1000", "filter": "date", "min_date": "2026-11-17"}
    assert expected == powens.asked()
    assert ["1", "3"] == [m.transaction_id for m in result.added]
    assert not result.incremental


def test_pages_are_followed_where_our_token_may_go(powens: Bench) -> None:
    """The link is used as it is, at our own domain."""
    second = "/users/me/transactions?limit=1000&cursor=opaque%3D"
    powens.wire.play(TRANSACTIONS, page(movement(1), following=second), page(movement(2)))
    result = powens.sync()
    assert ["1", "2"] == [m.transaction_id for m in result.added]
    assert {"limit": "1000", "cursor": "opaque="} == powens.asked()


@pytest.mark.parametrize("link", ["/other", "/users/../admin", ""])
def test_a_link_elsewhere_is_a_bad_answer(powens: Bench, link: str) -> None:
    """It would be no list of movements."""
    powens.wire.play(TRANSACTIONS, page(movement(1), following=link or "x"))
    with pytest.raises(Temporary) as raised:
        powens.sync()
    assert Reason.BAD_ANSWER is raised.value.reason


def test_pages_without_end_end(powens: Bench) -> None:
    """A page that leads to itself is a bad answer."""
    powens.wire.play(TRANSACTIONS, page(movement(1), following="/users/me/transactions?limit=1000"))
    with pytest.raises(Temporary):
        powens.sync()


def test_a_call_reads_so_many_pages_and_no_more(powens: Bench) -> None:
    """The next call goes on from there; the cursor moves on only at the end."""
    links = [f"/users/me/transactions?p={n}" for n in range(changes.PAGES)]
    pages = [page(movement(n), following=link) for n, link in enumerate(links)]
    powens.wire.play(TRANSACTIONS, *pages, page(movement(99)))
    result = powens.sync()
    assert (changes.PAGES, True, True) == (
        len(result.added),
        result.has_more,
        result.incremental,
    )
    rest = powens.sync(result.next_cursor)
    assert {"p": str(changes.PAGES - 1)} == powens.asked()
    assert (["99"], False) == ([m.transaction_id for m in rest.added], rest.has_more)


def test_a_call_that_has_no_time_left_begins_no_page(powens: Bench) -> None:
    """What it has is kept."""
    powens.wire.play(TRANSACTIONS, page(movement(1), following="/users/me/transactions?p=1"))
    result = powens.sync(seconds=5)
    assert (1, True) == (len(result.added), result.has_more)


@pytest.mark.parametrize("refusal", [error("invalidValue"), error("gone", 404), answer({}, 410)])
def test_a_page_that_is_lost_means_to_begin_again(powens: Bench, refusal: Answer) -> None:
    """Links are Powens' to forget; nothing is told twice by that."""
    powens.wire.play(TRANSACTIONS, refusal, page(movement(1)))
    result = powens.sync(cursor(following="/users/me/transactions?p=1"))
    assert ["1"] == [m.transaction_id for m in (*result.added, *result.modified)]
    assert "last_update" in powens.asked()

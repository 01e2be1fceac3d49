"""The transactions cursor: complete, bounded, and begun again when the data change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.failures import ProviderError, Temporary
from relink.providers.plaid import changes
from relink.providers.plaid.codes import MUTATION
from relink.reasons import Reason
from tests.unit.providers.plaid.fakes import ACCESS, NOW, error, recorded
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.providers.transport import Answer
    from tests.unit.providers.plaid.fakes import Bench

CHECKING = "aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2y"
DAY = 86_400


def page(cursor: str, *, more: bool = False, **facts: Any) -> Answer:
    """Return a page that ends at a cursor, without changes unless they are given."""
    empty: dict[str, Any] = {"added": [], "modified": [], "removed": []}
    return answer(
        recorded("changes", **{**empty, "next_cursor": cursor, "has_more": more, **facts})
    )


def movement(name: str, **facts: Any) -> dict[str, Any]:
    """Return a transaction of the checking account."""
    return {**recorded("changes")["added"][0], "transaction_id": name, **facts}


def gone(name: str) -> dict[str, str]:
    """Return the removal of a transaction."""
    return {"transaction_id": name, "account_id": CHECKING}


def cursors(plaid: Bench) -> list[str | None]:
    """Return the cursors that Plaid was asked with."""
    return [s.content.get("cursor") for s in plaid.wire.sent if s.url.endswith("/sync")]


def test_a_cursor_is_sent_and_moves(plaid: Bench) -> None:
    """The second sync goes on where the first ended."""
    plaid.wire.play("/transactions/sync", page("c1"), page("c2"))
    first = plaid.sync()
    second = plaid.sync(first.next_cursor)
    assert cursors(plaid) == [None, "c1"]
    assert (first.incremental, second.incremental) == (False, True)
    assert first.next_cursor != second.next_cursor


def test_the_cursor_of_another_item_is_not_used(plaid: Bench) -> None:
    """A new item knows nothing of it: it tells its history from the beginning."""
    kept = changes.Cursor("c1", "c1").kept(replace(ACCESS, item_id="another"))
    plaid.wire.play("/transactions/sync", page("c2"))
    result = plaid.sync(kept)
    assert cursors(plaid) == [None]
    assert not result.incremental


def test_a_new_item_does_not_repeat_what_is_known(plaid: Bench) -> None:
    """Its movements have other ids: those before the last success would be there twice."""
    added = [
        movement("old", date="2026-11-19"),
        movement("same", date="2026-11-20"),
        movement("new", date="2026-11-21"),
        movement("held", date="2026-11-18", pending=True),
    ]
    plaid.wire.play("/transactions/sync", page("c1", added=added))
    since = NOW - 2 * DAY
    assert [m.transaction_id for m in plaid.sync(since=since).added] == ["same", "new", "held"]
    kept = changes.Cursor("c0", "c0").kept(ACCESS)
    assert len(plaid.sync(kept, since=since).added) == 4


def test_no_later_part_of_a_new_item_repeats_what_is_known(
    plaid: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop that began at the beginning is still the same one."""
    monkeypatch.setattr(changes, "PAGES", 1)
    plaid.wire.play(
        "/transactions/sync",
        page("c1", more=True, added=[movement("old", date="2026-11-19")]),
        page("c2", added=[movement("older", date="2026-11-18"), movement("new")]),
    )
    since = NOW - 2 * DAY
    part = plaid.sync(since=since)
    rest = plaid.sync(part.next_cursor, since=since)
    assert [m.transaction_id for m in (*part.added, *rest.added)] == ["new"]
    assert (part.incremental, rest.incremental) == (True, True)


@pytest.mark.parametrize("status", ["NOT_READY", "TRANSACTIONS_UPDATE_STATUS_UNKNOWN"])
def test_a_success_always_leaves_a_cursor(plaid: Bench, status: str) -> None:
    """Without one, the next sync could not tell a new item from the same one."""
    plaid.wire.play("/transactions/sync", page("", transactions_update_status=status))
    result = plaid.sync()
    assert result.next_cursor == ""
    assert result.trouble is not None
    assert result.trouble.reason is Reason.DATA_PENDING


def test_all_pages_are_one_answer(plaid: Bench) -> None:
    """Of several changes of one movement, the last counts."""
    plaid.wire.play(
        "/transactions/sync",
        page("c1", more=True, added=[movement("a"), movement("b"), movement("c")]),
        page("c2", more=True, modified=[movement("a", amount=5)], removed=[gone("b")]),
        page("c3", added=[movement("b", amount=7)], removed=[gone("c")]),
    )
    result = plaid.sync()
    assert {m.transaction_id: m.amount for m in result.added} == {"a": -5, "b": -7}
    assert result.modified == ()
    assert result.removed == ((CHECKING, "c"),)
    assert cursors(plaid) == [None, "c1", "c2"]
    assert not result.has_more


def test_a_mutation_restarts_the_loop_from_its_first_cursor(plaid: Bench) -> None:
    """What the spoilt loop has brought is thrown away."""
    kept = changes.Cursor("c0", "c0").kept(ACCESS)
    plaid.wire.play(
        "/transactions/sync",
        page("c1", more=True, added=[movement("spoilt")]),
        error(MUTATION, kind="TRANSACTIONS_ERROR"),
        page("c1", more=True, added=[movement("a")]),
        page("c2", added=[movement("b")]),
    )
    result = plaid.sync(kept)
    assert cursors(plaid) == ["c0", "c1", "c0", "c1"]
    assert [m.transaction_id for m in result.added] == ["a", "b"]


def test_mutations_without_end_are_given_up(plaid: Bench) -> None:
    """The loop is begun four times at most; nothing is stored, the next sync begins afresh."""
    pages = [page("c1", more=True), error(MUTATION, kind="TRANSACTIONS_ERROR")]
    plaid.wire.play("/transactions/sync", *pages * 10)
    with pytest.raises(ProviderError) as raised:
        plaid.sync()
    assert raised.value.provider_code == MUTATION
    assert len(cursors(plaid)) == 2 * (changes.RESTARTS + 1)


def test_a_long_history_comes_in_parts(plaid: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part remembers where its loop began, so that a mutation in a later one can restart it."""
    monkeypatch.setattr(changes, "PAGES", 2)
    plaid.wire.play(
        "/transactions/sync",
        page("c1", more=True),
        page("c2", more=True),
        error(MUTATION, kind="TRANSACTIONS_ERROR"),
        page("c8"),
    )
    kept = changes.Cursor("c0", "c0").kept(ACCESS)
    part = plaid.sync(kept)
    assert part.has_more
    assert part.incremental
    assert "/item/get" not in plaid.wire.paths()
    rest = plaid.sync(part.next_cursor)
    assert not rest.has_more
    assert cursors(plaid) == ["c0", "c1", "c2", "c0"]
    assert changes.Cursor.of(rest.next_cursor, ACCESS) == changes.Cursor("c8", "c8")


def test_a_call_ends_in_time(plaid: Bench) -> None:
    """With too little time left, one page is a part."""
    plaid.wire.play("/transactions/sync", page("c1", more=True), page("c2"))
    result = plaid.sync(seconds=changes.RESERVE - 1)
    assert result.has_more
    assert max(s.seconds for s in plaid.wire.sent) <= changes.RESERVE


@pytest.mark.parametrize("cursor", ["c0", ""])
def test_pages_without_end_are_a_bad_answer(plaid: Bench, cursor: str) -> None:
    """A page that leads to itself, or nowhere, while there is more."""
    plaid.wire.play("/transactions/sync", page(cursor, more=True))
    with pytest.raises(Temporary) as raised:
        plaid.sync(changes.Cursor("c0", "c0").kept(ACCESS))
    assert raised.value.reason is Reason.BAD_ANSWER


def test_nothing_new_keeps_the_cursor(plaid: Bench) -> None:
    """An empty cursor means that there is nothing yet, not that all is to be told again."""
    kept = changes.Cursor("c0", "c0").kept(ACCESS)
    plaid.wire.play("/transactions/sync", page(""))
    assert plaid.sync(kept).next_cursor == kept

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from relink.failures import NeedsOwner, Temporary
from relink.providers.enablebanking import listing, reading
from relink.providers.transport import Answer
from relink.reasons import Reason
from tests.unit.providers.enablebanking.scripted import (
    DAY,
    FIRST,
    NOON,
    ONE,
    SESSION,
    TWO,
    Bench,
    recorded,
    refused,
)
from tests.unit.providers.playing import answer


def row(day: str, reference: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a booked movement."""
    return {
        "entry_reference": reference,
        "transaction_amount": {"currency": "EUR", "amount": "1.00"},
        "credit_debit_indicator": "CRDT",
        "status": "BOOK",
        "booking_date": day,
        **more,
    }


def test_a_long_list_is_read_in_several_calls(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Booked movements come with their page, pending ones all at once at the end."""
    monkeypatch.setattr(reading, "PAGES_A_CALL", 1)
    first = bench.synced()
    second = bench.synced(first.next_cursor)
    third = bench.synced(second.next_cursor)

    assert [True, True, False] == [r.has_more for r in (first, second, third)]
    assert ["5561990681"] == [t.transaction_id for t in first.added]
    assert [False, True] == sorted(t.pending for t in second.added)
    assert [[ONE], [ONE], [TWO]] == [
        [a.provider_id for a in r.accounts] for r in (first, second, third)
    ]
    assert [Decimal("1480.20"), None] == [r.accounts[0].balance for r in (first, second)]
    bench.fine()
    monkeypatch.undo()
    assert third.next_cursor == bench.synced().next_cursor


def test_a_place_that_the_bank_has_forgotten_is_found_again_from_the_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused continuation key restarts its list, once."""
    monkeypatch.setattr(reading, "PAGES_A_CALL", 1)
    first = bench.synced()
    monkeypatch.undo()
    lost = refused("WRONG_CONTINUATION_KEY", 422)
    pages = (answer(recorded("page_1")), answer(recorded("page_2")))
    bench.transport.play(FIRST, lost, *pages)
    result = bench.synced(first.next_cursor)

    assert 3 == len(result.added)
    assert {"strategy": "longest"} == bench.transport.to(FIRST)[-2].query
    assert not result.has_more


def test_a_run_that_was_left_for_hours_reads_all_accounts_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done in a run is done for minutes; the place in a list is kept longer."""
    monkeypatch.setattr(reading, "PAGES_A_CALL", 2)
    first = bench.synced()
    bench.fine()
    monkeypatch.undo()
    later = bench.synced(first.next_cursor, now=NOON + DAY // 4)

    assert [ONE] == [a.provider_id for a in first.accounts]
    assert [ONE, TWO] == [a.provider_id for a in later.accounts]


def test_time_that_runs_out_ends_the_call_not_the_sync(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is returned, and the rest is for the next call."""
    left = iter([120.0, 70.0, 3.0])
    monkeypatch.setattr(reading.Reading, "_left", lambda _: next(left, 2.0))
    result = bench.synced()

    assert result.has_more
    assert [60, 60, 3] == [a.seconds for a in bench.transport.asked]


def test_an_empty_page_may_have_a_next_one(bench: Bench) -> None:
    """The list is over when there is no key, not when a page is empty."""
    empty = answer({"transactions": [], "continuation_key": "k1"})
    bench.transport.play(FIRST, empty, answer(recorded("page_2")))

    assert 1 == len(bench.synced().added)


def test_a_page_that_follows_itself_is_a_bad_answer(bench: Bench) -> None:
    """A list without an end costs two calls, and stores nothing."""
    page = answer({"transactions": [row("2026-11-01", "r1")], "continuation_key": "k1"})
    bench.transport.play(FIRST, page)
    result = bench.synced()

    assert Reason.BAD_ANSWER is result.account_errors[ONE].reason
    assert 2 == len(bench.transport.to(FIRST))
    assert () == result.added


def test_a_list_without_an_end_is_left_at_last(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many calls it takes, the pages of one list are counted."""
    monkeypatch.setattr(reading, "PAGES_A_CALL", 3)
    monkeypatch.setattr(listing, "PAGES_A_LIST", 8)
    pages = [
        answer({"transactions": [row("2026-11-01", f"r{n}")], "continuation_key": f"k{n}"})
        for n in range(50)
    ]
    bench.transport.play(FIRST, *pages)
    cursor, calls, result = "", 0, None
    while result is None or result.has_more:
        result = bench.synced(cursor)
        cursor, calls = result.next_cursor, calls + 1

    assert 8 == len(bench.transport.to(FIRST))
    assert 3 == calls


@pytest.mark.parametrize("amount", ["1e400", "NaN", "-Infinity", "12,50", "", None, "1" * 5_000])
def test_an_amount_beyond_sense_stores_nothing_of_its_account(bench: Bench, amount: object) -> None:
    """A bad answer is the account's trouble, and the other account is read."""
    bad = row("2026-11-01", "r2", transaction_amount={"currency": "EUR", "amount": amount})
    bench.transport.play(FIRST, answer({"transactions": [row("2026-11-02", "r1"), bad]}))
    result = bench.synced()

    assert Reason.BAD_ANSWER is result.account_errors[ONE].reason
    assert () == result.added
    assert result.trouble is None


@pytest.mark.parametrize("day", ["0001-01-01", "12026-01-01", "yesterday", 10**18])
def test_a_date_beyond_sense_is_a_bad_answer(bench: Bench, day: Any) -> None:
    """No date that our store could not hold gets through."""
    bench.transport.play(FIRST, answer({"transactions": [row(day, "r1")]}))

    assert Reason.BAD_ANSWER is bench.synced().account_errors[ONE].reason


@pytest.mark.parametrize(
    "body",
    [b"", b'{"transactions": [', b'{"transactions": "\xff"}', b'["ok"]', b"[" * 200_000, b"<html>"],
)
def test_what_is_no_answer_is_a_bad_one(bench: Bench, body: bytes) -> None:
    """Truncated, empty, in a wrong charset, of another shape: orange, and nothing is stored."""
    bench.transport.play(f"GET /sessions/{SESSION}", answer(body))

    with pytest.raises(Temporary) as raised:
        bench.synced()
    assert Reason.BAD_ANSWER is raised.value.reason


def test_ten_thousand_accounts_are_a_bad_answer(bench: Bench) -> None:
    """More than any real bank has is not believed."""
    many = [{"uid": f"u{n}", "identification_hash": f"h{n}"} for n in range(10_000)]
    session = {**recorded("session"), "accounts_data": many}
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))

    with pytest.raises(Temporary):
        bench.synced()


def test_accounts_that_are_listed_twice_are_read_once(bench: Bench) -> None:
    """Doubles cost no read."""
    session = recorded("session")
    session["accounts_data"] *= 2
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))

    assert 2 == len(bench.synced().accounts)


def test_a_broken_cursor_begins_afresh(bench: Bench) -> None:
    """A cursor of another make is none."""
    for cursor in ("2026-11-01", "{}", '{"v":9}', '{"v":1,"days":[1]}', "null"):
        bench.fine()
        assert 3 == len(bench.synced(cursor).added)


def test_an_error_with_status_200_is_an_error(bench: Bench) -> None:
    """The body decides before the status, here too."""
    body = {"code": 200, "error": "EXPIRED_SESSION", "message": "no"}
    bench.transport.play(f"GET /sessions/{SESSION}", answer(body))

    with pytest.raises(NeedsOwner):
        bench.synced()


def test_nothing_that_opens_the_account_is_in_an_errors_words(bench: Bench) -> None:
    """The session's id is struck out of what the bank says."""
    words = {"message": f"session {SESSION} of {ONE}"}
    bench.transport.play(f"GET /sessions/{SESSION}", refused("CLOSED_SESSION", 401, words))

    with pytest.raises(NeedsOwner) as raised:
        bench.synced()
    assert SESSION not in f"{raised.value!r} {raised.value.provider_text}"


def test_a_page_of_the_proxy_does_not_end_the_session(bench: Bench) -> None:
    """HTML in place of the session is orange, whatever its status."""
    page = Answer(403, {"content-type": "text/html"}, b"<html>blocked</html>")
    bench.transport.play(f"GET /sessions/{SESSION}", page)

    with pytest.raises(Temporary):
        bench.synced()

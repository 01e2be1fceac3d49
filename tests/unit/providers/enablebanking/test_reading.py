from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.failures import Misconfigured, Temporary
from relink.provider import Presence
from tests.unit.providers.enablebanking.scripted import (
    DAY,
    FIRST,
    NOON,
    ONE,
    OWNER,
    SECOND,
    SESSION,
    TWO,
    Bench,
    recorded,
    refused,
)
from tests.unit.providers.playing import answer

if TYPE_CHECKING:
    from relink.provider import SyncResult


def test_accounts_and_movements_arrive_in_our_terms(bench: Bench) -> None:
    """Balances by their type, movements of all pages, signs by direction, and the granted time."""
    result = bench.synced()

    first = result.accounts[0]
    assert (Decimal("1480.20"), Decimal("1450.20")) == (first.balance, first.available)
    assert [ONE, TWO] == [a.provider_id for a in result.accounts]
    assert ["Cuenta Negocios ··1332", "Cuenta Negocios ··6789"] == [a.name for a in result.accounts]
    assert [Decimal(-30), Decimal(20), Decimal("-12.5")] == [t.amount for t in _by_day(result)]
    assert ["Ferretería del Puerto", "Cliente Uno", ""] == [t.counterparty for t in _by_day(result)]
    assert ["COMPRA TARJ. 1234 FERRETERIA DEL PUERTO", "Factura 118", "Comisión"] == [
        t.description for t in _by_day(result)
    ]
    assert [True, False, False] == [t.pending for t in _by_day(result)]
    assert "5561990681" == _by_day(result)[1].transaction_id
    assert dt.datetime(2027, 5, 16, 11, 55, tzinfo=dt.UTC).timestamp() == result.consent_expires_at
    assert not result.has_more
    assert result.trouble is None


def test_an_account_without_a_currency_gets_its_balances(bench: Bench) -> None:
    """`XXX` is no currency: what the balance says counts."""
    assert "EUR" == bench.synced().accounts[1].currency


def test_the_same_answer_brings_the_same_again(bench: Bench) -> None:
    """Ids and cursor stand still while nothing is new."""
    first = bench.synced()
    bench.fine()
    again = bench.synced(first.next_cursor)

    assert first.next_cursor == again.next_cursor
    assert first.added == again.added


def test_a_first_sync_asks_for_all_that_there_is(bench: Bench) -> None:
    """Right after the owner's proof a bank gives more than it ever will again."""
    bench.synced()

    assert {"strategy": "longest"} == bench.transport.to(FIRST)[0].query


def test_the_pages_of_a_list_are_asked_for_alike(bench: Bench) -> None:
    """A following page repeats the parameters of the first, with its key."""
    bench.synced()

    asked = [a.query for a in bench.transport.to(FIRST)]
    assert [{}, {"continuation_key": "eyJwYWdlIjoyfQ=="}] == [
        _without(q, "strategy") for q in asked
    ]
    assert ["longest", "longest"] == [q["strategy"] for q in asked]


def test_a_later_sync_overlaps_the_last_one_by_a_week(bench: Bench) -> None:
    """Some banks filter by the day of purchase, days before that of booking."""
    cursor = bench.synced().next_cursor
    bench.fine()
    bench.transport.asked.clear()
    bench.synced(cursor)

    assert {"date_from": "2026-11-10"} == _without(bench.transport.to(FIRST)[0].query, "key")
    assert {"date_from": "2026-10-25"} == bench.transport.to(SECOND)[0].query


def test_after_a_long_break_the_schedule_asks_for_what_is_within_reach(bench: Bench) -> None:
    """Unattended, a bank serves 90 days and no more."""
    cursor = bench.synced().next_cursor
    bench.fine()
    bench.transport.asked.clear()
    bench.synced(cursor, now=NOON + 200 * DAY)

    assert {"date_from": "2027-03-09"} == bench.transport.to(FIRST)[0].query


def test_after_a_long_break_a_fresh_proof_fills_the_gap(bench: Bench) -> None:
    """With the owner there, all is asked for since the last known day."""
    cursor = bench.synced().next_cursor
    bench.fine()
    bench.transport.asked.clear()
    bench.synced(cursor, now=NOON + 200 * DAY, presence=OWNER)

    asked = bench.transport.to(FIRST)[0].query
    assert {"date_from": "2026-11-10", "strategy": "longest"} == asked


def test_the_session_itself_tells_that_the_proof_is_fresh(bench: Bench) -> None:
    """What was authorised minutes ago opens the long history, too."""
    cursor = bench.synced().next_cursor
    bench.fine()
    session = {**recorded("session"), "authorized": "2027-06-06T11:59:00+00:00"}
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))
    bench.transport.asked.clear()
    bench.synced(cursor, now=NOON + 200 * DAY)

    assert "longest" == bench.transport.to(FIRST)[0].query["strategy"]


def test_a_period_that_is_refused_is_narrowed_step_by_step(bench: Bench) -> None:
    """89, 60, then 30 days: the first that the bank takes is taken."""
    wrong = refused("WRONG_TRANSACTIONS_PERIOD", 422)
    page = answer(recorded("page_2"))
    bench.transport.play(FIRST, wrong, wrong, wrong, page)
    result = bench.synced()

    asked = [a.query.get("date_from") for a in bench.transport.to(FIRST)]
    assert [None, "2026-08-21", "2026-09-19", "2026-10-19"] == asked
    assert {} == result.account_errors


def test_a_period_that_is_refused_to_the_end_is_ours_to_mend(bench: Bench) -> None:
    """At the end of the ladder the account is in trouble, the other goes on."""
    bench.transport.play(FIRST, refused("WRONG_TRANSACTIONS_PERIOD", 422))
    result = bench.synced()

    assert isinstance(result.account_errors[ONE], Misconfigured)
    assert 4 == len(bench.transport.to(FIRST))
    assert [TWO] == [a for a in (ONE, TWO) if a not in result.account_errors]


def test_a_long_window_refused_without_words_is_tried_once_more_within_reach(bench: Bench) -> None:
    """Banks answer too long a period as if they were broken."""
    error = refused("ASPSP_ERROR", 400, "Unknown error")
    bench.transport.play(FIRST, error, answer(recorded("page_2")))
    bench.synced()

    asked = [a.query for a in bench.transport.to(FIRST)]
    assert [{"strategy": "longest"}, {"date_from": "2026-08-21"}] == asked


def test_a_short_window_that_fails_is_not_repeated(bench: Bench) -> None:
    """Each read is one of the day's four."""
    cursor = bench.synced().next_cursor
    bench.everywhere(refused("ASPSP_ERROR", 400, "Unknown error"))
    bench.transport.asked.clear()

    with pytest.raises(Temporary):
        bench.synced(cursor)
    assert 1 == len(bench.transport.to(FIRST))


def test_the_owners_headers_go_with_his_own_sync_only(bench: Bench) -> None:
    """They are his, as they are, and only where the bank is asked."""
    bench.synced()
    without = [h for a in bench.transport.asked for h in a.headers if h.startswith("Psu")]
    bench.fine()
    bench.transport.asked.clear()
    bench.synced(presence=OWNER)

    told = {k: v for k, v in bench.transport.to(FIRST)[0].headers.items() if k.startswith("Psu")}
    assert [] == without
    assert {
        "Psu-Ip-Address": "192.0.2.7",
        "Psu-User-Agent": "Browser/1",
        "Psu-Accept": "text/html",
        "Psu-Accept-language": "es-ES",
    } == told
    session = bench.transport.to(f"GET /sessions/{SESSION}")[0]
    assert [] == [h for h in session.headers if h.startswith("Psu")]


def test_a_header_that_cannot_be_sent_is_left_out(bench: Bench) -> None:
    """Nothing is invented, and nothing breaks out of its line."""
    odd = Presence("192.0.2.7", "Browser\r\nX-Evil: 1", {})
    bench.synced(presence=odd)

    assert "Psu-User-Agent" not in bench.transport.to(FIRST)[0].headers


def _by_day(result: SyncResult) -> list[Any]:
    return sorted(result.added, key=lambda t: t.booked_on or dt.date.max, reverse=True)


def _without(query: dict[str, str], name: str) -> dict[str, str]:
    return {k: v for k, v in query.items() if k != name}

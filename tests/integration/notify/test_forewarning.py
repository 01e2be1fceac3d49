"""Consents that end soon: noticed on their day, warned of in time, forgotten when renewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from relink.notices import Notice, Topic
from relink.queues import DigestMessage
from tests.fakes import NOON
from tests.integration.notify.bench import mails, queued

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.notify.bench import Bench

DAY = 86_400
HOUR = 3600
NINE = NOON - 3 * HOUR
ENDS = NOON + 14 * DAY


def day(time: int) -> str:
    """Return the day of an epoch second, as the index names it."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def ending(bench: Bench, number: int = 1, *, on: int = NOON, **facts: Any) -> Connection:
    """Store a green connection whose consent ends in two weeks, marked for that day."""
    return bench.add(number, consent_expires_at=ENDS, notice_day=day(on), **facts)


def swept(bench: Bench) -> dict[str, int]:
    """Let the clock's event come; return what was done."""
    return dict(bench.sweeping.run(bench.clock.now, lambda: True))


def marked(bench: Bench, connection_id: str = "con_1") -> str | None:
    """Return the day under which a connection stands in the index."""
    return bench.now(connection_id).notice_day


def test_two_weeks_before_its_end_there_is_a_notice(bench: Bench) -> None:
    """In the app only; the connection has left the index, and nothing else of it has changed."""
    before = ending(bench)

    assert {"ExpiryNoticed": 1} == swept(bench)
    assert (Topic.EXPIRING, ENDS, "Bank 1") == (
        bench.notice().topic,
        bench.notice().moment,
        bench.notice().bank_name,
    )
    assert replace(before, notice_day=None) == bench.now("con_1")
    assert bench.notice().stands(bench.now("con_1"))
    bench.sweep_until(NINE + 7 * DAY - 1)
    assert [] == mails()


def test_it_is_mailed_a_week_and_a_day_before(bench: Bench) -> None:
    """At nine where the owner lives; the second belongs to the first; then it is over."""
    ending(bench)
    bench.sweep()
    bench.sweep_until(NINE + 7 * DAY)
    assert 1 == len(mails())
    bench.sweep_until(NINE + 13 * DAY)
    assert 2 == len(mails())
    assert bench.notice().message_id in mails()[1]["References"]
    assert all("/unsubscribe/" in m["List-Unsubscribe"] for m in mails())

    bench.sweep_until(ENDS + DAY)
    assert 2 == len(mails())
    assert bench.notice().cleared_at == ENDS


def test_what_was_renewed_is_not_warned_of(bench: Bench) -> None:
    """The new end has its own day; the old notice goes at the next look."""
    ending(bench)
    for _ in range(2):
        bench.sweep()
    before = bench.now("con_1")
    bench.change(before, replace(before, consent_expires_at=ENDS + 180 * DAY))
    assert not bench.notice().stands(bench.now("con_1"))
    bench.sweep_until(ENDS + DAY)

    assert [] == mails()
    assert bench.notice().cleared_at == NINE + 7 * DAY


def test_what_ends_together_is_one_mail(bench: Bench) -> None:
    """An owner's banks are often connected on one day."""
    for number in (1, 2, 3):
        ending(bench, number)
    bench.sweep()
    bench.sweep_until(NINE + 7 * DAY)

    assert 1 == len(mails())


def test_a_red_connection_is_not_warned_of(bench: Bench) -> None:
    """Its own notice says more; what comes of the consent is seen when it is green."""
    ending(bench)
    bench.sweep()
    bench.clock.now = NINE + 6 * DAY
    bench.tell(bench.redden(bench.now("con_1")))
    bench.deliver()
    bench.sweep_until(NINE + 8 * DAY)
    assert ["Bank 1 needs to be reconnected"] == [m["Subject"] for m in mails()]

    bench.tell(bench.mend("con_1"))
    bench.sweep_until(NINE + 9 * DAY + HOUR)
    assert 2 == len(mails())


def test_a_day_that_was_missed_is_made_good(bench: Bench) -> None:
    """The clock's event failed for a month; what has not ended yet is still told."""
    ending(bench, 1, on=NOON - 30 * DAY)

    assert {"ExpiryNoticed": 1} == swept(bench)


def test_the_day_begins_where_it_begins_first(bench: Bench) -> None:
    """Tomorrow in Greenwich is today in Auckland; later days wait."""
    ending(bench, 1, on=NOON + DAY)
    ending(bench, 2, on=NOON + 2 * DAY)

    assert {"ExpiryNoticed": 1} == swept(bench)
    assert day(NOON + 2 * DAY) == marked(bench, "con_2")


def test_what_has_ended_or_does_not_end_has_no_notice(bench: Bench) -> None:
    """It only leaves the index."""
    bench.add(1, consent_expires_at=NOON, notice_day=day(NOON))
    bench.add(2, notice_day=day(NOON))

    assert {"ExpiryKnown": 2} == swept(bench)
    assert [None, None] == [marked(bench, f"con_{n}") for n in (1, 2)]
    assert [] == bench.notices.of("own_1")


def test_a_day_set_anew_meanwhile_is_kept(bench: Bench) -> None:
    """Between our reading the index and our write, the bank told another end."""
    before = ending(bench)
    get = bench.connections.get

    def and_then_it_changes(connection_id: str) -> Connection | None:
        found = get(connection_id)
        bench.change(before, replace(before, notice_day=day(NOON + 90 * DAY)))
        return found

    object.__setattr__(bench.sweeping, "connections", Interrupted(bench, and_then_it_changes))
    swept(bench)

    assert day(NOON + 90 * DAY) == marked(bench)


def test_an_end_at_another_hour_of_that_day_is_noticed(bench: Bench) -> None:
    """The mark looks the same, so it is taken away; the new end has its notice even so."""
    before = ending(bench)
    get, moved = bench.connections.get, replace(before, consent_expires_at=ENDS + HOUR)

    def and_then_it_moves(connection_id: str) -> Connection | None:
        found = get(connection_id)
        if found == before:
            bench.change(before, moved)
        return found

    object.__setattr__(bench.sweeping, "connections", Interrupted(bench, and_then_it_moves))
    swept(bench)

    assert marked(bench) is None
    assert {ENDS, ENDS + HOUR} == {n.moment for n in bench.notices.of("own_1")}


class Interrupted:
    """The connections, of which one changes as it is read."""

    def __init__(self, bench: Bench, get: Any) -> None:
        self.table = bench.connections.table
        self.get = get


def test_a_connection_that_cannot_be_read_waits_for_who_can(bench: Bench) -> None:
    """It stays in the index and holds up nobody."""
    ending(bench, 1)
    ending(bench, 2)
    boto3.client("dynamodb").update_item(
        TableName=bench.connections.table,
        Key={"connection_id": {"S": "con_1"}},
        UpdateExpression="SET reason = :r",
        ExpressionAttributeValues={":r": {"S": "of_a_later_version"}},
    )

    assert {"ExpiryNoticed": 1, "ConnectionUnreadable": 1} == swept(bench)


def test_a_connection_that_is_gone_is_passed_over(bench: Bench) -> None:
    """The index has not heard of it; nothing of it comes into being again."""
    ending(bench)

    class Gone:
        table = bench.connections.table

        def get(self, connection_id: str) -> None:
            del connection_id

    object.__setattr__(bench.sweeping, "connections", Gone())

    assert {"ConnectionGone": 1} == swept(bench)
    assert [] == bench.notices.of("own_1")


def test_a_sweep_that_has_no_time_left_goes_on_next_time(bench: Bench) -> None:
    """What it has seen to is out of the index."""
    for number in (1, 2, 3):
        ending(bench, number)
    answers = iter([True, False])

    assert {"ExpiryNoticed": 1} == dict(bench.sweeping.run(NOON, lambda: next(answers)))
    assert {"ExpiryNoticed": 2, "OwnersDue": 1} == swept(bench)
    assert [DigestMessage("own_1")] == queued()


def test_what_is_due_first_changes_with_the_minutes(bench: Bench) -> None:
    """A sweep that never gets through all reaches each part of the index in turn."""
    for number in range(40):
        bench.notices.add(
            Notice(
                owner_id=f"own_{number}",
                connection_id="con_1",
                topic=Topic.RED,
                moment=NOON,
                created_at=NOON,
                due_at=NOON,
            )
        )
    records = bench.digests.records
    first = {next(iter(records.due(NOON + 60 * minute))) for minute in range(8)}

    assert 8 == len(first)
    assert 40 == len(set(records.due(NOON)))
    assert [] == list(records.due(NOON - 1))

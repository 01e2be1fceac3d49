"""A sync that its owner asks for: with his own headers, at once, and never twice."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from relink.clock import DAY
from relink.connection import Connection, Method
from relink.failures import NeedsOwner, Temporary
from relink.provider import Presence, SyncResult
from relink.queues import VisitMessage, to_body
from relink.reasons import Reason, Status
from sync.attending import PATIENCE, Attending, hindrance
from sync.visits.claiming import LEASE, Obstacle
from tests.fakes import BANK, NOON, connection
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

OWNER = {"ip": "192.0.2.7", "user_agent": "Firefox", "headers": {"accept": "text/html"}}
DIRECT = replace(BANK, method=Method.DIRECT)
FULL_DAY = (NOON - 1, NOON - 2, NOON - 3, NOON - 4)


class Killed(BaseException):
    """The process ends here, as if its power were cut."""


def ask(bench: Bench, *, at: int | None = None, run: str = "run", presence: str = "") -> list[str]:
    """Deliver the message of a sync that was asked for; return what must come again."""
    asked_at = bench.clock() if at is None else at
    message = VisitMessage("con_1", asked_at, presence or json.dumps(OWNER))
    record = {"messageId": "m", "body": to_body(message)}
    return bench.worker.handle([record], run, DEADLINE)


def test_the_bank_is_told_who_is_there_and_the_day_is_not_charged(bench: Bench) -> None:
    """Law 5: the four calls of the day are the schedule's; the owner's own call is his."""
    bench.add(calls=FULL_DAY, auto_sync=False)

    assert [] == ask(bench)
    now = bench.now()
    assert (Status.GREEN, NOON, FULL_DAY) == (now.status, now.last_success_at, now.calls)
    assert (NOON, "", 0) == (now.last_attempt_at, now.lease, now.runs)
    told = bench.provider.calls[0].presence
    assert Presence("192.0.2.7", "Firefox", {"accept": "text/html"}) == told
    assert not bench.provider.calls[0].history


def test_a_message_that_comes_twice_calls_the_bank_once(bench: Bench) -> None:
    """And so do two clicks, as long as the first call began after the second one."""
    bench.add()
    for _ in range(2):
        ask(bench, at=NOON)

    assert 1 == len(bench.provider.calls)


def test_what_the_bank_says_means_what_it_always_means(bench: Bench) -> None:
    """An owner who asks learns that he is needed, as he would have at night."""
    bench.add()
    bench.provider.syncs.clear()
    bench.provider.syncs.append(NeedsOwner(Reason.CONSENT_EXPIRED))
    ask(bench)

    assert (Status.RED, Reason.CONSENT_EXPIRED) == (bench.now().status, bench.now().reason)


def test_a_bank_that_was_not_reached_takes_no_call_from_the_day(bench: Bench) -> None:
    """There is none to give back, either."""
    bench.add(calls=FULL_DAY)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.NOT_REACHED, reached=False))
    ask(bench)

    assert (Status.ORANGE, FULL_DAY) == (bench.now().status, bench.now().calls)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "red_since": NOON},
        {"credentials_version": 0},
        {"disconnected_at": NOON},
        {"rate_limited_until": NOON + 1},
        {"live_until": NOON + 1, "live_attempt": "att_1"},
        {"last_attempt_at": NOON},
        {"bank": DIRECT, "runs": 2},
    ],
)
def test_what_stands_in_the_way_is_looked_at_again(bench: Bench, facts: dict[str, Any]) -> None:
    """Between the answer and the run, things change; no bank is called against the rules."""
    before = bench.add(**facts)

    assert [] == ask(bench)
    assert [] == bench.provider.calls
    assert before == bench.now()
    assert 0 == bench.queued(bench.attempt_queue_url)


def test_whoever_asked_long_ago_is_not_there_any_more(bench: Bench) -> None:
    """His headers are not sent for him when he has gone."""
    bench.add()
    ask(bench, at=NOON - PATIENCE - 1)

    assert [] == bench.provider.calls


def test_a_run_under_way_is_waited_for(bench: Bench) -> None:
    """The message comes again; by then the bank has been called since, most likely."""
    bench.add(lease="other", lease_until=NOON + 60)

    assert [] == ask(bench)
    assert ([], 1) == (bench.provider.calls, bench.queued(bench.attempt_queue_url))


@pytest.mark.parametrize(("bank", "calls"), [(BANK, 2), (DIRECT, 1)])
def test_a_run_that_died_comes_again_unless_it_may_have_sent_a_password(
    bench: Bench, bank: Any, calls: int
) -> None:
    """Laws 4 and 12, as for the schedule."""
    bench.add(bank=bank)
    real, began = bench.provider.sync, []

    def die(*arguments: Any) -> SyncResult:
        began.append(arguments)
        if len(began) == 1:
            raise Killed
        return real(*arguments)

    bench.provider.sync = die  # type: ignore[assignment,method-assign]
    with pytest.raises(Killed):
        ask(bench, at=NOON)
    bench.clock.advance(LEASE)
    ask(bench, at=NOON, run="again")

    assert calls == len(began)


@pytest.mark.parametrize("presence", ["{}", "[]", "nobody", '{"ip": "192.0.2.7"}'])
def test_a_presence_that_cannot_be_read_calls_no_bank(bench: Bench, presence: str) -> None:
    """Nobody is invented; the message is one for an operator to look at."""
    bench.add()

    assert ["m"] == ask(bench, presence=presence)
    assert [] == bench.provider.calls


FACTS: dict[str, tuple[Any, ...]] = {
    "status": (Status.GREEN, Status.RED),
    "credentials_version": (1, 0),
    "disconnected_at": (None, NOON - 5),
    "last_attempt_at": (None, NOON - 11, NOON - 10, NOON),
    "lease": ("", "other"),
    "lease_until": (0, NOON, NOON + 1),
    "live_until": (0, NOON, NOON + 1),
    "rate_limited_until": (None, NOON, NOON + 1),
    "bank": (BANK, DIRECT),
    "runs": (0, 1, 2),
    "calls": (FULL_DAY,),
}


def test_the_condition_and_the_rules_say_the_same(bench: Bench) -> None:
    """Whatever the state, the write goes through exactly if no rule stands in its way."""
    pairs = [(a, b) for a, b in product(FACTS, repeat=2) if a < b]
    cases = [
        connection(connection_id="con_1", reason=Reason.BANK_UNAVAILABLE, **{a: x, b: y})
        for a, b in pairs
        for x, y in product(FACTS[a], FACTS[b])
    ]
    wrong: list[tuple[Connection, object, object]] = []
    attending = Attending(bench.worker.verifier.syncer)
    for number, case in enumerate(cases):
        stored = replace(case, connection_id=f"con_{number}")
        bench.connections.create(stored)
        message = VisitMessage(stored.connection_id, NOON - 10, json.dumps(OWNER))
        rule = hindrance(stored, NOON - 10, NOON)
        found = attending._claim(message, "run", NOON)
        written = found if isinstance(found, Obstacle) else None
        if rule is not written:
            wrong.append((stored, rule, written))

    assert [] == wrong


def test_a_success_has_what_was_replaced_ended(bench: Bench) -> None:
    """The first sync that works with the new access is the sign, whoever asked for it."""
    bench.add(retired=True, accepted_at=NOON - DAY)
    ask(bench)

    assert 1 == bench.queued(bench.attempt_queue_url)

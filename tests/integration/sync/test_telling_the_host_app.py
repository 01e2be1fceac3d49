"""What a sync brought is told to the host app before it is settled: at least once, never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from infra.events import schema
from relink.attempt import State
from relink.bank_accounts import Transaction
from relink.event_bus import EventBus
from relink.events import SYNCED
from relink.failures import NeedsOwner, Temporary
from relink.provider import SyncResult
from relink.queues import SyncMessage
from relink.reasons import Reason, Status
from sync.visits.claiming import LEASE
from sync.visits.releasing import unasked
from tests.fakes import NOON, account
from tests.integration.notify.bench import Crash, Crashes
from tests.integration.sync import histories as history
from tests.integration.sync.attempting import ACCEPTED, Killed, go_on, red, submit
from tests.integration.sync.conftest import FIRST_CYCLE
from tests.stumbling import refusal

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

FIRST = date(2026, 1, 1)


@dataclass
class HostApp:
    """What the host app has heard: each detail is held against its schema."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    plan: list[Any] = field(default_factory=list)

    def put_events(self, *, Entries: Any) -> Any:  # noqa: N803 - AWS's
        """Take entries, or do as planned."""
        step = self.plan.pop(0) if self.plan else None
        if isinstance(step, Exception):
            raise step
        if step:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": step}]}
        for entry in Entries:
            assert SYNCED == entry["DetailType"]
            jsonschema.validate(json.loads(entry["Detail"]), schema(SYNCED))
            self.heard.append(json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "x"} for _ in Entries]}


def listening(bench: Bench) -> HostApp:
    """Have the worker tell a host app."""
    app = HostApp()
    bus = EventBus(lambda: app, "bus")
    worker = bench.worker
    syncer = replace(worker.verifier.syncer, bus=bus)
    bench.worker = replace(
        worker,
        verifier=replace(worker.verifier, syncer=syncer),
        batch=replace(worker.batch, syncer=syncer),
    )
    return app


def movement(name: str, day: int = 0, amount: str = "1.50") -> Transaction:
    """Return a movement of so many days ago."""
    booked = FIRST - timedelta(days=day)
    return Transaction("1", name, Decimal(amount), "EUR", "Coffee", booked_on=booked)


def answer(bench: Bench, *movements: Transaction, **facts: Any) -> None:
    """Have the bank answer so from now on."""
    bench.provider.syncs.clear()
    bench.provider.syncs.append(SyncResult((account(),), movements, next_cursor="c", **facts))


def told(app: HostApp) -> list[tuple[int, int, int, bool]]:
    """Return the counts of all events."""
    return [(e["added"], e["modified"], e["removed"], e["exact"]) for e in app.heard]


def test_a_sync_tells_what_is_new_and_one_that_finds_nothing_new_does_not(bench: Bench) -> None:
    """However often the bank tells the same movements, each is new once."""
    app = listening(bench)
    bench.add(last_success_at=NOON - 60)
    answer(bench, movement("a", 3), movement("b"))
    for cycle in (1, 2):
        bench.sync(cycle)
        bench.clock.advance(6 * 3600)
    assert [(2, 0, 0, True)] == told(app)
    assert ("2025-12-29", "2026-01-01") == (app.heard[0]["first_day"], app.heard[0]["last_day"])

    answer(bench, movement("a", 3), movement("b", amount="9"), movement("c"))
    bench.sync(3)
    assert [(1, 1, 0, True)] == told(app)[1:]
    assert len({e["id"] for e in app.heard}) == 2


def test_pages_that_repeat_what_is_known_are_not_told(bench: Bench) -> None:
    """An answer of several pages has no digest: it is held against what is stored."""
    app = listening(bench)
    bench.add(last_success_at=NOON - 60)
    pages = [
        SyncResult((account(),), (movement("a"),), next_cursor="p", has_more=True),
        SyncResult((account(),), (movement("b"),), next_cursor="c"),
    ]
    for cycle in (1, 2):
        bench.provider.syncs.clear()
        bench.provider.syncs += [*pages, pages[-1]]
        bench.sync(cycle)
        bench.clock.advance(6 * 3600)

    assert [(2, 0, 0, True)] == told(app)


def test_data_that_came_with_trouble_are_told_too(bench: Bench) -> None:
    """Whatever the colour: they are there."""
    app = listening(bench)
    bench.add(last_success_at=NOON - 60)
    answer(bench, movement("a"), trouble=NeedsOwner(Reason.CONSENT_REVOKED))
    bench.sync(1)

    assert ([(1, 0, 0, True)], Status.RED) == (told(app), bench.now().status)


def test_trouble_without_data_is_not_told_here(bench: Bench) -> None:
    """Its colour is an event of its own."""
    app = listening(bench)
    bench.add(last_success_at=NOON - 60)
    bench.provider.syncs.clear()
    bench.provider.syncs.append(Temporary(Reason.BANK_UNAVAILABLE))
    bench.sync(1)

    assert [] == told(app)


def test_the_first_sync_with_new_credentials_is_always_told(bench: Bench) -> None:
    """Whoever waited for it hears of it, also if the gap was empty."""
    app = listening(bench)
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    assert [(0, 0, 0, True)] == told(app)


@pytest.mark.parametrize(
    "trouble", [refusal("AccessDeniedException"), refusal("InternalException"), "InternalFailure"]
)
def test_a_bus_that_takes_nothing_keeps_no_bank_from_its_sync(
    bench: Bench, log: Any, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    """It is settled and green; operators are told, and the next sync tells the host app."""
    monkeypatch.setattr("relink.backoff.FIRST", 0)
    app = listening(bench)
    app.plan += [trouble] * 7
    bench.add(last_success_at=NOON - 60)
    answer(bench, movement("a"))

    assert [] == bench.sync(1)
    assert (Status.GREEN, True, []) == (bench.now().status, bench.now().untold, app.heard)
    assert "operator needed" in log.getvalue()
    app.plan.clear()
    bench.clock.advance(6 * 3600)
    bench.sync(2)
    assert ([(0, 0, 0, False)], False) == (told(app), bench.now().untold)


@pytest.mark.parametrize("after", [False, True])
def test_no_stop_of_a_sync_loses_the_event(bench: Bench, *, after: bool) -> None:
    """The message comes again; whoever heard of it before knows it by its id."""
    app, crashes = listening(bench), Crashes()
    crashes.watch(bench.client)
    take = app.put_events

    def put_events(**arguments: Any) -> Any:
        crashes._call(after=False)
        taken = take(**arguments)
        crashes._call(after=True)
        return taken

    app.put_events = put_events  # type: ignore[method-assign]
    answer(bench, movement("a"))
    for number in count(1):
        own_id, heard = f"con_{number}", len(app.heard)
        bench.clock.advance(LEASE)
        bench.add(connection_id=own_id, last_success_at=bench.clock() - 60)
        crashes.at(number, after=after)
        stopped = False
        try:
            bench.worker.batch.sync({"m": SyncMessage(own_id, FIRST_CYCLE)}, f"run{number}", 10**10)
        except Crash:
            stopped = True
        crashes.restart()
        bench.clock.advance(LEASE)
        assert [] == bench.worker.batch.sync(
            {"m": SyncMessage(own_id, FIRST_CYCLE)}, f"again{number}", 10**10
        )

        new = app.heard[heard:]
        assert 1 <= len(new) <= 2, number
        assert 1 == len({e["id"] for e in new})
        assert (Status.GREEN, False) == (bench.now(own_id).status, bench.now(own_id).untold)
        if not stopped:
            break
    assert number > 8


def test_what_is_given_back_is_given_back_whole(bench: Bench) -> None:
    """A run that has no time left to call leaves what a dead one before it had to tell."""
    app = listening(bench)
    bench.add(
        last_success_at=NOON - 60, lease="dead", lease_until=NOON - 1, last_cycle=FIRST_CYCLE + 1
    )
    claimed = replace(bench.now(), lease="run", lease_until=NOON + LEASE, runs=1)
    bench.connections.save(bench.now(), claimed, expect=("lease",))
    given_back = unasked(claimed, counted=True, known="", again=True)
    bench.connections.save(claimed, given_back, expect=("lease",))
    bench.sync(2)

    assert [False] == [e["exact"] for e in app.heard]


def test_all_that_a_bank_has_is_told_as_history(bench: Bench) -> None:
    """Fetched after the login, or within it."""
    app = listening(bench)
    history.well(bench)
    history.play(bench, history.page(history.movement(400, "old")))
    assert State.DONE is history.ask(bench)

    assert [(True, 1)] == [(e["history"], e["added"]) for e in app.heard]


def test_what_is_told_within_a_login_is_one_event(bench: Bench) -> None:
    """Each account is handed over by itself; the login ends once."""
    app = listening(bench)
    history.well(bench, digest="d" * 24)
    history.told_within(
        bench, history.page(history.movement(400, "old")), history.page(history.movement(300, "o2"))
    )
    assert State.DONE is history.ask(bench)

    assert [(True, 2, True)] == [(e["history"], e["added"], e["exact"]) for e in app.heard]
    assert not bench.now().untold


def test_a_login_that_dies_with_data_has_the_next_sync_tell(bench: Bench) -> None:
    """What was stored was not told by then."""
    app = listening(bench)
    history.well(bench)
    history.told_within(bench, history.page(history.movement(400, "old")))
    real = bench.provider.authenticate

    def dies(*arguments: Any) -> Any:
        real(*arguments)
        raise Killed

    bench.provider.authenticate = dies  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        history.ask(bench)
    assert bench.now().untold
    bench.clock.advance(6 * 3600)
    assert State.INTERRUPTED is history.look(bench, "next")
    bench.sync(9)

    assert [False] == [e["exact"] for e in app.heard]

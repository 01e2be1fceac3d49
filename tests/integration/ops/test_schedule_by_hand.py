"""What operators have the schedule do: spare a bank, call one now, forget tries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink import outages
from relink.attempt import submitted
from relink.clock import DAY
from relink.connection import Method
from relink.failures import Temporary
from relink.items import encode
from relink.providers import PROVIDERS
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from sync.slots import Slots
from sync.worker import RUN_LENGTH
from tests.fakes import BANK, NOON
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room


def work(room: Room) -> None:
    """Let the worker have what is on its queue."""
    records = [
        {"messageId": m["MessageId"], "body": m["Body"]} for m in room.take("SyncQueue", hidden=60)
    ]
    assert [] == room.bench.worker.handle(records, "r" * RUN_LENGTH, DEADLINE)


@pytest.fixture(autouse=True)
def known_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fake bank's adapter be one of ours."""
    monkeypatch.setitem(PROVIDERS, "fake", "fake")


@pytest.mark.parametrize("words", [("fake", "fakebank"), ("fake",)])
def test_a_paused_bank_is_not_called_until_it_is_resumed(room: Room, words: tuple[str]) -> None:
    """Neither by this batch nor by a later one; then at once."""
    room.bench.add()
    room.ops("pause-bank", *words)

    room.bench.sync(0)
    room.bench.clock.advance(3600)
    room.bench.sync(0)
    assert [] == room.bench.provider.calls

    room.ops("resume-bank", *words)
    room.bench.clock.advance(60)
    room.bench.sync(0)
    assert 1 == len(room.bench.provider.calls)


def test_a_pause_is_over_at_its_time(room: Room) -> None:
    """What somebody forgets to resume is not paused for ever, and leaves nothing behind."""
    room.bench.add()
    room.ops("pause-bank", "fake", "fakebank", "--hours", "2")

    room.bench.clock.advance(2 * 3600)
    room.bench.sync(0)

    assert 1 == len(room.bench.provider.calls)
    assert {} == outages.read(room.bench.client, "StateTable")


def test_no_answer_ends_a_pause(room: Room) -> None:
    """A probe that was under way when the bank was paused says nothing of why it was."""
    breaker = room.bench.worker.batch.breaker
    well = room.bench.add()
    room.ops("pause-bank", "fake", "fakebank")

    breaker.settled(well, breaker.outages(), NOON)
    ill = replace(
        well,
        status=Status.ORANGE,
        reason=Reason.BANK_UNAVAILABLE,
        scope=Scope.PROVIDER,
    )
    breaker.settled(ill, breaker.outages(), NOON)

    (held,) = breaker.outages().values()
    assert (True, NOON + DAY) == (held.held, held.probe_at)


@pytest.mark.parametrize(("paused", "down"), [("fake#fakebank", "fake"), ("fake", "fake#fakebank")])
def test_what_is_paused_is_no_probe_of_an_outage(room: Room, paused: str, down: str) -> None:
    """Left alone means by probes, too: neither sent to the worker, nor called, nor replayed."""
    state, now = room.target.name("StateTable"), NOON
    made = room.bench.add()
    due = {"name": outages.ITEM, outages.PLACE + down: [now - 3600, now - 1, 0]}
    room.bench.client.put_item(TableName=state, Item=encode(due))
    room.ops("pause-bank", *paused.split("#"))

    (page,) = Slots(room.bench.client, "ConnectionsTable", state, now).pages(made.home_slot, "")
    room.bench.sync(0)

    assert ([], ()) == (room.bench.provider.calls, page.due)
    assert "paused by hand" in room.ops("replay", "con_1", expect=1)
    assert {paused, down} == {*outages.read(room.bench.client, state)}


def test_what_is_not_paused_cannot_be_resumed(room: Room) -> None:
    """A typing error must not look like success."""
    room.bench.add()
    room.ops("pause-bank", "fake", "fakebank")

    told = room.ops("resume-bank", "fake", "fakebnak", expect=1)

    assert "fake#fakebnak is not paused; paused are: fake#fakebank" == told
    assert room.ops("pause-bank", "fakee", expect=1).startswith("there is no provider fakee")


def test_a_connection_is_synced_at_once(room: Room) -> None:
    """Also one that has had its turn in this cycle; it is counted as any other."""
    room.bench.add()
    room.bench.sync(0)
    room.bench.clock.advance(60)

    room.ops("replay", "con_1")
    work(room)

    assert 2 == len(room.bench.provider.calls)
    assert (NOON + 60, NOON) == room.bench.now().calls[:2]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"status": Status.RED, "reason": Reason.CONSENT_EXPIRED, "red_since": NOON}, "red"),
        ({"calls": (NOON, NOON, NOON, NOON)}, "four calls in a day"),
        ({"credentials_version": 0}, "not connected"),
        (
            {"bank": replace(BANK, method=Method.DIRECT), "runs": 2},
            "two runs have died with its password",
        ),
    ],
)
def test_no_law_is_broken_by_hand(room: Room, facts: dict[str, object], why: str) -> None:
    """What the worker would refuse is said at once, and nothing is queued."""
    room.bench.add(**facts)

    assert f"the worker would not call the bank: {why}" == room.ops("replay", "con_1", expect=1)
    assert [] == room.take("SyncQueue")


def test_dead_runs_are_forgotten_by_who_has_looked(room: Room) -> None:
    """Only an operator who says so lets the schedule go on with the owner's password."""
    room.bench.add(bank=replace(BANK, method=Method.DIRECT), runs=2)

    room.ops("replay", "con_1", "--forget-dead-runs")
    work(room)

    assert 1 == len(room.bench.provider.calls)


def test_a_connection_that_is_not_there_is_said_to_be_none(room: Room) -> None:
    """By every command that takes one."""
    for command in ("show", "replay", "unlock"):
        assert "there is no connection con_9" == room.ops(command, "con_9", expect=1)


def test_the_guards_pauses_are_lifted(room: Room) -> None:
    """Of the connection, of the login it has, and of the one that was tried last."""
    made = room.bench.add(tries=(NOON, NOON, NOON), login="old0")
    attempt = replace(submitted(made, "att_1", b"sealed", {}, NOON), login="new1")
    after = replace(made, live_attempt="att_1")
    room.bench.attempts.begin(attempt, change(made, after, expect=("tries",)))
    for login in ("old0", "new1", "another"):
        item = encode({"name": f"login#{login}", "try#a": NOON, "turn": 1})
        room.bench.client.put_item(TableName="StateTable", Item=item)

    answer = room.ops("unlock", "con_1")

    assert (3, ["new1", "old0"]) == (answer["tries_forgotten"], answer["logins"])
    assert 3 == room.bench.now().tries_left(NOON)
    names = [i["name"]["S"] for i in room.bench.client.scan(TableName="StateTable")["Items"]]
    assert ["login#another"] == [name for name in names if name.startswith("login#")]


def test_a_provider_that_does_not_answer_is_spared(room: Room) -> None:
    """Of those that each would wait for a time-out the first batch does; the rest are spared."""
    names = [f"con_{n}" for n in range(15)]
    for name in names:
        room.bench.add(connection_id=name)
    slow = Temporary(Reason.PROVIDER_UNAVAILABLE, scope=Scope.PROVIDER)
    room.bench.provider.syncs.clear()
    room.bench.provider.syncs.append(slow)

    for start in range(0, 15, 5):
        room.bench.clock.advance(60)
        room.bench.sync(0, *names[start : start + 5])

    assert 5 == len(room.bench.provider.calls)
    assert {Status.ORANGE, Status.GREEN} == {room.bench.now(name).status for name in names}

"""Items that older versions have written, as those wrote them (tests/data/old_items)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notify.gathering import transition
from relink.attempt import State
from relink.attempts import Attempts
from relink.connection import NONE_YET
from relink.links import link_for
from relink.notices import Notices
from relink.owners import Owners
from relink.queues import AttemptMessage, to_body
from relink.reasons import Reason, Status
from relink.repository import from_item
from tests.fakes import NOON
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room

FILES = sorted((Path(__file__).parents[2] / "data" / "old_items").glob("*.json"))
KINDS = {
    *("connection green", "connection orange", "connection red", "connection waiting"),
    *("attempt submitted", "attempt verifying", "attempt rejected", "profile"),
}


@cache
def written(file: Path) -> dict[str, dict[str, Any]]:
    """Return the items of a version, by what they are."""
    found: dict[str, dict[str, Any]] = json.loads(file.read_text())
    for item in found.values():
        for value in item.values():
            if "B" in value:
                value["B"] = base64.b64decode(value["B"])
    return found


@pytest.fixture(params=FILES, ids=lambda f: f.stem)
def old(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """Return what one version has written."""
    return written(request.param)


def put(room: Room, table: str, item: dict[str, Any]) -> None:
    """Store an item as it is."""
    room.bench.client.put_item(TableName=room.target.name(table), Item=item)


def seal_credentials(room: Room) -> None:
    """Store the connection's credentials, as the first versions did: without a rotation."""
    made = room.bench.now()
    item = room.bench.vault.put(made, room.bench.vault.open(made, box_of(room)))["Put"]["Item"]
    item.pop("rotation")
    put(room, "CredentialsTable", item)


def box_of(room: Room) -> bytes:
    """Return the credentials, sealed."""
    return room.bench.vault.seal(room.bench.now(), b"the old password")


def test_every_kind_of_item_is_kept_of_every_version() -> None:
    """What is not there is not tested; the notices came a little later than the rest."""
    assert [set(), {"notice red"}] == sorted(
        {frozenset(written(f).keys() - KINDS) for f in FILES}, key=len
    )
    assert len(FILES) >= 6


@pytest.mark.parametrize("colour", ["green", "orange"])
def test_a_connection_is_synced_and_settled(
    room: Room, old: dict[str, dict[str, Any]], colour: str
) -> None:
    """By the claim's own conditions, which an item must meet that lacks what is newer.

    Its last cycle was counted when cycles were shorter, so that its number is far ahead.
    """
    put(room, "ConnectionsTable", old[f"connection {colour}"])
    seal_credentials(room)

    assert [] == room.bench.sync(0)

    now = room.bench.now()
    assert (Status.GREEN, NOON, "") == (now.status, now.last_success_at, now.lease)
    assert (NOON, NOON - 21_600, NONE_YET, NONE_YET) == now.calls
    assert 1 == len(room.bench.provider.calls)


def test_a_red_one_stays_red_and_tells_its_owner_once(
    room: Room, old: dict[str, dict[str, Any]]
) -> None:
    """No bank is called; links are made for its incident; the stream's images can be read."""
    red, green = old["connection red"], old["connection green"]
    put(room, "ConnectionsTable", red)
    room.bench.sync(0)
    connection = room.bench.now()

    assert (Status.RED, []) == (connection.status, room.bench.provider.calls)
    assert NOON - 86_400 == link_for(connection, NOON).red_since
    change = transition({"dynamodb": {"OldImage": green, "NewImage": red}})
    assert change.began
    assert (None, NOON - 86_400) == (change.ended, change.began.red_since)
    assert transition({"dynamodb": {"OldImage": red, "NewImage": green}}).ended == change.began


def test_one_that_waits_for_its_credentials_waits(old: dict[str, dict[str, Any]]) -> None:
    """It has had none yet, so nothing is known of it."""
    connection = from_item(old["connection waiting"])

    assert (Reason.AWAITING_CREDENTIALS, False) == (connection.reason, connection.connected)


def test_attempts_are_ended_by_the_worker(room: Room, old: dict[str, dict[str, Any]]) -> None:
    """One whose bank call may have been made is not made again; one that ended stays as it is."""
    put(room, "ConnectionsTable", old["connection red"])
    before = room.bench.now()
    live = replace(before, live_attempt="att_1", live_until=NOON + 600)
    room.bench.connections.save(before, live, expect=("status",))
    put(room, "AttemptsTable", old["attempt verifying"])
    room.bench.clock.advance(700)
    records = [{"messageId": "m", "body": to_body(AttemptMessage("att_1"))}]

    assert [] == room.bench.worker.handle(records, "run", DEADLINE)

    found = room.bench.attempts.get("att_1")
    assert found
    assert (State.INTERRUPTED, []) == (found.state, room.bench.provider.seen)
    put(room, "AttemptsTable", old["attempt rejected"])
    room.bench.worker.handle(records, "run", DEADLINE)
    found = room.bench.attempts.get("att_1")
    assert found
    assert State.REJECTED is found.state


def test_what_was_submitted_can_be_read(room: Room, old: dict[str, dict[str, Any]]) -> None:
    """Its sealed answers are where they were."""
    put(room, "AttemptsTable", old["attempt submitted"])
    store = Attempts(room.bench.client, "AttemptsTable", "ConnectionsTable")

    found = store.get("att_1")

    assert found
    assert (b"sealed", State.SUBMITTED, NOON) == (found.answers, found.state, found.created_at)


def test_owners_and_their_notices_can_be_read(room: Room, old: dict[str, dict[str, Any]]) -> None:
    """One of before notices had topics hides no other, and is made anew on demand."""
    put(room, "OwnersTable", old["profile"])
    put(room, "ConnectionsTable", old["connection red"])
    if "notice red" in old:
        put(room, "OwnersTable", old["notice red"])
    notices = Notices(room.bench.client, "OwnersTable")
    known = notices.of("own_1")
    profile = Owners(room.bench.client, "OwnersTable").profile("own_1")

    room.ops("rebuild-notices", "--all", "--yes")

    assert profile
    assert ("ann@example.com", "es", "own_1") == (
        profile.email,
        profile.language,
        profile.owner_id,
    )
    assert [NOON - 86_400] == [n.moment for n in notices.of("own_1") if n.cleared_at is None]
    assert len(known) == ("topic" in old.get("notice red", {}))

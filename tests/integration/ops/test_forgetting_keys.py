"""Data keys that are forgotten: only those under which nothing is sealed, nor will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.ops.keys import RUN, SETTLED
from infra.sam.template import load
from relink.clock import DAY
from relink.items import decode, encode
from sync.credentials.retiring import Retirement
from sync.credentials.vault import CACHED, ROTATED_AFTER, Vault, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from relink.connection import Connection
    from tests.integration.ops.conftest import Room


def forget_credentials(room: Room) -> None:
    """Leave no stored box."""
    room.bench.client.delete_item(
        TableName="CredentialsTable", Key=encode({"connection_id": "con_1"})
    )


def another_worker(room: Room) -> Vault:
    """Return the vault of a worker that has just started."""
    known = room.bench.vault
    return Vault(
        room.bench.client,
        known._kms,
        key_id=known._key_id,
        state_table=known.state,
        table=known.table,
        time=room.bench.clock,
    )


def test_a_key_that_workers_may_still_seal_under_is_not_forgotten(room: Room) -> None:
    """One that knows no successor yet seals under it for half an hour: that box has to open."""
    made = room.bench.add()
    forget_credentials(room)
    room.bench.vault.make_ready(made)
    room.ops("rotate-vault", "--yes")

    for words in ((), ("--yes",)):
        told = room.ops("rotate-vault", "--forget", *words, expect=1)
        assert f"workers may seal under the old data keys for {SETTLED} seconds more" == told
    box = room.bench.vault.seal(made, b"just given")

    room.bench.clock.advance(CACHED + 1)
    assert b"just given" == room.bench.vault.open(made, box).reveal()


def test_at_the_turn_of_a_quarter_the_old_keys_stay_as_long(room: Room) -> None:
    """What was sealed in its last second is still on its way to the table."""
    room.bench.add()
    forget_credentials(room)
    turn = ROTATED_AFTER - room.bench.clock.now % ROTATED_AFTER
    room.bench.clock.advance(turn + SETTLED - 1)

    assert [] == room.ops("rotate-vault", "--forget")["spare"]

    room.bench.clock.advance(1)
    assert 1 == len(room.ops("rotate-vault", "--forget")["spare"])


def test_the_name_of_a_forgotten_key_leads_on_to_its_successor(room: Room) -> None:
    """Workers know old key and name for a while: another key of that name would open nothing."""
    made = room.bench.add()
    forget_credentials(room)
    room.ops("rotate-vault", "--yes")
    room.bench.clock.advance(SETTLED)
    room.bench.vault.make_ready(made)

    (forgotten,) = room.ops("rotate-vault", "--forget", "--yes")["forgotten"]

    box = another_worker(room).seal(made, b"sealed by another")
    assert f"{forgotten}." in key_of(box)
    assert b"sealed by another" == room.bench.vault.open(made, box).reveal()
    assert [False, True] == sorted("data_key" in key for key in data_keys(room))


def test_a_forgotten_key_is_gone_and_found_no_second_time(room: Room) -> None:
    """What it sealed opens no more, and with its quarter over not even its name is left."""
    made = room.bench.add()
    box = room.bench.vault.seal(made, b"in a stolen copy")
    forget_credentials(room)
    room.ops("rotate-vault", "--yes")
    room.bench.clock.advance(SETTLED)
    assert [key_of(box)] == room.ops("rotate-vault", "--forget", "--yes")["forgotten"]

    assert {"forgotten": [], "in_use": []} == {
        k: v for k, v in room.ops("rotate-vault", "--forget", "--yes").items() if k != "dry_run"
    }
    assert [False] == ["data_key" in key for key in data_keys(room)]
    room.bench.clock.advance(91 * DAY)
    room.ops("rotate-vault", "--forget", "--yes")
    assert [] == data_keys(room)


def test_a_box_that_is_retired_while_we_look_is_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has left the one place before we come there, and reached the other after we were there."""
    made = room.bench.add()
    old = room.bench.vault.read(made)
    assert old
    room.ops("rotate-vault", "--yes")
    room.bench.clock.advance(SETTLED)
    move_while_scanned(room, made, old.box, monkeypatch)

    answer = room.ops("rotate-vault", "--forget", "--yes")

    assert ([], [key_of(old.box)]) == (answer["forgotten"], answer["in_use"])


def move_while_scanned(
    room: Room, made: Connection, box: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have the worker replace credentials after the scan has passed the place of retired ones."""
    scan = room.target.scan
    begun: list[str] = []

    def moving(table: str, **wanted: Any) -> Iterator[dict[str, Any]]:
        if table != "CredentialsTable" or begun:
            yield from scan(table, **wanted)
            return
        begun.append(table)
        writes: Any = [
            Retirement(room.bench.client, room.bench.vault).add(made, box, 1),
            put_anew(room, made),
        ]
        room.bench.client.transact_write_items(TransactItems=writes)
        yield from (item for item in scan(table, **wanted) if "box" in item)

    monkeypatch.setattr(room.target, "scan", moving)


def put_anew(room: Room, made: Connection) -> dict[str, Any]:
    """Return the write of new credentials."""
    item = {
        "connection_id": made.connection_id,
        "version": made.credentials_version,
        "box": room.bench.vault.seal(made, b"new"),
    }
    return {"Put": {"TableName": "CredentialsTable", "Item": encode(item)}}


def data_keys(room: Room) -> list[dict[str, Any]]:
    """Return the items of the data keys of credentials."""
    items = [decode(i) for i in room.bench.client.scan(TableName="StateTable")["Items"]]
    return [i for i in items if i["name"].startswith("vault_key#")]


def test_a_run_is_thought_no_shorter_than_it_can_be() -> None:
    """What a worker has sealed at its first moment it may store at its last."""
    assert load().functions()["WorkerFunction"].timeout == RUN

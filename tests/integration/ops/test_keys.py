"""Keys that operators replace: what was sealed or signed before stays good while it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.ops.keys import SETTLED
from relink.clock import DAY
from relink.items import decode
from relink.provider import Secret
from sync.credentials.retiring import PREFIX, Retirement
from sync.credentials.vault import CACHED, key_of
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room


def test_all_credentials_are_sealed_anew_and_the_old_data_key_goes(room: Room) -> None:
    """In use by retired ones as well, a data key is forgotten only when nothing names it."""
    made = room.bench.add()
    retired = Retirement(room.bench.client, room.bench.vault)
    box = room.bench.vault.seal(made, b"the one before")
    room.bench.client.transact_write_items(TransactItems=[retired.add(made, box, 1)])  # type: ignore[list-item]
    old = key_of(box)
    room.ops("rotate-vault", "--yes")

    assert "workers may seal" in room.ops("rotate-vault", "--reseal", "--yes", expect=1)
    room.bench.clock.advance(SETTLED)
    assert [old] == room.ops("rotate-vault", "--forget", "--yes")["in_use"]
    assert 1 == room.ops("rotate-vault", "--reseal", "--yes")["connections"]
    assert ['{"kind":"reseal","connection_id":"con_1"}'] == room.bodies("SyncQueue")
    assert [] == hand_over(room, ["con_1"])

    now = stored(room)
    assert now["con_1"] != old
    assert {now["con_1"]} == {now[f"{PREFIX}con_1"]}
    assert [old] == room.ops("rotate-vault", "--forget", "--yes")["forgotten"]
    room.bench.clock.advance(CACHED)
    sealed = room.bench.vault.read(made)
    assert sealed
    assert b"the old password" == room.bench.vault.open(made, sealed.box).reveal()
    assert [b"the one before"] == [
        s.reveal() for s in retired.opened(made, retired.read(made).boxes)
    ]
    assert [] == room.bench.sync(9)
    assert 1 == len(room.bench.provider.calls)


def test_what_is_sealed_by_the_newest_key_is_left_alone(room: Room) -> None:
    """A message that comes twice writes nothing."""
    made = room.bench.add()
    before = room.bench.vault.read(made)

    hand_over(room, ["con_1", "con_gone"])

    assert before == room.bench.vault.read(made)


def test_a_key_rotated_twice_leads_to_the_last(room: Room) -> None:
    """Each has one successor; who seals follows them to the end."""
    made = room.bench.add()
    names = {key_of(room.bench.vault.seal(made, b"x"))}
    for _ in range(2):
        room.bench.clock.advance(CACHED)
        room.ops("rotate-vault", "--yes")
        room.bench.clock.advance(CACHED)
        names.add(key_of(room.bench.vault.seal(made, b"x")))

    assert 3 == len(names)


def test_a_swap_at_the_same_moment_wins(room: Room) -> None:
    """What the owner has just given is not overwritten by what was read before."""
    made = room.bench.add()
    room.ops("rotate-vault", "--yes")
    room.bench.clock.advance(CACHED)
    anew = room.bench.vault.sealed_anew

    def swap_meanwhile(_: object, box: bytes) -> bytes:
        room.bench.vault.sealed_anew = anew  # type: ignore[method-assign]
        put = room.bench.vault.put(made, Secret(b"the new password"))
        room.bench.client.transact_write_items(TransactItems=[put])  # type: ignore[list-item]
        return anew(made, box)

    room.bench.vault.sealed_anew = swap_meanwhile  # type: ignore[assignment,method-assign]
    hand_over(room, ["con_1"])

    sealed = room.bench.vault.read(made)
    assert sealed
    assert b"the new password" == room.bench.vault.open(made, sealed.box).reveal()


def test_keys_of_past_quarters_are_forgotten_with_the_others(room: Room) -> None:
    """They seal no more, successor or not."""
    room.bench.add()
    room.bench.client.delete_item(
        TableName="CredentialsTable", Key={"connection_id": {"S": "con_1"}}
    )
    assert [] == room.ops("rotate-vault", "--forget")["spare"]
    room.bench.clock.advance(91 * DAY)

    assert 1 == len(room.ops("rotate-vault", "--forget")["spare"])


def hand_over(room: Room, names: list[str]) -> list[str]:
    """Let the worker have the messages that ask to seal anew."""
    records = [
        {"messageId": n, "body": f'{{"kind":"reseal","connection_id":"{n}"}}'} for n in names
    ]
    return room.bench.worker.handle(records, "run", DEADLINE)


def stored(room: Room) -> dict[str, str]:
    """Return which data key each item of the Credentials table names."""
    items = map(decode, room.bench.client.scan(TableName="CredentialsTable")["Items"])
    return {i["connection_id"]: key_of(i["box"] if "box" in i else i["boxes"][0]) for i in items}

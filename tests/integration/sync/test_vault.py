"""The vault: what is sealed opens where it was sealed for, and nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cryptography.exceptions import InvalidTag

from relink.items import encode
from relink.provider import Secret
from sync.credentials.vault import CACHED, ROTATED_AFTER, SHARDS, Sealed, Vault, sealed
from tests.fakes import NOON, Clock, connection

if TYPE_CHECKING:
    from relink.connection import Connection

PASSWORD = b"correct horse battery staple"


@dataclass
class Room:
    """A vault with its clock, and a count of the calls to KMS."""

    vault: Vault
    clock: Clock
    calls: Counter[str]
    kms: Any
    key_id: str

    def another(self) -> Vault:
        """Return the vault of another process, with nothing in its memory."""
        return Vault(
            boto3.client("dynamodb"),
            self.kms,
            key_id=self.key_id,
            state_table="StateTable",
            table="CredentialsTable",
            time=self.clock,
        )


@pytest.fixture
def room(tables: dict[str, str]) -> Room:
    """Return a vault that has sealed nothing yet."""
    assert tables
    kms: Any = boto3.client("kms")
    key_id = kms.create_key(Description="VaultKey")["KeyMetadata"]["KeyId"]
    calls: Counter[str] = Counter()
    for name in ("decrypt", "generate_data_key_without_plaintext"):
        real = getattr(kms, name)

        def counted(_real: Any = real, _name: str = name, **arguments: Any) -> Any:
            calls[_name] += 1
            return _real(**arguments)

        setattr(kms, name, counted)
    made = Room(None, Clock(), calls, kms, key_id)  # type: ignore[arg-type]
    made.vault = made.another()
    return made


def shards(vault: Vault, made: Connection) -> str:
    """Return the name of the data key that seals for a connection."""
    return vault._key_name(made)


def test_what_is_sealed_opens_again(room: Room) -> None:
    """The secret comes back as it was, and is nowhere in the box."""
    box = room.vault.seal(connection(), PASSWORD)

    assert room.vault.open(connection(), box) == Secret(PASSWORD)
    assert PASSWORD not in box
    assert room.another().open(connection(), box) == Secret(PASSWORD)


def test_the_same_secret_is_sealed_differently_each_time(room: Room) -> None:
    """Nonces are random: equal boxes would tell that secrets are equal."""
    assert len({room.vault.seal(connection(), PASSWORD) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "other",
    [
        {"connection_id": "con_2"},
        {"workspace_id": "ws_2"},
        {"connection_id": "ws_1\0con", "workspace_id": "1"},
    ],
)
def test_a_box_opens_for_no_other_connection(room: Room, other: dict[str, Any]) -> None:
    """Moved to another item, a ciphertext is worth nothing."""
    box = room.vault.seal(connection(), PASSWORD)

    with pytest.raises(InvalidTag):
        room.vault.open(connection(**other), box)


def test_a_box_opens_for_no_other_purpose(room: Room) -> None:
    """A continuation that somebody put in the place of credentials does not open."""
    box = room.vault.seal(connection(), PASSWORD, "continuation att_1")

    with pytest.raises(InvalidTag):
        room.vault.open(connection(), box)
    with pytest.raises(InvalidTag):
        room.vault.open(connection(), box, "continuation att_2")


def test_an_altered_box_does_not_open(room: Room) -> None:
    """Each byte counts, those that name the key among them."""
    box = bytearray(room.vault.seal(connection(), PASSWORD))
    for place in range(len(box)):
        box[place] ^= 1
        with pytest.raises((InvalidTag, LookupError, UnicodeDecodeError)):
            room.vault.open(connection(), bytes(box))
        box[place] ^= 1


def test_a_shards_key_is_made_once_however_many_seal_at_first(room: Room) -> None:
    """Two processes that find no key both make one: the first that is stored is everybody's."""
    first, second = room.another(), room.another()
    boxes: list[bytes] = []
    waiting = second._wrapped

    def late(name: str) -> tuple[bytes | None, str]:
        found = waiting(name)
        if not boxes:
            boxes.append(first.seal(connection(), PASSWORD))
        return found

    second._wrapped = late  # type: ignore[method-assign]
    boxes.append(second.seal(connection(), PASSWORD))

    assert room.calls["generate_data_key_without_plaintext"] == 2
    assert [room.another().open(connection(), box) for box in boxes] == [Secret(PASSWORD)] * 2


def test_kms_is_called_once_in_a_while_not_once_a_secret(room: Room) -> None:
    """A data key is kept for minutes: KMS is called per shard, not per sync."""
    boxes = [room.vault.seal(connection(), PASSWORD) for _ in range(50)]
    for box in boxes:
        room.vault.open(connection(), box)
    assert room.calls == {"generate_data_key_without_plaintext": 1, "decrypt": 1}

    room.clock.advance(CACHED)
    for box in boxes:
        room.vault.open(connection(), box)
    assert room.calls["decrypt"] == 2


def test_a_clock_that_goes_back_keeps_no_key_for_ever(room: Room) -> None:
    """A key from the future is asked for again."""
    room.vault.seal(connection(), PASSWORD)
    room.clock.advance(-3600)
    room.vault.seal(connection(), PASSWORD)

    assert room.calls["decrypt"] == 2


def test_keys_are_renewed_each_quarter_and_old_boxes_still_open(room: Room) -> None:
    """A data key serves ninety days; a box names the one that it needs."""
    old = room.vault.seal(connection(), PASSWORD)
    room.clock.advance(ROTATED_AFTER)
    new = room.vault.seal(connection(), PASSWORD)

    assert old.split(b"\n")[0] != new.split(b"\n")[0]
    assert room.vault.open(connection(), old) == room.vault.open(connection(), new)


def test_workspaces_are_spread_over_the_shards(room: Room) -> None:
    """Sixty-four keys: few enough to keep in memory, many enough to share little."""
    names = {shards(room.vault, connection(workspace_id=f"ws_{n}")) for n in range(2_000)}

    assert len(names) == SHARDS


def test_an_unknown_key_is_not_made_up(room: Room) -> None:
    """A box whose key is gone cannot be opened; no new key takes its place."""
    box = room.vault.seal(connection(), PASSWORD)
    name = shards(room.vault, connection())
    boto3.client("dynamodb").delete_item(TableName="StateTable", Key=encode({"name": name}))

    with pytest.raises(LookupError):
        room.another().open(connection(), box)
    assert room.calls["generate_data_key_without_plaintext"] == 1


def test_credentials_are_stored_with_what_they_belong_to(room: Room) -> None:
    """The stored item says which version and rotation it is, and nothing of the secret."""
    made = connection(credentials_version=3, rotation=2)
    put: Any = room.vault.put(made, Secret(PASSWORD))["Put"]
    boto3.client("dynamodb").put_item(**put)
    stored = room.vault.read(made)

    assert stored is not None
    assert (stored.version, stored.rotation, stored.current(made)) == (3, 2, True)
    assert not stored.current(replace(made, rotation=3))
    assert not stored.current(replace(made, credentials_version=4))
    assert room.vault.open(made, stored.box) == Secret(PASSWORD)
    assert room.vault.read(connection(connection_id="con_none")) is None


def test_an_item_from_before_rotations_counts_as_none(room: Room) -> None:
    """Older items lack the attribute."""
    put: Any = room.vault.put(connection(), Secret(PASSWORD))["Put"]
    item = {k: v for k, v in put["Item"].items() if k != "rotation"}

    assert sealed(item) == Sealed(1, 0, sealed(item).box)


def test_the_stored_data_key_is_wrapped(room: Room) -> None:
    """What lies in the State table opens nothing without KMS and the key's name."""
    room.vault.seal(connection(), PASSWORD)
    item = boto3.client("dynamodb").scan(TableName="StateTable")["Items"][0]
    wrapped = item["data_key"]["B"]

    with pytest.raises(Exception, match="InvalidCiphertext"):
        room.kms.decrypt(
            KeyId=room.key_id,
            CiphertextBlob=wrapped,
            EncryptionContext={"data_key": "vault_key#00#0"},
        )
    assert item["name"]["S"].endswith(f"#{NOON // ROTATED_AFTER}")

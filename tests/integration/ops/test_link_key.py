"""The key that signs links: what it takes to replace it, and whom that hurts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.ops.link_key import MAILED
from relink import links
from relink.clock import DAY
from relink.signing import FRESH, InvalidToken, KeyRing

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room


@pytest.fixture(autouse=True)
def ours_is_the_secrets_clock(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let operators and Secrets Manager agree on what time it is."""
    monkeypatch.setattr(room.target, "now", lambda: int(time.time()))


def versions(room: Room) -> set[str]:
    """Return the ids of the secret's versions, in short."""
    answer: Any = boto3.client("secretsmanager").list_secret_version_ids(
        SecretId=room.target.name("LinkKeySecret")
    )
    return {v["VersionId"][:8] for v in answer["Versions"]}


def mailed(room: Room, keyring: KeyRing) -> str:
    """Return the token of a link that has just been mailed."""
    made = room.bench.connections.get("con_1") or room.bench.add()
    return links.issue(links.link_for(made, room.bench.clock.now), keyring.keys())


@pytest.fixture
def keyring(room: Room) -> KeyRing:
    """Return the keys, as the functions see them."""
    return KeyRing(
        boto3.client("secretsmanager"), room.target.name("LinkKeySecret"), room.bench.clock
    )


@pytest.mark.parametrize(("words", "good"), [((), True), (("--void",), False)])
def test_links_of_before_stay_good_unless_they_are_void(
    room: Room, keyring: KeyRing, words: tuple[str, ...], *, good: bool
) -> None:
    """A rotation hurts nobody; a key that has leaked opens nothing afterwards."""
    token = mailed(room, keyring)

    answer = room.ops("rotate-link-key", *words, "--yes")
    room.bench.clock.advance(FRESH)

    assert answer["signs"] == next(iter(keyring.keys().by_version))
    if good:
        assert "con_1" == links.read(token, keyring.keys_for(token)).connection_id
    else:
        with pytest.raises(InvalidToken):
            links.read(token, keyring.keys_for(token))


@pytest.mark.parametrize("words", [(), ("--void",)])
def test_who_only_looks_changes_nothing(room: Room, words: tuple[str, ...]) -> None:
    """He is told which key signs and since when, and what would become of links."""
    before = versions(room)

    told = room.ops("rotate-link-key", *words)

    assert before == versions(room)
    assert (True, "void" if words else "good until they expire") == (
        told["dry_run"],
        told["links_of_before"],
    )
    assert [before] == [{told["signs_now"]["version"]}]
    assert 0 <= told["signs_now"]["age_seconds"] < 60
    assert told["verifies_as_well"] is None


def test_typed_twice_it_does_not_void_what_is_in_mailboxes(room: Room, keyring: KeyRing) -> None:
    """Two keys verify: a third leaves none for links that were signed by the first."""
    token = mailed(room, keyring)
    room.ops("rotate-link-key", "--yes")
    before = versions(room)

    for words in (("--yes",), ()):
        told = room.ops("rotate-link-key", *words, expect=1)
        assert "in mailboxes" in told
        assert "--void" in told

    assert before == versions(room)
    room.bench.clock.advance(FRESH)
    assert "con_1" == links.read(token, keyring.keys_for(token)).connection_id


def test_once_nothing_of_the_key_before_is_alive_it_gives_way(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The yearly rotation finds no mail that it could hurt."""
    room.ops("rotate-link-key", "--yes")
    monkeypatch.setattr(room.target, "now", lambda: int(time.time()) + MAILED + FRESH)

    told = room.ops("rotate-link-key")
    assert MAILED <= told["verifies_as_well"]["superseded_seconds_ago"]
    assert "good until they expire" == room.ops("rotate-link-key", "--yes")["links_of_before"]


def test_a_void_key_can_be_voided_again(room: Room) -> None:
    """Whoever says so knows what he does."""
    room.ops("rotate-link-key", "--void", "--yes")

    assert "void" == room.ops("rotate-link-key", "--void", "--yes")["links_of_before"]


def test_a_mails_links_are_cared_for_as_long_as_any_lives() -> None:
    """Those to banks for two weeks; those that end reminders for a month, as the law has it."""
    assert max(links.LIFE, 30 * DAY) == MAILED

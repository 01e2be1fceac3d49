"""Tokens say what was signed, for the purpose that it was signed for, under a key that we know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink import unsubscribing
from relink.clock import DAY
from relink.signing import AGAIN, FRESH, LIMIT, InvalidToken, KeyRing, Keys, Purpose, sign, verify
from tests.fakes import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

KEYS = Keys({"new00000": b"k" * 32, "old00000": b"o" * 32})
facts = st.lists(st.text(max_size=40) | st.integers(-(2**40), 2**40), max_size=6)
purposes = st.sampled_from(Purpose)


class Gone(Exception):
    """There is no such version."""


class Secrets:
    """A Secrets Manager with one secret, which can be rotated."""

    class exceptions:  # noqa: N801 - boto3's name for it
        """The errors that a client raises."""

        ResourceNotFoundException = Gone

    def __init__(self) -> None:
        """Begin with a first version."""
        self.versions = ["1" * 32]
        self.reads = 0

    def rotate(self, *letters: str) -> None:
        """Make newer versions."""
        self.versions = [letter * 32 for letter in reversed(letters)] + self.versions

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803
        """Return a version by its stage."""
        assert "link-key" == SecretId
        self.reads += 1
        place = ("AWSCURRENT", "AWSPREVIOUS").index(VersionStage)
        if place >= len(self.versions):
            raise Gone
        return {"VersionId": self.versions[place], "SecretString": f"key of {self.versions[place]}"}


def ring(secrets: Secrets, clock: Clock) -> KeyRing:
    """Return a process's keys."""
    return KeyRing(cast("SecretsManagerClient", secrets), "link-key", clock)


@given(purposes, facts)
def test_what_was_signed_is_what_is_read(purpose: Purpose, said: list[str | int]) -> None:
    """Under the newest key, or under the one before it."""
    old = Keys({"old00000": b"o" * 32})

    assert said == verify(purpose, sign(purpose, said, KEYS), KEYS)
    assert said == verify(purpose, sign(purpose, said, old), KEYS)


@given(facts)
def test_a_token_of_one_purpose_is_none_of_another(said: list[str | int]) -> None:
    """Though facts and key are the same."""
    for purpose in Purpose:
        token = sign(purpose, said, KEYS)
        for other in set(Purpose) - {purpose}:
            with pytest.raises(InvalidToken):
                verify(other, token, KEYS)


@given(purposes, facts, st.data())
def test_one_flipped_bit_makes_it_invalid(
    purpose: Purpose, said: list[str | int], data: st.DataObject
) -> None:
    """Any change anywhere in a token is noticed."""
    token = sign(purpose, said, KEYS).encode()
    place = data.draw(st.integers(0, len(token) - 1))
    bit = 1 << data.draw(st.integers(0, 6))
    changed = token[:place] + bytes([token[place] ^ bit]) + token[place + 1 :]

    with pytest.raises(InvalidToken):
        verify(purpose, changed.decode("ascii"), KEYS)


@given(purposes, st.text(max_size=600) | st.from_regex(r"new00000\.[^.]*\.[^.]*", fullmatch=True))
def test_nonsense_is_invalid_and_nothing_else(purpose: Purpose, text: str) -> None:
    """Whatever a stranger sends, the answer is the same; nothing unsigned is even decoded."""
    with pytest.raises(InvalidToken):
        verify(purpose, text, KEYS)


def test_what_is_too_long_is_not_looked_at() -> None:
    """Not even if it is signed: none of ours is."""
    with pytest.raises(InvalidToken):
        verify(Purpose.RECONNECT, sign(Purpose.RECONNECT, ["x" * LIMIT], KEYS), KEYS)


@given(st.text(min_size=1, max_size=256))
def test_an_unsubscribe_link_names_its_owner(owner_id: str) -> None:
    """Whatever the identity provider calls him."""
    assert owner_id == unsubscribing.read(unsubscribing.issue(owner_id, KEYS), KEYS)


def test_an_unsubscribe_token_of_a_common_name_is_short() -> None:
    """Header lines end at 998 characters (RFC 5322); names have 64 or fewer."""
    assert len(unsubscribing.issue("a" * 64, KEYS)) < 200


class TestKeyRing:
    """The keys, read rarely, and again when there is reason to."""

    def test_keys_are_kept_for_minutes(self) -> None:
        """A link costs no request of its own."""
        secrets, clock = Secrets(), Clock()
        keys = ring(secrets, clock)

        first = keys.keys()
        clock.advance(FRESH - 1)
        assert first is keys.keys()
        assert first is keys.keys_for(sign(Purpose.RECONNECT, [], first))
        read = secrets.reads
        clock.advance(1)
        keys.keys()
        assert read < secrets.reads

    def test_a_clock_that_goes_back_trusts_nothing(self) -> None:
        """Else old keys would be believed until it has caught up."""
        secrets, clock = Secrets(), Clock()
        keys = ring(secrets, clock)
        keys.keys()
        secrets.rotate("2")
        clock.advance(-DAY)

        assert ["2" * 8, "1" * 8] == list(keys.keys().by_version)

    def test_a_token_of_a_newer_key_opens_at_once(self) -> None:
        """Another process has read the rotated secret before us."""
        secrets, clock = Secrets(), Clock()
        keys = ring(secrets, clock)
        old = sign(Purpose.RECONNECT, ["a"], keys.keys())
        secrets.rotate("2")
        clock.advance(AGAIN)
        new = sign(Purpose.RECONNECT, ["b"], ring(secrets, clock).keys())

        assert ["b"] == verify(Purpose.RECONNECT, new, keys.keys_for(new))
        assert ["a"] == verify(Purpose.RECONNECT, old, keys.keys_for(old))

    def test_made_up_tokens_do_not_make_us_read_each_time(self) -> None:
        """Two reads in five seconds at most, however many strangers try."""
        secrets, clock = Secrets(), Clock()
        keys = ring(secrets, clock)
        keys.keys()
        clock.advance(AGAIN)
        read = secrets.reads
        for number in range(100):
            keys.keys_for(f"{number:08}.a.b")
            keys.keys_for("nonsense")
            keys.keys_for("")

        assert 2 == secrets.reads - read

    def test_the_version_before_the_last_is_forgotten(self) -> None:
        """Two rotations end the life of what was signed before them."""
        secrets, clock = Secrets(), Clock()
        token = sign(Purpose.RECONNECT, [], ring(secrets, clock).keys())
        secrets.rotate("2", "3")

        with pytest.raises(InvalidToken):
            verify(Purpose.RECONNECT, token, ring(secrets, clock).keys_for(token))

    def test_a_secret_that_is_not_there_is_an_error(self) -> None:
        """Without a key nothing is signed, and no key is made up."""
        secrets = Secrets()
        secrets.versions = []

        with pytest.raises(Gone):
            ring(secrets, Clock()).keys()

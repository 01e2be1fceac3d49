"""Links open exactly what they were issued for, and only while it lasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink.links import LIFE, Link, issue, link_for, read
from relink.signing import InvalidToken, Keys
from tests.fakes import NOON, connection

KEYS = Keys({"new00000": b"k" * 32, "old00000": b"o" * 32})
links = st.builds(
    Link,
    connection_id=st.from_regex(r"con_[a-z0-9]{1,24}", fullmatch=True),
    red_since=st.integers(0, 2**33),
    credentials_version=st.integers(0, 10_000),
    expires_at=st.integers(0, 2**33),
)


@given(links)
def test_a_link_says_what_it_was_issued_for(link: Link) -> None:
    """What was signed is what is read."""
    assert link == read(issue(link, KEYS), KEYS)


@given(links, st.data())
def test_one_flipped_bit_makes_it_invalid(link: Link, data: st.DataObject) -> None:
    """Any change anywhere in a token is noticed."""
    token = issue(link, KEYS).encode()
    place = data.draw(st.integers(0, len(token) - 1))
    bit = 1 << data.draw(st.integers(0, 6))
    changed = token[:place] + bytes([token[place] ^ bit]) + token[place + 1 :]

    with pytest.raises(InvalidToken):
        read(changed.decode("ascii"), KEYS)


@given(st.text(max_size=600))
def test_nonsense_is_invalid_and_nothing_else(text: str) -> None:
    """Whatever a stranger sends, the answer is the same."""
    with pytest.raises(InvalidToken):
        read(text, KEYS)


@given(links)
def test_a_link_signed_by_the_previous_key_lives_on(link: Link) -> None:
    """Rotating the key breaks no living link."""
    old = Keys({"old00000": b"o" * 32})

    assert link == read(issue(link, old), KEYS)


def test_a_link_of_another_key_is_invalid() -> None:
    """A key that was leaked and taken out of the ring opens nothing."""
    token = issue(link_for(connection(), NOON), Keys({"leaked00": b"x" * 32}))

    with pytest.raises(InvalidToken):
        read(token, KEYS)


def test_a_link_expires() -> None:
    """It lives for two weeks: longer than the last reminder."""
    link = link_for(connection(last_success_at=NOON - 60), NOON)

    assert not link.expired(NOON + LIFE - 1)
    assert link.expired(NOON + LIFE)


def test_a_link_is_spent_once_the_credentials_are_replaced() -> None:
    """It dies by itself: nothing is stored for it."""
    link = link_for(connection(credentials_version=3), NOON)

    assert not link.spent(connection(credentials_version=3))
    assert link.spent(connection(credentials_version=4))


@pytest.mark.parametrize(
    ("issued", "stands", "spent"),
    [(60, 60, False), (60, None, True), (60, 61, True), (60, 59, True), (None, 60, False)],
)
def test_a_link_of_one_incident_is_none_of_another(
    issued: int | None, stands: int | None, *, spent: bool
) -> None:
    """It dies with its incident, whoever mends that; one of none goes by the credentials alone."""
    link = link_for(connection(red_since=issued), NOON)

    assert spent == link.spent(connection(red_since=stands))


def test_a_token_fits_a_url() -> None:
    """Tokens are short and need no escaping in a path."""
    token = issue(link_for(connection(), NOON), KEYS)

    assert len(token) < 200
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()

"""Links and tokens that are spoilt, another's, or of another time."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from reconnect.routes import BANKS_PAGE, LINKS, ROUTES, WEBHOOKS
from relink import unsubscribing
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.reconnect.bench import Bench


def spoilt(token: str) -> Iterator[str]:
    """Yield a token cut, flipped and rearranged at many places."""
    version, payload, signature = token.split(".")
    for end in range(0, len(token), 7):
        yield token[:end]
    for place in range(0, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        yield f"{token[:place]}{other}{token[place + 1 :]}"
    yield from (f"{token}=", f"{token}.", f"{token}A", token.swapcase(), f"{version}..{signature}")
    yield f"{payload}.{version}.{signature}"
    yield f"{version}.{payload}.{payload}"
    forged = base64.urlsafe_b64encode(b'["con_1",0,1,99999999999]').rstrip(b"=").decode()
    yield f"{version}.{forged}.{signature}"


def test_a_spoilt_link_opens_nothing(bench: Bench) -> None:
    """Neither its page, nor its status, nor its form."""
    path = bench.link(bench.add())
    good = path.removeprefix("/reconnect/")

    for token in filter(None, spoilt(good)):
        for answer in (
            bench.get(f"/reconnect/{token}"),
            bench.get(f"/reconnect/{token}/status", accept="application/json"),
            bench.submit(f"/reconnect/{token}"),
        ):
            assert answer.status in {404, 405}, token
    assert [] == bench.attempts()
    assert 200 == bench.get(path).status


def test_a_spoilt_unsubscribe_link_stops_nothing(bench: Bench) -> None:
    """Somebody else's reminders least of all."""
    bench.profile()
    keys = bench.services.keys.keys()

    for token in filter(None, spoilt(unsubscribing.issue("own_1", keys))):
        assert bench.post(f"/unsubscribe/{token}", {}).status in {404, 405}
    profile = bench.services.owners.profile("own_1")
    assert profile
    assert profile.reminders


def test_one_tenants_signature_is_none_for_another(bench: Bench) -> None:
    """Each signature belongs to its payload."""
    own = bench.link(bench.add(connection_id="con_1"))
    other = bench.link(bench.add(connection_id="con_2", workspace_id="ws_2", owner_id="own_2"))
    mixed = ".".join((*own.split(".")[:2], other.split(".")[2]))

    assert own.split(".")[2] != other.split(".")[2]
    assert 404 == bench.get(mixed).status
    assert 404 == bench.submit(mixed).status


def test_an_expired_link_takes_nothing_in(bench: Bench) -> None:
    """To the second; what it offers goes to the owner alone."""
    made = bench.add()
    for expires_at, status in ((NOON + 1, 303), (NOON, 410), (NOON - 1, 410), (-1, 410)):
        path = bench.link(made, expires_at=expires_at)
        assert status == bench.submit(path, form_id=f"{expires_at:024}"[:24]).status
        bench.change(live_attempt="", live_until=0)
    assert 1 == len(bench.attempts())


def test_a_link_from_the_future_takes_nothing_in(bench: Bench) -> None:
    """One for credentials that the connection does not have yet."""
    path = bench.link(bench.add(), credentials_version=7)

    assert (410, 410) == (bench.get(path).status, bench.submit(path).status)
    assert [] == bench.attempts()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "own_1"},
        {"workspace": "ws_1"},
        {"sub": "", "workspace": "ws_1"},
        {"sub": "own_1", "workspace": "a\r\nb"},
        {"sub": "x" * 257, "workspace": "ws_1"},
        {"sub": "\x00", "workspace": "ws_1"},
    ],
)
def test_a_token_that_names_nobody_is_forbidden_everywhere(bench: Bench, claims: Any) -> None:
    """On each of the owner's routes, before anything is looked at."""
    bench.add()
    for route in ROUTES:
        if route in (*LINKS, *BANKS_PAGE, *WEBHOOKS):
            continue
        path = route.path.replace("{connection_id}", "con_1").replace("{account_id}", "acc_1")
        answer = bench.api(route.method, path.replace("{notification_id}", "x"), {}, claims)
        assert 403 == answer.status, route.key

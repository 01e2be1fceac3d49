"""What is told to an owner, and how he is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relink.owners import Notice
from relink.reasons import Status
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

COLLEAGUE = {"sub": "own_3", "workspace": "ws_1"}


def test_notices_show_while_their_incident_lasts(bench: Bench) -> None:
    """No ghost of one that is over, dismissed, or another workspace's."""
    made = bench.add()
    red_since = made.red_since or 0
    bench.add(connection_id="con_2", workspace_id="ws_2")
    bench.add(connection_id="con_3", status=Status.GREEN, reason=None, red_since=None)
    for connection_id, since in [
        ("con_1", red_since),
        ("con_1", red_since - 9000),
        ("con_2", red_since),
        ("con_3", red_since),
        ("con_gone", red_since),
    ]:
        bench.services.owners.add(
            Notice(
                owner_id="own_1",
                connection_id=connection_id,
                red_since=since,
                bank_name="Ría",
                created_at=NOON,
            )
        )

    [shown] = bench.api("GET", "/notifications").json["notifications"]

    assert (f"con_1.{red_since}", "primary", "Banco de la Ría") == (
        shown["notification_id"],
        shown["level"],
        shown["bank_name"],
    )
    assert "credentials_rejected" == shown["reason"]["code"]
    assert [] == bench.api("GET", "/notifications", claims=COLLEAGUE).json["notifications"]

    bench.change(status=Status.GREEN, reason=None, red_since=None)
    assert [] == bench.api("GET", "/notifications").json["notifications"]


def test_a_profile_nobody_has_set_is_guessed_and_not_stored(bench: Bench) -> None:
    """From what the token and the browser say."""
    shown = bench.api("GET", "/profile").json

    assert {
        "owner_id": "own_1",
        "email": "own_1@example.com",
        "language": "en",
        "time_zone": "UTC",
    } == shown
    assert bench.services.owners.profile("own_1") is None


def test_a_profile_is_kept(bench: Bench) -> None:
    """The host app may set it for its users."""
    wanted = {"email": "a@example.com", "language": "es", "time_zone": "Europe/Madrid"}

    put = bench.api("PUT", "/profile", wanted)

    assert 200 == put.status
    assert {"owner_id": "own_1", **wanted} == bench.api("GET", "/profile").json


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "#/email"),
        ({"email": "a@b.c\nBcc: x@y.z"}, "#/email"),
        ({"email": "a@example.com, b@example.com"}, "#/email"),
        ({"language": "tlh"}, "#/language"),
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "#/time_zone"),
        ({"owner_id": "own_2"}, "#/owner_id"),
        ({"email": None}, "#/email"),
    ],
)
def test_a_profile_that_is_not_right_is_refused(
    bench: Bench, change: dict[str, Any], pointer: str
) -> None:
    """An address is one address, a zone is one that exists, and nobody writes another's."""
    wanted = {"email": "a@example.com", "language": "es", "time_zone": "UTC", **change}

    answer = bench.api("PUT", "/profile", wanted)

    assert (422, [pointer]) == (answer.status, [e["pointer"] for e in answer.json["errors"]])
    assert bench.services.owners.profile("own_1") is None

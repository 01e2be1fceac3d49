"""An owner's data: all of it handed out, none of what opens anything."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from relink.addresses import Addresses, Trouble
from relink.attempt import State, ended, submitted
from relink.notices import Notice, Notices, Topic
from relink.owners import Owners, Profile
from relink.repository import change
from relink.subscriptions import Subscription, Subscriptions
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room

EMAIL = "ann@example.com"


def settle_in(room: Room) -> None:
    """Have an owner with everything that can be stored of one, and another beside."""
    client, table = room.bench.client, room.target.name("OwnersTable")
    for owner, email in (("own_1", EMAIL), ("own_2", "bob@example.com")):
        profile = Profile(owner_id=owner, workspace_id="ws_1", email=email)
        Owners(client, table).change_profile(profile, {})
    made = room.bench.add()
    room.bench.sync(9)
    room.bench.add(connection_id="con_2", owner_id="own_2")
    made = room.bench.now()
    attempt = submitted(made, "att_1", b"SEALED-ANSWERS", {"ip": "192.0.2.1"}, NOON)
    room.bench.attempts.begin(
        attempt, change(made, replace(made, live_attempt="att_1"), expect=("lease",))
    )
    over = ended(attempt, State.REJECTED)
    room.bench.attempts.advance(attempt, over)
    Notices(client, table).add(
        Notice(owner_id="own_1", connection_id="con_1", topic=Topic.RED, moment=1, created_at=1)
    )
    Subscriptions(client, table).save(
        Subscription(
            owner_id="own_1",
            endpoint="https://push.example/1",
            p256dh="PUSH-KEY",
            auth="PUSH-SECRET",
            created_at=1,
        )
    )
    Addresses(client, table).mark(EMAIL, Trouble.BOUNCED, 1)


def everything(room: Room) -> str:
    """Return all that is stored in tables that hold people's data."""
    names = ("Owners", "Connections", "Ledger", "Attempts", "Credentials")
    scan = room.bench.client.scan
    return "".join(repr(scan(TableName=f"{name}Table")["Items"]) for name in names)


def test_all_is_handed_out_but_what_opens_something(room: Room) -> None:
    """Each table is in it; sealed answers, credentials and push keys are not."""
    settle_in(room)

    told = room.ops("export-owner", "own_1")

    text = json.dumps(told)
    assert ["con_1"] == [c["connection_id"] for c in told["ConnectionsTable"]]
    assert {"account", "cursor"} == {i["sk"].partition("#")[0] for i in told["LedgerTable"]}
    assert "100.50" in text
    assert "192.0.2.1" in text
    assert {"bounced"} == {i["trouble"] for i in told["OwnersTable"] if "trouble" in i}
    assert [] == [s for s in ("SEALED", "PUSH-KEY", "PUSH-SECRET", "box") if s in text]
    assert "own_2" not in text
    assert ["con_1"] == told["credentials_stored_of"]


def test_the_mark_of_a_shared_address_stays(room: Room) -> None:
    """The other owner who has it would be mailed in vain."""
    settle_in(room)
    owners = Owners(room.bench.client, room.target.name("OwnersTable"))
    owners.change_profile(Profile(owner_id="own_3", workspace_id="ws_3"), {"email": EMAIL})

    told = room.ops("export-owner", "own_1")

    assert [] == [i for i in told["OwnersTable"] if "trouble" in i]

"""The flows: what is there before, what sets each going, and what comes of it in its own time."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from relink.queues import SyncMessage
from relink.schedule import MINUTE
from tests.crash import bank, scene
from tests.crash.beginnings import (
    bounce_prepared,
    dispatch_prepared,
    nothing_prepared,
    red_prepared,
    refusal_prepared,
    reminder_prepared,
    settings_prepared,
    warning_prepared,
    well,
)
from tests.crash.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.crash.world import World


QUARTER = 900


@dataclass(frozen=True)
class Flow:
    """A flow; `bank` is what its bank is like."""

    name: str
    prepare: Callable[[World], None]
    run: Callable[[World], None]
    bank: Mapping[str, Any] = field(default_factory=dict)


def dispatched(world: World) -> None:
    """Let the clock come each minute; what it queues is synced."""
    for _ in range(4):
        world.fire("DispatchFunction")
        world.settle(MINUTE - 1)
        world.settle_until(world.now + MINUTE)


def synced(world: World) -> None:
    """Let a message of the schedule arrive."""
    scene.send(world, "SyncQueue", SyncMessage("con_1", world.now // scene.CYCLE))
    world.settle()


def swept(world: World) -> None:
    """Let the clock come each quarter of an hour."""
    for _ in range(2):
        world.fire("NotifyFunction")
        world.settle(QUARTER - 1)
        world.settle_until(world.now + QUARTER)


def reconnected(world: World) -> None:
    """Let the owner press the page's button and go through with it."""
    owner = Owner(world)
    _, told = owner.api("POST", "/connections/con_1/reconnect")
    owner.reconnect(urlsplit(told["url"]).path)
    world.settle()


def connected(world: World) -> None:
    """Let an owner connect a bank for the first time."""
    owner = Owner(world)
    ria = bank.RIA
    wanted = {"bank_id": ria.bank_id, "name": ria.name, "country": "ES", "provider": "simplefin"}
    body = {"bank": {**wanted, "method": "token"}}
    _, told = owner.api("POST", "/connections", body, key="connect-1")
    owner.reconnect(urlsplit(told["connect_url"]).path)
    world.settle()


def history_fetched(world: World) -> None:
    """Let an owner ask for all that the bank has, and ask again if it was interrupted."""
    owner = Owner(world)
    body = {"kind": "historical"}
    for number in range(3):
        _, told = owner.api("POST", "/connections/con_1/sync", body, key=f"history-{number}")
        path = urlsplit(told["url"]).path.removesuffix("/status")
        if owner.see_through(path, once=True) == "done":
            break
    world.settle()


def visited(world: World) -> None:
    """Let an owner press the button of a connection that is well, until it has synced."""
    owner = Owner(world)
    for _ in range(3):
        status, _ = owner.api("POST", "/connections/con_1/sync", {"kind": "standard"})
        world.settle(MINUTE)
        world.settle_until(world.now + MINUTE)
        made = world.connection()
        if status != 202 or (made and made.digest):
            break
    world.settle()


def mended_elsewhere(world: World) -> None:
    """Let a provider say that what was red works again."""
    Owner(world).webhook("/webhooks/plaid", {"word": "mended", "reference": "item-1"})
    world.settle()


def disconnected(data: str) -> Callable[[World], None]:
    """Return what happens when an owner gives a bank up."""

    def run(world: World) -> None:
        owner = Owner(world)
        owner.api("DELETE", f"/connections/con_1?data={data}")
        world.settle()

    return run


def bounced(world: World) -> None:
    """Let SES tell that the mail has come back for good."""
    to, _, message_id = world.state.mails[0]
    sent_at = dt.datetime.fromtimestamp(world.now, dt.UTC).isoformat()
    told = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": to}]},
        "mail": {"messageId": message_id, "timestamp": sent_at},
    }
    scene.send(world, "MailEventQueue", json.dumps(told))
    world.settle()


def listed(world: World) -> None:
    """Let the clock have the lists of banks looked after."""
    for _ in range(6):
        world.fire("WorkerFunction")
        world.settle_until(world.now + QUARTER)


def settings_changed(world: World) -> None:
    """Let an owner change his profile, put a notice away, and pause the schedule."""
    owner = Owner(world)
    owner.api("PUT", "/profile", {"language": "es", "works_again": True})
    _, told = owner.api("GET", "/notifications")
    for each in told["notifications"]:
        owner.api("POST", f"/notifications/{each['notification_id']}/dismiss")
    owner.api("PATCH", "/connections/con_1", {"auto_sync": False})
    world.settle()


FLOWS = (
    Flow("dispatch", dispatch_prepared, dispatched),
    Flow(
        "sync in pages",
        well("token"),
        synced,
        {"movements": 4, "pages": 2, "rotates": True},
    ),
    Flow("sync with a password", well("direct"), synced),
    Flow("settle red, notice, digest, push", refusal_prepared, synced, {"refuses": {"con_1"}}),
    Flow("reminder", reminder_prepared, swept),
    Flow("expiry warning", warning_prepared, swept),
    Flow("reconnect by password and code", red_prepared("direct"), reconnected),
    Flow(
        "reconnect by token, swap, end of the old access",
        red_prepared("token"),
        reconnected,
        {"way": "token", "separate": True},
    ),
    Flow("reconnect by redirect and callback", red_prepared(), reconnected, {"way": "consent"}),
    Flow("reconnect by the bank's app", red_prepared("direct"), reconnected, {"way": "app"}),
    Flow("first connect", scene.owner, connected, {"way": "token"}),
    Flow("historical sync", well(), history_fetched, {"pages": 2}),
    Flow(
        "historical sync by login",
        well(),
        history_fetched,
        {"way": "consent", "history_by_login": True, "separate": True},
    ),
    Flow("sync on demand", well(), visited),
    Flow("webhook", red_prepared(), mended_elsewhere),
    Flow("bounce", bounce_prepared, bounced),
    Flow("disconnect, data deleted", well(), disconnected("delete")),
    Flow("disconnect, data kept", well(), disconnected("keep")),
    Flow("lists of banks", nothing_prepared, listed),
    Flow("settings", settings_prepared, settings_changed),
)

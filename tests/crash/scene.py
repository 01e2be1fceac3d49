"""What is there before a flow begins: connections, owners, notices, as our own code stores them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.local.push.browser import Browser
from relink.connection import Method
from relink.ledger import Ledger
from relink.notices import Notice, Notices, Topic
from relink.owners import Owners, Profile
from relink.provider import Secret, SyncResult
from relink.queues import Message as Told
from relink.queues import to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import Connections
from relink.schedule import MINUTE, SLOTS
from relink.subscriptions import Subscription, Subscriptions
from relink.webhooks import provider_ref
from sync import worker
from tests.crash import bank
from tests.crash.engines import PUSH_SERVICE
from tests.crash.outside import Message
from tests.fakes import connection

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.crash.world import World

DAY = 86_400
CYCLE = SLOTS * MINUTE
AT_ANY_HOUR = {"quiet_from": "00:00", "quiet_until": "00:00"}
WAYS = {
    "consent": bank.RIA,
    "token": replace(bank.RIA, provider="simplefin", method=Method.TOKEN),
    "direct": replace(bank.RIA, provider="fints", method=Method.DIRECT),
}


def add(world: World, own_id: str = "con_1", way: str = "consent", **facts: Any) -> Connection:
    """Store a connection that is well, with its access and its accounts."""
    well = {"status": Status.GREEN, "reason": None, "last_success_at": world.now - CYCLE}
    reference = {"provider_ref": provider_ref(WAYS[way].provider, "item-1")}
    wanted: dict[str, Any] = {"bank": WAYS[way], "connection_id": own_id, **reference, **well}
    made = connection(**{**wanted, **facts})
    if made.scheduled:
        made = replace(made, slot=made.home_slot)
    with world.wire.unwatched():
        client, name = world.client("dynamodb"), world.engine.name
        Connections(client, name("ConnectionsTable")).create(made)
        with world.environment("WorkerFunction"):
            put: Any = worker.bootstrap().batch.syncer.vault.put(made, Secret(bank.ACCESS))["Put"]
        client.put_item(**put)
        known = SyncResult(accounts=bank.accounts(0), next_cursor="0")
        Ledger(client, name("LedgerTable")).store(own_id, known, made.created_at)
    return made


def red(world: World, way: str = "consent", **facts: Any) -> Connection:
    """Store a connection that has been red for four days."""
    told: dict[str, Any] = {
        "status": Status.RED,
        "reason": Reason.CREDENTIALS_REJECTED,
        "scope": Scope.CONNECTION,
        "provider_code": "NO",
        "since": world.now - 4 * DAY,
        "red_since": world.now - 4 * DAY,
    }
    return add(world, way=way, **{**told, **facts})


def owner(world: World, own_id: str = "own_1", **facts: Any) -> None:
    """Say how an owner is reached, at any hour."""
    told: dict[str, Any] = {"email": f"{own_id}@example.com", "workspace_id": "ws_1"}
    with world.wire.unwatched():
        owners = Owners(world.client("dynamodb"), world.engine.name("OwnersTable"))
        known = Profile(owner_id=own_id, workspace_id="ws_1")
        owners.change_profile(known, {**told, **AT_ANY_HOUR, **facts})


def browser(world: World) -> None:
    """Let the owner have subscribed a browser."""
    made = Browser(f"{PUSH_SERVICE}/browser-1", world.engine.pair.public)
    told = {"endpoint": made.endpoint, **made.subscription()["keys"]}
    with world.wire.unwatched():
        Subscriptions(world.client("dynamodb"), world.engine.name("OwnersTable")).save(
            Subscription(owner_id="own_1", created_at=world.now, key=made.key, **told)
        )


def notice(world: World, made: Connection, topic: Topic = Topic.RED, **facts: Any) -> None:
    """Store the notice of a connection's present moment."""
    moment = made.red_since if topic is Topic.RED else made.consent_expires_at
    told: dict[str, Any] = {"created_at": moment, "due_at": world.now, **facts}
    with world.wire.unwatched():
        Notices(world.client("dynamodb"), world.engine.name("OwnersTable")).add(
            Notice(
                owner_id=made.owner_id,
                connection_id=made.connection_id,
                topic=topic,
                moment=moment or 0,
                bank_name=made.bank.name,
                **told,
            )
        )


def send(world: World, queue: str, message: Told | str) -> None:
    """Put a message on a queue."""
    body = message if isinstance(message, str) else to_body(message)
    name = f"sent-{len(world.state.messages)}-{world.now}"
    world.state.messages.append(Message(queue, name, body, world.now))

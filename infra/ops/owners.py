"""All that is stored of an owner: handed out to him, or deleted, as the law gives him the right.

His credentials are in no export: they are sealed, and only the worker can open them. What opens
his browser or the bank's next page is left out as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.addresses import Trouble as AddressTrouble
from relink.addresses import address_key
from relink.attempts import ENDED, Attempts, State
from relink.disconnecting import TOUCHED, Data, disconnected, settled_already
from relink.items import decode, encode
from relink.owners import PROFILE
from relink.queues import EndMessage, Queue
from relink.repository import Conflict, change, from_item
from relink.subscriptions import BROWSER, HOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.ops.target import Target
    from relink.connection import Connection

LEFT_OUT: Final = {
    "AttemptsTable": frozenset(
        {"answers", "continuation", "return_state", "redirect_url", "picture", "prompt"}
    ),
    "OwnersTable": frozenset({"auth", "p256dh", "answer", "fingerprint"}),
}
Item = dict[str, Any]


def export_owner(target: Target, owner_id: str) -> dict[str, Any]:
    """Return what is stored of an owner, by table. Raises `Trouble` if nothing is."""
    connections = list(_connections(target, owner_id))
    ids = [c["connection_id"] for c in connections]
    found = {
        "OwnersTable": [*_own(target, owner_id), *_elsewhere(target, owner_id)],
        "ConnectionsTable": connections,
        "LedgerTable": [item for name in ids for item in _ledger(target, name)],
        "AttemptsTable": list(_attempts(target, ids)),
    }
    if not any(found.values()):
        raise Trouble(f"nothing is stored of an owner {owner_id}")
    return {
        "owner_id": owner_id,
        "exported_at": target.now(),
        **{table: [_shown(table, item) for item in items] for table, items in found.items()},
        "credentials_stored_of": [name for name in ids if _has_credentials(target, name)],
    }


def delete_owner(target: Target, owner_id: str, *, dry_run: bool) -> dict[str, Any]:
    """Delete all that is stored of an owner; return what was done, and whether all is gone.

    First his connections are given up: the worker ends their access at the banks and deletes
    their data. What is left of him goes when they are gone: until then, run it again.
    """
    connections = [from_item(encode(c)) for c in _connections(target, owner_id)]
    ids = [c.connection_id for c in connections]
    if dry_run:
        stored = len([*_own(target, owner_id), *_elsewhere(target, owner_id)])
        return {"dry_run": True, "connections": ids, "other_items": stored, "gone": False}
    for connection in connections:
        _give_up(target, connection)
    _forget_attempts(target, ids)
    if connections:
        return {"connections_being_ended": ids, "gone": False, "then": "run it again"}
    deleted = _forget(target, owner_id)
    return {"items_deleted": deleted, "gone": True}


def _give_up(target: Target, connection: Connection) -> None:
    """Give a connection up with its data, as its owner could, and have the worker see to it."""
    queue = Queue(target.client("sqs"), target.name("AttemptQueue"))
    if not settled_already(connection, Data.DELETE):
        after = disconnected(connection, Data.DELETE, target.now())
        store = _attempt_store(target)
        live = store.get(connection.live_attempt) if connection.live_attempt else None
        try:
            if live is None or live.answers is None:
                target.connections.save(connection, after, expect=TOUCHED)
            else:
                moved = change(connection, after, expect=TOUCHED)
                store.advance(live, replace(live, answers=None), moved)
        except Conflict:
            raise Trouble(f"{connection.connection_id} changes at this moment; again") from None
    queue.send(EndMessage(connection.connection_id))


def _forget_attempts(target: Target, connection_ids: list[str]) -> None:
    """Delete the attempts that have ended; the worker may be at another's last step."""
    for item in _attempts(target, connection_ids):
        if State(item["state"]) in ENDED:
            target.dynamodb.delete_item(
                TableName=target.name("AttemptsTable"),
                Key=encode({"attempt_id": item["attempt_id"]}),
            )


def _forget(target: Target, owner_id: str) -> int:
    """Delete what is left of an owner without connections, his profile last."""
    table, deleted = target.name("OwnersTable"), 0
    others = [*_elsewhere(target, owner_id), *_own(target, owner_id)]
    for item in sorted(others, key=lambda i: i["sk"] == PROFILE):
        key = {"owner_id": item["owner_id"], "sk": item["sk"]}
        target.dynamodb.delete_item(TableName=table, Key=encode(key))
        deleted += 1
    return deleted


def _own(target: Target, owner_id: str) -> Iterator[Item]:
    pages = target.dynamodb.get_paginator("query").paginate(
        TableName=target.name("OwnersTable"),
        KeyConditionExpression="owner_id = :o",
        ExpressionAttributeValues=encode({":o": owner_id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from map(decode, page["Items"])


def _elsewhere(target: Target, owner_id: str) -> Iterator[Item]:
    """Yield what other keys hold of an owner: his browsers, the mails that told of his banks.

    And the mark of an address of his that nobody else has; a reader's complaint stays, for whoever
    enters the address next.
    """
    for item in target.scan(
        "OwnersTable",
        FilterExpression="holder = :o OR #owner = :o",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues=encode({":o": owner_id}),
    ):
        found = decode(item)
        browser = found["sk"] == HOLDER and found["owner_id"].startswith(BROWSER)
        if found["owner_id"] != owner_id and (browser or "owner" in found):
            yield found
    profile = next((i for i in _own(target, owner_id) if i["sk"] == PROFILE), {})
    for address in {profile.get("email"), profile.get("login_email")} - {None, ""}:
        key = encode(address_key(str(address)))
        marked = target.dynamodb.get_item(TableName=target.name("OwnersTable"), Key=key)
        found = decode(marked.get("Item", {}))
        complained = found.get("trouble") == AddressTrouble.COMPLAINED
        if found and not complained and not _shared(target, owner_id, str(address)):
            yield found


def _shared(target: Target, owner_id: str, address: str) -> bool:
    """Tell whether another owner has the same address."""
    profiles = target.scan(
        "OwnersTable",
        FilterExpression="sk = :p AND owner_id <> :o AND (email = :a OR login_email = :a)",
        ExpressionAttributeValues=encode({":p": PROFILE, ":o": owner_id, ":a": address}),
    )
    return any(True for _ in profiles)


def _connections(target: Target, owner_id: str) -> Iterator[Item]:
    for item in target.scan(
        "ConnectionsTable",
        FilterExpression="owner_id = :o",
        ExpressionAttributeValues=encode({":o": owner_id}),
    ):
        yield decode(item)


def _ledger(target: Target, connection_id: str) -> Iterator[Item]:
    pages = target.dynamodb.get_paginator("query").paginate(
        TableName=target.name("LedgerTable"),
        KeyConditionExpression="connection_id = :c",
        ExpressionAttributeValues=encode({":c": connection_id}),
    )
    for page in pages:
        yield from map(decode, page["Items"])


def _attempts(target: Target, connection_ids: list[str]) -> Iterator[Item]:
    for item in target.scan("AttemptsTable") if connection_ids else ():
        found = decode(item)
        if found["connection_id"] in connection_ids:
            yield found


def _attempt_store(target: Target) -> Attempts:
    tables = target.name("AttemptsTable"), target.name("ConnectionsTable")
    return Attempts(target.dynamodb, *tables, target.trail)


def _has_credentials(target: Target, connection_id: str) -> bool:
    answer = target.dynamodb.get_item(
        TableName=target.name("CredentialsTable"),
        Key=encode({"connection_id": connection_id}),
        ProjectionExpression="connection_id",
    )
    return "Item" in answer


def _shown(table: str, item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in LEFT_OUT.get(table, ())}

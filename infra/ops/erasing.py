"""The end of an owner: all that is stored of him is deleted, as is his right.

First his connections are given up: the worker ends their access at the banks and deletes their
data. What is left of him goes when they are gone, and only then may it be said that all is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from infra.ops.owners import attempts_of, complained, connections_of, elsewhere, own
from infra.ops.target import Trouble
from relink.attempt import ENDED, State
from relink.disconnecting import TOUCHED, Data, disconnected, settled_already
from relink.items import encode
from relink.owners import PROFILE
from relink.queues import EndMessage, Queue
from relink.repository import change, from_item
from relink.writes import Conflict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from infra.ops.target import Target
    from relink.connection import Connection

ERASURE: Final = "erasure"
"""Names, beside his profile, the connections that an owner is given up with: once they are gone,
nothing else tells which attempts were his."""
STAYS: Final = {
    "tries_of_his_logins": "hashes of them, for a day",
    "logs": "ids of his connections, for 30 days",
    "backups": "for 35 days",
}


def delete_owner(target: Target, owner_id: str, *, dry_run: bool) -> dict[str, Any]:
    """Delete all that is stored of an owner; return what was done, whether all is gone, what stays.

    It takes two runs: the second when the worker has ended his connections. Raises `Trouble` if
    nothing is stored of him.
    """
    connections = [from_item(encode(c)) for c in connections_of(target, owner_id)]
    ids = [c.connection_id for c in connections]
    items = [*own(target, owner_id), *elsewhere(target, owner_id)]
    if not connections and not items:
        raise Trouble(f"nothing is stored of an owner {owner_id}")
    all_ids = {*ids, *_given_up(items)}
    if dry_run:
        attempts = sum(1 for _ in attempts_of(target, all_ids))
        return {
            "dry_run": True,
            "connections": ids,
            "attempts": attempts,
            "other_items": len(items),
            "gone": False,
        }
    if connections:
        _write_down(target, owner_id, all_ids)
        for connection in connections:
            _give_up(target, connection)
        _forget_attempts(target, all_ids, ENDED)
        return {"connections_being_ended": ids, "gone": False, "then": "run it again"}
    return _forget(target, owner_id, items, all_ids)


def _give_up(target: Target, connection: Connection) -> None:
    """Give a connection up with its data, as its owner could, and have the worker see to it."""
    queue = Queue(target.client("sqs"), target.name("AttemptQueue"))
    if not settled_already(connection, Data.DELETE):
        after = disconnected(connection, Data.DELETE, target.now())
        live = target.attempts.get(connection.live_attempt) if connection.live_attempt else None
        try:
            if live is None or live.answers is None:
                target.connections.save(connection, after, expect=TOUCHED)
            else:
                moved = change(connection, after, expect=TOUCHED)
                target.attempts.advance(live, replace(live, answers=None), moved)
        except Conflict:
            raise Trouble(f"{connection.connection_id} changes at this moment; again") from None
    queue.send(EndMessage(connection.connection_id))


def _forget(
    target: Target, owner_id: str, items: Iterable[dict[str, Any]], connection_ids: Collection[str]
) -> dict[str, Any]:
    """Delete what is left of an owner without connections, and tell what stays.

    Attempts go in whatever state: none of their runs can write any more without the connection.
    His profile goes last, which names his addresses.
    """
    complaints = complained(target, owner_id)
    attempts = _forget_attempts(target, connection_ids, State)
    deleted = 0
    for item in sorted(items, key=lambda i: i["sk"] == PROFILE):
        key = {"owner_id": item["owner_id"], "sk": item["sk"]}
        target.dynamodb.delete_item(TableName=target.name("OwnersTable"), Key=encode(key))
        deleted += 1
    marked = {"mark_of_a_complaint": "for good, at his address"} if complaints else {}
    return {
        "attempts_deleted": attempts,
        "items_deleted": deleted,
        "gone": True,
        "stays": STAYS | marked,
    }


def _forget_attempts(
    target: Target, connection_ids: Collection[str], states: Collection[State] | type[State]
) -> int:
    """Delete the attempts that are in such a state; the worker may be at another's last step."""
    deleted = 0
    for item in attempts_of(target, connection_ids):
        if State(item["state"]) in states:
            key = encode({"attempt_id": item["attempt_id"]})
            target.dynamodb.delete_item(TableName=target.name("AttemptsTable"), Key=key)
            deleted += 1
    return deleted


def _write_down(target: Target, owner_id: str, connection_ids: Collection[str]) -> None:
    """Keep which connections are given up, before any is."""
    item = {"owner_id": owner_id, "sk": ERASURE, "connections": sorted(connection_ids)}
    target.dynamodb.put_item(TableName=target.name("OwnersTable"), Item=encode(item))


def _given_up(items: Iterable[dict[str, Any]]) -> list[str]:
    """Return the connections that were given up by a run before."""
    return next((list(i["connections"]) for i in items if i["sk"] == ERASURE), [])

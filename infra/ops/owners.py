"""All that is stored of an owner: where it is, and handed out to him, as is his right.

His credentials are in no export: they are sealed, and only the worker can open them. What opens
his browser or the bank's next page is left out as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.addresses import Trouble as AddressTrouble
from relink.addresses import address_key
from relink.items import decode, encode
from relink.owners import PROFILE
from relink.subscriptions import BROWSER, HOLDER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from infra.ops.target import Target

LEFT_OUT: Final = {
    "AttemptsTable": frozenset(
        {"answers", "continuation", "return_state", "redirect_url", "picture", "prompt"}
    ),
    "OwnersTable": frozenset({"auth", "p256dh", "answer", "fingerprint"}),
}
Item = dict[str, Any]


def export_owner(target: Target, owner_id: str) -> dict[str, Any]:
    """Return what is stored of an owner, by table. Raises `Trouble` if nothing is."""
    connections = list(connections_of(target, owner_id))
    ids = [c["connection_id"] for c in connections]
    found = {
        "OwnersTable": [*own(target, owner_id), *elsewhere(target, owner_id)],
        "ConnectionsTable": connections,
        "LedgerTable": [item for name in ids for item in _ledger(target, name)],
        "AttemptsTable": list(attempts_of(target, ids)),
    }
    if not any(found.values()):
        raise Trouble(f"nothing is stored of an owner {owner_id}")
    return {
        "owner_id": owner_id,
        "exported_at": target.now(),
        **{table: [_shown(table, item) for item in items] for table, items in found.items()},
        "credentials_stored_of": [name for name in ids if _has_credentials(target, name)],
    }


def own(target: Target, owner_id: str) -> Iterator[Item]:
    """Yield what lies under his own key."""
    pages = target.dynamodb.get_paginator("query").paginate(
        TableName=target.name("OwnersTable"),
        KeyConditionExpression="owner_id = :o",
        ExpressionAttributeValues=encode({":o": owner_id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from map(decode, page["Items"])


def elsewhere(target: Target, owner_id: str) -> Iterator[Item]:
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
    for address, mark in _marks(target, owner_id):
        if not _complaint(mark) and not _shared(target, owner_id, address):
            yield mark


def complained(target: Target, owner_id: str) -> bool:
    """Tell whether an address of his bears the mark of a complaint, which stays."""
    return any(_complaint(mark) for _, mark in _marks(target, owner_id))


def _marks(target: Target, owner_id: str) -> Iterator[tuple[str, Item]]:
    """Yield his addresses that are marked, with their marks."""
    profile = next((i for i in own(target, owner_id) if i["sk"] == PROFILE), {})
    for address in {profile.get("email"), profile.get("login_email")} - {None, ""}:
        key = encode(address_key(str(address)))
        marked = target.dynamodb.get_item(TableName=target.name("OwnersTable"), Key=key)
        if "Item" in marked:
            yield str(address), decode(marked["Item"])


def _complaint(mark: Item) -> bool:
    return bool(mark.get("trouble") == AddressTrouble.COMPLAINED)


def _shared(target: Target, owner_id: str, address: str) -> bool:
    """Tell whether another owner has the same address."""
    profiles = target.scan(
        "OwnersTable",
        FilterExpression="sk = :p AND owner_id <> :o AND (email = :a OR login_email = :a)",
        ExpressionAttributeValues=encode({":p": PROFILE, ":o": owner_id, ":a": address}),
    )
    return any(True for _ in profiles)


def connections_of(target: Target, owner_id: str) -> Iterator[Item]:
    """Yield his connections."""
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


def attempts_of(target: Target, connection_ids: Collection[str]) -> Iterator[Item]:
    """Yield the attempts at connections, those of the past week."""
    for item in target.scan("AttemptsTable") if connection_ids else ():
        found = decode(item)
        if found["connection_id"] in connection_ids:
            yield found


def _has_credentials(target: Target, connection_id: str) -> bool:
    answer = target.dynamodb.get_item(
        TableName=target.name("CredentialsTable"),
        Key=encode({"connection_id": connection_id}),
        ProjectionExpression="connection_id",
    )
    return "Item" in answer


def _shown(table: str, item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in LEFT_OUT.get(table, ())}

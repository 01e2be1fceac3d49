"""Other keys, when one has leaked or its time has come: that of links, those of credentials."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.items import decode, encode
from relink.owners import written
from relink.queues import Queue, ResealMessage
from relink.signing import FRESH
from sync.retiring import PREFIX
from sync.vault import CACHED, ROTATED_AFTER, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.ops.target import Target

DATA_KEY: Final = "vault_key#"
SETTLED: Final = CACHED + 60
"""Seconds after which no worker seals under a key that had no successor when it looked."""
SENDERS: Final = 16


def rotate_link_key(target: Target, *, void: bool) -> dict[str, Any]:
    """Have links signed by a new key; what the one before signed stays good, unless all are void.

    Secrets Manager keeps two versions, and so do we: two new ones leave no old one.
    """
    client, secret = target.client("secretsmanager"), target.name("LinkKeySecret")
    versions = [
        client.put_secret_value(SecretId=secret, SecretString=secrets.token_urlsafe(48))[
            "VersionId"
        ][:8]
        for _ in range(2 if void else 1)
    ]
    return {
        "signs": versions[-1],
        "links_of_before": "void" if void else "good until they expire",
        "known_everywhere_in_seconds": FRESH,
    }


def rotate_vault(target: Target) -> dict[str, Any]:
    """Give each data key that seals now a successor: what is sealed from soon on is under that."""
    now = target.now()
    names = [item["name"] for item in _data_keys(target) if _seals(target, item)]
    for name in names:
        _succeed(target, name, f"{name}.{now}")
    return {
        "data_keys_succeeded": len(names),
        "known_everywhere_in_seconds": SETTLED,
        "then": "rotate-vault --reseal --yes",
    }


def reseal(target: Target, *, dry_run: bool) -> dict[str, Any]:
    """Have the worker seal all stored credentials under the newest data keys.

    A second time finds nothing to do. Raises `Trouble` while a worker may not know the newest.
    """
    newest = max((_born(item) for item in _data_keys(target)), default=0)
    if (wait := newest + SETTLED - target.now()) > 0:
        raise Trouble(f"workers may seal under the old data keys for {wait} seconds more")
    stored = _stored(target)
    if dry_run:
        return {"dry_run": True, "connections": sum(1 for _ in stored)}
    queue = Queue(target.client("sqs"), target.name("SyncQueue"))
    asked = queue.send_all(map(ResealMessage, stored), width=SENDERS)
    return {"connections": asked, "then": "rotate-vault --forget, until it finds none in use"}


def forget_data_keys(target: Target, *, dry_run: bool) -> dict[str, Any]:
    """Delete the data keys that neither seal any more nor open anything that is stored.

    What was sealed under them lies in backups only, which can then not be opened any more.
    """
    used = set(_in_use(target))
    keys = [item for item in _data_keys(target) if not _seals(target, item)]
    spare = sorted(item["name"] for item in keys if item["name"] not in used)
    waits = sorted(item["name"] for item in keys if item["name"] in used)
    for name in spare:
        if not dry_run:
            target.dynamodb.delete_item(
                TableName=target.name("StateTable"), Key=encode({"name": name})
            )
    return {"dry_run": dry_run, "forgotten" if not dry_run else "spare": spare, "in_use": waits}


def _data_keys(target: Target) -> Iterator[dict[str, Any]]:
    for item in target.scan(
        "StateTable",
        FilterExpression="begins_with(#name, :prefix)",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues=encode({":prefix": DATA_KEY}),
    ):
        yield decode(item)


def _seals(target: Target, item: dict[str, Any]) -> bool:
    """Tell whether a data key is still sealed with: of this quarter, and without a successor."""
    quarter = item["name"].split("#")[-1].partition(".")[0]
    return "successor" not in item and int(quarter) >= target.now() // ROTATED_AFTER


def _born(item: dict[str, Any]) -> int:
    """Return when operators made a data key somebody's successor, 0 if they did not."""
    last = str(item.get("successor", item["name"])).rpartition(".")[2]
    return int(last) if last.isdigit() else 0


def _succeed(target: Target, name: str, successor: str) -> None:
    if not written(
        target.dynamodb.update_item,
        TableName=target.name("StateTable"),
        Key=encode({"name": name}),
        UpdateExpression="SET successor = :s",
        ConditionExpression="attribute_exists(data_key) AND attribute_not_exists(successor)",
        ExpressionAttributeValues=encode({":s": successor}),
    ):
        raise Trouble("somebody else rotates the data keys at this moment; look again")


def _stored(target: Target) -> Iterator[str]:
    """Yield the connections of which credentials are stored, retired ones among them, once each."""
    seen: set[str] = set()
    for item in target.scan("CredentialsTable", ProjectionExpression="connection_id"):
        connection_id = decode(item)["connection_id"].removeprefix(PREFIX)
        if connection_id not in seen:
            seen.add(connection_id)
            yield connection_id


def _in_use(target: Target) -> Iterator[str]:
    """Yield the data keys that stored boxes name."""
    for item in target.scan("CredentialsTable", ProjectionExpression="box, boxes"):
        values = decode(item)
        for box in (*values.get("boxes", ()), *filter(None, [values.get("box")])):
            yield key_of(box)
    for item in target.scan(
        "AttemptsTable",
        ProjectionExpression="continuation",
        FilterExpression="attribute_exists(continuation)",
    ):
        continuation = decode(item)["continuation"]
        if continuation:
            yield key_of(continuation)

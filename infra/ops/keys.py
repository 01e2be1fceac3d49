"""The data keys of credentials: succeeded when one has leaked, and forgotten once out of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.items import decode, encode
from relink.queues import Queue, ResealMessage
from relink.writes import written
from sync.credentials.retiring import PREFIX
from sync.credentials.vault import CACHED, ROTATED_AFTER, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from infra.ops.target import Target

DATA_KEY: Final = "vault_key#"
RUN: Final = 120
"""Seconds for which a worker's run goes on at most: what it has sealed is stored by then."""
SETTLED: Final = CACHED + RUN + 60
"""Seconds after which nothing comes that is sealed under a key that had no successor when a worker
looked, though their clocks differ."""
SENDERS: Final = 16


def rotate_vault(target: Target) -> dict[str, Any]:
    """Give each data key that seals now a successor: what is sealed from soon on is under that."""
    now = target.now()
    names = [item["name"] for item in _data_keys(target) if _seals(item, now)]
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
    _settled(target, _data_keys(target))
    stored = _stored(target)
    if dry_run:
        return {"dry_run": True, "connections": sum(1 for _ in stored)}
    queue = Queue(target.client("sqs"), target.name("SyncQueue"))
    asked = queue.send_all(map(ResealMessage, stored), width=SENDERS)
    return {"connections": asked, "then": "rotate-vault --forget, until it finds none in use"}


def forget_data_keys(target: Target, *, dry_run: bool) -> dict[str, Any]:
    """Delete the data keys that neither seal any more nor open anything that is stored.

    What was sealed under them lies in backups only, and opens with a backup of the keys only.
    Raises `Trouble` while a worker may not know the newest: it would seal under what we delete.
    """
    keys = list(_data_keys(target))
    _settled(target, keys)
    over = [item for item in keys if not _seals(item, target.now() - SETTLED)]
    used = set(_in_use(target))
    spare = [item for item in over if item["name"] not in used]
    if not dry_run:
        for item in spare:
            _forget(target, item)
    return {
        "dry_run": dry_run,
        "spare" if dry_run else "forgotten": _names(spare),
        "in_use": _names(item for item in over if item["name"] in used),
    }


def _settled(target: Target, keys: Iterable[dict[str, Any]]) -> None:
    """Raise `Trouble` while a worker may not have looked since the newest key was announced."""
    newest = max(map(_born, keys), default=0)
    if (wait := newest + SETTLED - target.now()) > 0:
        raise Trouble(f"workers may seal under the old data keys for {wait} seconds more")


def _forget(target: Target, item: dict[str, Any]) -> None:
    """Delete a data key; its name leads on to its successor as long as its quarter lasts.

    Without it, a worker would make another key of that name, while those who remember the old one
    can not open what that has sealed.
    """
    table, key = target.name("StateTable"), encode({"name": item["name"]})
    if _quarter(item) < target.now() // ROTATED_AFTER:
        target.dynamodb.delete_item(TableName=table, Key=key)
    else:
        written(
            target.dynamodb.update_item,
            TableName=table,
            Key=key,
            UpdateExpression="REMOVE data_key",
            ConditionExpression="attribute_exists(successor)",
        )


def _names(keys: Iterable[dict[str, Any]]) -> list[str]:
    """Return what those keys are called that are not forgotten yet."""
    return sorted(item["name"] for item in keys if "data_key" in item)


def _data_keys(target: Target) -> Iterator[dict[str, Any]]:
    for item in target.scan(
        "StateTable",
        FilterExpression="begins_with(#name, :prefix)",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues=encode({":prefix": DATA_KEY}),
    ):
        yield decode(item)


def _seals(item: dict[str, Any], at: int) -> bool:
    """Tell whether a data key is sealed with at a time: of its quarter, and without a successor."""
    return "successor" not in item and _quarter(item) >= at // ROTATED_AFTER


def _quarter(item: dict[str, Any]) -> int:
    return int(item["name"].split("#")[-1].partition(".")[0])


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
    """Yield the data keys that stored boxes name.

    A box that is retired moves, once, so it may have left where a scan has not been yet for where
    it has: a second scan finds it there.
    """
    for _ in range(2):
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

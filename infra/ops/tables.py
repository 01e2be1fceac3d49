"""The tables in files: one a table, a line an item, in DynamoDB's own typed JSON.

Taken along are those that hold what cannot be had anew. Credentials are as sealed in the files as
in their table, and good only where `VaultKey` is. Attempts stay behind: what was typed shall not
be restorable. So do the lists of banks, which the providers tell within a day.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from infra.ops.target import Trouble
from relink.backoff import Throttled, tries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from infra.ops.target import Target

TABLES: Final = (
    "StateTable",
    "CredentialsTable",
    "LedgerTable",
    "OwnersTable",
    "ConnectionsTable",
)
"""In the order of import: a connection comes when all that it needs is there, and its notice is
there before the stream tells that it is red."""
MANIFEST: Final = "manifest.json"
BATCH: Final = 25


def export_tables(target: Target, folder: Path) -> dict[str, Any]:
    """Write each table to a file that only its owner may read; return how many items it has.

    A table is read while others write to it: for one moment of all of them, restore a point in
    time first and export that. Raises `Trouble` if the folder holds an export already.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / MANIFEST).exists():
        raise Trouble(f"{folder} holds an export already")
    told: dict[str, Any] = {}
    for table in TABLES:
        digest, count = hashlib.sha256(), 0
        with os.fdopen(_private(folder / f"{table}.jsonl"), "wb") as file:
            for item in target.scan(table):
                line = json.dumps(_written(item), sort_keys=True).encode() + b"\n"
                digest.update(line)
                file.write(line)
                count += 1
        told[table] = {"items": count, "sha256": digest.hexdigest()}
    manifest = {"exported_at": target.now(), "tables": told}
    begun = folder / f"{MANIFEST}.begun"
    with os.fdopen(_private(begun), "wb") as file:
        file.write(json.dumps(manifest, indent=2).encode())
    begun.replace(folder / MANIFEST)  # whole or not there: it says that the export is one
    return manifest


def import_tables(
    target: Target, folder: Path, *, dry_run: bool, over: bool = False
) -> dict[str, Any]:
    """Put what was exported into empty tables; return how many items each got.

    Raises `Trouble` before anything is written if a file is not as it was exported, or a table
    has items: what is there is not mixed with what was. With `over` it is: what has the same key
    gives way, what has another one stays.
    """
    counts = _checked(folder)
    full = [table for table in TABLES if any(True for _ in target.scan(table, Limit=1))]
    if full and not over:
        raise Trouble(
            f"only empty tables are filled; these are not: {', '.join(full)} (see --over)"
        )
    if not dry_run:
        for table in TABLES:
            _fill(target, table, _lines(folder / f"{table}.jsonl"))
    return {"dry_run": dry_run, "items": counts}


def _checked(folder: Path) -> dict[str, int]:
    """Return how many items each file holds, if it is as it was exported. Raises `Trouble`."""
    written = _manifest(folder)
    for table, (_, digest) in written.items():
        try:
            with (folder / f"{table}.jsonl").open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise Trouble(f"{table}.jsonl is missing") from None
        if found != digest:
            raise Trouble(f"{table}.jsonl is not as it was exported")
    return {table: items for table, (items, _) in written.items()}


def _manifest(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the items and the digest of each table's file."""
    try:
        told = json.loads((folder / MANIFEST).read_text())["tables"]
        return {table: (told[table]["items"], told[table]["sha256"]) for table in TABLES}
    except FileNotFoundError:
        raise Trouble(f"{folder} holds no export") from None
    except (ValueError, KeyError, TypeError):
        raise Trouble(f"{MANIFEST} is damaged; nothing is imported") from None


def _fill(target: Target, table: str, items: Iterable[dict[str, Any]]) -> None:
    batch: list[Any] = []
    for item in items:
        batch.append({"PutRequest": {"Item": item}})
        if len(batch) == BATCH:
            _put(target, table, batch)
            batch = []
    if batch:
        _put(target, table, batch)


def _put(target: Target, table: str, batch: list[Any]) -> None:
    name = target.name(table)
    for _ in tries():
        answer = target.dynamodb.batch_write_item(RequestItems={name: batch})
        batch = answer.get("UnprocessedItems", {}).get(name, [])
        if not batch:
            return
    raise Throttled


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            yield _read(json.loads(line))


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _written(value: Any) -> Any:
    """Return a typed value as JSON has it: binaries in Base64, all else as it is."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _written(v) for name, v in value.items()}
    return [_written(v) for v in value] if isinstance(value, list) else value


def _read(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _typed(value) for name, value in item.items()}


def _typed(value: dict[str, Any]) -> dict[str, Any]:
    """Return a typed value as boto3 takes it."""
    [(kind, held)] = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(held)}
        case "BS":
            return {kind: [base64.b64decode(v) for v in held]}
        case "M":
            return {kind: _read(held)}
        case "L":
            return {kind: [_typed(v) for v in held]}
        case _:
            return value

"""The tables, out into files and back in."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

from infra.ops.tables import MANIFEST, TABLES
from relink.items import encode
from tests.fakes import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ops.conftest import Room

ODD: dict[str, Any] = {
    "owner_id": {"S": "own_1"},
    "sk": {"S": "odd"},
    "numbers": {"NS": ["1", "2.50"]},
    "binaries": {"BS": [b"\x00\xff", b"b"]},
    "deep": {"M": {"list": {"L": [{"B": b"\x00"}, {"NULL": True}, {"N": "-0.1"}]}}},
    "empty": {"S": ""},
    "flag": {"BOOL": False},
}


def contents(room: Room) -> dict[str, list[str]]:
    """Return what is in the tables."""
    return {t: sorted(repr(sorted(i.items())) for i in room.target.scan(t)) for t in TABLES}


def empty(room: Room) -> None:
    """Lose everything."""
    for table in TABLES:
        keys = room.bench.client.describe_table(TableName=table)["Table"]["KeySchema"]
        for item in room.target.scan(table):
            key = {k["AttributeName"]: item[k["AttributeName"]] for k in keys}
            room.bench.client.delete_item(TableName=table, Key=key)


def test_what_is_exported_comes_back_as_it_was(room: Room, tmp_path: Path) -> None:
    """Of every type; the worker opens what it sealed before, and syncs."""
    room.bench.add()
    room.bench.client.put_item(TableName="OwnersTable", Item=ODD)
    for number in range(30):
        item = encode({"connection_id": "con_1", "sk": f"x#{number:02}", "at": NOON})
        room.bench.client.put_item(TableName="LedgerTable", Item=item)
    before = contents(room)
    assert 30 == room.ops("export-tables", f"{tmp_path}/out")["tables"]["LedgerTable"]["items"]

    empty(room)
    assert room.ops("import-tables", f"{tmp_path}/out")["dry_run"]
    assert {table: [] for table in TABLES} == contents(room)
    room.ops("import-tables", f"{tmp_path}/out", "--yes")

    assert before == contents(room)
    assert [] == room.bench.sync(9)
    assert 1 == len(room.bench.provider.calls)


def test_files_are_for_their_owners_eyes_only(room: Room, tmp_path: Path) -> None:
    """Movements and addresses are in them."""
    room.ops("export-tables", f"{tmp_path}/out")

    modes = {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "out").iterdir()}

    assert {0o600} == modes
    told = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert set(TABLES) == told["tables"].keys()
    assert "holds an export already" in room.ops("export-tables", f"{tmp_path}/out", expect=1)


def test_nothing_is_mixed_and_nothing_altered_is_taken(room: Room, tmp_path: Path) -> None:
    """Tables that hold something are refused, and so is a file that somebody has edited."""
    room.bench.add()
    room.ops("export-tables", f"{tmp_path}/out")

    full = room.ops("import-tables", f"{tmp_path}/out", "--yes", expect=1)
    assert "only empty tables are filled" in full
    file = tmp_path / "out" / "ConnectionsTable.jsonl"
    file.write_text(file.read_text().replace("own_1", "own_2"))
    altered = room.ops("import-tables", f"{tmp_path}/out", "--yes", expect=1)
    assert "ConnectionsTable.jsonl is not as it was exported" == altered
    assert "holds no export" in room.ops("import-tables", str(tmp_path), "--yes", expect=1)

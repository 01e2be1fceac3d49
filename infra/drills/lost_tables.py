"""The tables are lost: taken out beforehand, put back afterwards, and nobody is told anew."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.demo.cast import CYCLE, GATHERED
from infra.demo.loop import LOGINS
from infra.drills.terminal import Terminal
from infra.ops.tables import BATCH, TABLES

if TYPE_CHECKING:
    from infra.demo.cast import Cast

RED = "Juniper Bank"


def drill(cast: Cast) -> None:
    """Export everything, lose it, import it, and go on."""
    stack, owner, operator = cast.stack, cast.founder, Terminal(cast)
    cast.tell.begin(f"{RED} is red and its owner knows; the tables are exported")
    cast.trouble("simplefin", LOGINS[RED], "expired")
    cast.pass_time(CYCLE)
    cast.pass_time(GATHERED)
    cast.tell.observe("he was mailed once", "the mailbox", seen=len(owner.mails()), expected=1)
    before = {table: _sorted(cast, table) for table in TABLES}
    with tempfile.TemporaryDirectory() as folder:
        told = operator.ops("export-tables", f"{folder}/tables")["tables"]
        counts = {table: told[table]["items"] for table in TABLES}
        cast.tell.tell(f"items by table: {counts}", "its answer")
        cast.tell.begin("Everything is lost")
        _lose(cast)
        cast.tell.observe(
            "the app shows no bank", "GET /connections", seen=owner.connections(), expected={}
        )
        operator.ops("import-tables", f"{folder}/tables", "--over", "--yes")
        left = [file.name for file in Path(folder).iterdir()]
    stack.settle()
    cast.tell.observe(
        "each table but that of the clock's place is as it was",
        "the tables",
        seen=[t for t in TABLES if t not in _MOVING and _sorted(cast, t) != before[t]],
        expected=[],
    )
    cast.tell.begin("Six hours pass")
    mark = cast.mark()
    cast.pass_time(CYCLE)
    cast.tell.observe(
        "each bank but the red one was called, with the credentials that were sealed before",
        "the banks' call count",
        seen={b: cast.calls("simplefin", login, "accounts", mark) for b, login in LOGINS.items()},
        expected={b: int(b != RED) for b in LOGINS},
    )
    cast.tell.observe(
        "and nobody was told again",
        "the mailbox",
        seen=(len(owner.mails()), owner.notified(), left),
        expected=(1, [RED], ["tables"]),
    )


_MOVING = {"StateTable", "OwnersTable"}
"""The clock and the sweep write there every minute."""


def _sorted(cast: Cast, table: str) -> list[str]:
    return sorted(repr(sorted(item.items())) for item in cast.stack.items(table))


def _lose(cast: Cast) -> None:
    """Delete all items; the stream tells of it, as of any end."""
    client = cast.stack.clients("dynamodb")
    for table in TABLES:
        name = cast.stack.attributes[table]["Ref"]
        keys = client.describe_table(TableName=name)["Table"]["KeySchema"]
        names = [key["AttributeName"] for key in keys]
        lost = [{n: item[n] for n in names} for item in cast.stack.items(table)]
        for start in range(0, len(lost), BATCH):
            some = [{"DeleteRequest": {"Key": key}} for key in lost[start : start + BATCH]]
            client.batch_write_item(RequestItems={name: some})
    cast.stack.settle()

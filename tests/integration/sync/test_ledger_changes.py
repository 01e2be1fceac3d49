"""What the Ledger says has changed, and what it does not write because nothing has."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import boto3

from relink.changes import Changes
from relink.ledger import Ledger
from relink.provider import SyncResult
from tests.fakes import NOON, account
from tests.integration.sync.test_telling_the_host_app import FIRST, movement
from tests.stumbling import stumble


def test_what_is_there_already_is_not_written_again(tables: dict[str, str]) -> None:
    """To read it is a fifth of the price."""
    ledger = Ledger(boto3.client("dynamodb"), tables["LedgerTable"])
    page = SyncResult((account(),), tuple(movement(str(n), n, "1.10") for n in range(30)))
    ledger.store("con_1", page, NOON)
    writes: list[Any] = []

    def counting(real: Any, arguments: dict[str, Any]) -> Any:
        writes.append(arguments)
        return real(**arguments)

    stumble(ledger._client, "batch_write_item", *[counting] * 9)
    again = Changes()
    ledger.store("con_1", page, NOON, changes=again)
    assert (False, []) == (bool(again), writes)

    more = Changes()
    pending = replace(movement("p"), booked_on=None)
    ledger.store("con_1", replace(page, added=(*page.added[1:], pending)), NOON, changes=more)
    assert (1, 0, 0, None) == (more.added, more.modified, more.removed, more.first)
    booked = Changes()
    ledger.store("con_1", replace(page, added=(movement("p"),)), NOON, changes=booked)
    assert (1, 1, FIRST) == (booked.added, booked.removed, booked.last)


def test_a_bank_that_tells_changes_only_is_believed(tables: dict[str, str]) -> None:
    """Nothing is read to hold it against."""
    ledger = Ledger(boto3.client("dynamodb"), tables["LedgerTable"])
    ledger.store("con_1", SyncResult((account(),), (movement("a"),)), NOON)
    found = Changes()
    page = SyncResult(
        (account(),), (movement("b"),), (movement("a", 0, "2"),), (("1", "x"),), incremental=True
    )
    ledger.store("con_1", page, NOON, changes=found)

    assert (1, 1, 1) == (found.added, found.modified, found.removed)
    assert 1 == len(found.accounts)


def test_a_balance_alone_is_a_change_of_its_account(tables: dict[str, str]) -> None:
    """Without a movement, and without a day."""
    ledger = Ledger(boto3.client("dynamodb"), tables["LedgerTable"])
    ledger.store("con_1", SyncResult((account(),)), NOON)
    found = Changes()
    ledger.store(
        "con_1", SyncResult((replace(account(), balance=Decimal(7)),)), NOON, changes=found
    )

    assert (True, 0, None, 1) == (bool(found), found.added, found.first, len(found.accounts))

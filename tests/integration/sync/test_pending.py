"""Pending and removed movements: the Ledger holds those of the last answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from relink.failures import Temporary
from relink.provider import SyncResult
from relink.reasons import Reason
from tests.fakes import NOON, account
from tests.integration.sync.booking import FIRST, HERE, OWN, booked, keys, pending, told

if TYPE_CHECKING:
    from relink.ledger import Ledger


def test_pending_movements_are_those_of_the_last_answer(ledger: Ledger) -> None:
    """What is no longer pending has been booked or has vanished; it is not both."""
    ledger.store(OWN, told(pending("a"), pending("b")), NOON)
    ledger.store(OWN, told(pending("b"), booked("a")), NOON)

    assert keys(ledger, "pending#") == ["pending#acc#b"]
    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#a"]


def test_pending_movements_of_other_accounts_stay(ledger: Ledger) -> None:
    """An answer that does not list an account says nothing about what is pending there."""
    other = account("Savings", "2")
    both = SyncResult(
        accounts=(HERE, other),
        added=(pending("a"), pending("b", account="2")),
    )
    ledger.store(OWN, both, NOON)
    ledger.store(OWN, told(), NOON)

    assert [k.rpartition("#")[2] for k in keys(ledger, "pending#")] == ["b"]


def test_pending_movements_of_an_account_in_trouble_stay(ledger: Ledger) -> None:
    """An account that the bank could not read is listed, but not told of."""
    ledger.store(OWN, told(pending("a")), NOON)
    trouble = {HERE.provider_id: Temporary(Reason.ACCOUNT_UNAVAILABLE)}
    ledger.store(OWN, told(account_errors=trouble), NOON)

    assert keys(ledger, "pending#") == ["pending#acc#a"]


def test_an_incremental_answer_removes_only_what_it_names(ledger: Ledger) -> None:
    """Changes since a cursor: what is not mentioned has not changed."""
    ledger.store(OWN, told(pending("a"), pending("b"), booked("c"), booked("d")), NOON)
    changes = told(incremental=True, removed=(("1", "a"), ("1", "c"), ("1", "x"), ("9", "d")))
    ledger.store(OWN, changes, NOON)

    assert keys(ledger, "pending#") == ["pending#acc#b"]
    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#d"]


def test_a_removed_movement_takes_no_namesake_with_it(ledger: Ledger) -> None:
    """An id that ends like another one is another one."""
    ledger.store(OWN, told(booked("7"), booked("x#7"), pending("y#7")), NOON)
    ledger.store(OWN, told(incremental=True, removed=(("1", "7"),)), NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#x#7"]
    assert keys(ledger, "pending#") == ["pending#acc#y#7"]


def test_a_movement_that_moved_to_another_day_is_there_once(ledger: Ledger) -> None:
    """A modified movement leaves its old place, pending or booked."""
    ledger.store(OWN, told(booked("a"), pending("b")), NOON)
    later = FIRST + timedelta(days=2)
    moved = told(incremental=True, modified=(booked("a", later), booked("b", later)))
    ledger.store(OWN, moved, NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-03#a", "booked#acc#2026-01-03#b"]
    assert keys(ledger, "pending#") == []


def test_a_movement_that_is_removed_and_told_again_stays(ledger: Ledger) -> None:
    """One request cannot put and delete the same item: the answer's last word counts."""
    ledger.store(OWN, told(booked("a")), NOON)
    ledger.store(OWN, told(booked("a"), removed=(("1", "a"),), incremental=True), NOON)

    assert keys(ledger, "booked#") == ["booked#acc#2026-01-01#a"]

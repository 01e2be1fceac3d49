"""A connection's item is small: a write costs one unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason, Scope
from relink.repository import from_item, to_item
from relink.transitions import Synced, failed, synced
from tests.fakes import NOON, connection
from tests.unit.relink.stored_items import TROUBLES, UUID, loaded

if TYPE_CHECKING:
    from relink.connection import Connection

KILOBYTE = 1024


def size(value: Any) -> int:
    """Return the bytes of a typed value, by the rules of the DynamoDB developer guide.

    A text counts its UTF-8, a number about half a byte a digit and one more, a list or map three
    and one for each entry.
    """
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            text = str(content)
            digits = text.lstrip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + text.startswith("-")
        case "L":
            return 3 + sum(1 + size(v) for v in content)
        case "M":
            return 3 + sum(1 + len(k.encode()) + size(v) for k, v in content.items())
        case "BOOL":
            return 1
        case _:
            raise AssertionError(kind)


def item_size(made: Connection) -> int:
    """Return the size of a connection's item: its attributes' names and values."""
    return sum(len(name.encode()) + size(value) for name, value in to_item(made).items())


def test_the_worst_red_item_costs_one_write_unit() -> None:
    """The bank's longest words, in letters of more bytes than one: still one kilobyte."""
    words = "Bitte bestätigen Sie die Geschäftsbedingungen übermäßig ausführlich. " * 3
    error = NeedsOwner(
        Reason.CREDENTIALS_REJECTED,
        provider_code="ASPSP_" + "UNAUTHORIZED_" * 20,
        provider_text=words[:200],
    )
    troubled = {f"acc_{n:020}": "account_unavailable" for n in range(40)}
    red = replace(
        failed(loaded(troubles=troubled), error, NOON + 5, counted=True),
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 181,
    )

    assert item_size(red) <= KILOBYTE
    assert red.provider_text.startswith("Bitte bestätigen Sie")


def test_a_green_item_with_some_accounts_in_trouble_costs_one_write_unit() -> None:
    """A handful of accounts in trouble is what a bank has at its worst."""
    troubles = {f"acc_{n:020}": "account_unavailable" for n in range(5)}
    green = synced(loaded(), Synced("d" * 24, troubles=troubles), NOON + 5)

    assert item_size(replace(green, lease=f"{UUID[-12:]}.49", lease_until=NOON)) <= KILOBYTE


def test_a_quiet_item_is_far_below_that() -> None:
    """The rule: green, nothing under way."""
    quiet = synced(connection(), Synced("d" * 24), NOON)

    assert item_size(quiet) < 512


def test_a_banks_code_without_end_still_fits_an_item() -> None:
    """What a bank sends is cut, between letters, before it is stored."""
    error = NeedsOwner(
        Reason.ACTION_AT_BANK,
        provider_code="漢" * 500_000,
        provider_text="\ud800" + "é" * 500_000,
    )
    red = failed(connection(), error, NOON, counted=True)

    assert item_size(red) <= KILOBYTE
    assert set(red.provider_code) == {"漢"}
    assert from_item(to_item(red)) == red


def test_the_worst_orange_item_costs_one_write_unit() -> None:
    """An outage, its words, and an account whose own incident goes on."""
    error = Temporary(
        Reason.PROVIDER_UNAVAILABLE,
        provider_code="X" * 99,
        provider_text="y" * 200,
        scope=Scope.CONNECTION,
    )
    sick = synced(loaded(), Synced("d" * 24, troubles=TROUBLES), NOON + 5)
    orange = replace(
        failed(sick, error, NOON + 6, counted=True),
        tries=loaded().tries,
        rate_limited_until=NOON + 7,
        lease=f"{UUID[-12:]}.49",
        lease_until=NOON + 187,
    )

    assert item_size(orange) <= KILOBYTE

"""What an owner changes: whether a bank is synced by itself, what he calls and hides."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from relink.bank_accounts import Account, identity
from relink.ledger import Ledger
from relink.provider import SyncResult
from relink.reasons import Status
from relink.writes import Conflict
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

FOREIGN = {"sub": "own_2", "workspace": "ws_2"}
ACCOUNTS = "/connections/con_1/accounts"


def known(bench: Bench) -> str:
    """Store what a sync brings; return our id of the account."""
    account = Account("1", (identity("iban", "ES1"),), "Current", "EUR", Decimal("10.50"))
    ledger = Ledger(bench.services._dynamodb, "LedgerTable")
    return ledger.store("con_1", SyncResult((account,)), NOON)["1"]


def test_an_owner_pauses_the_schedule_and_lets_it_go_on(bench: Bench) -> None:
    """The answer is the connection as it then is; the next sync is told only if there is one."""
    home = bench.green().home_slot
    paused = bench.api("PATCH", "/connections/con_1", {"auto_sync": False})

    assert (200, False, None) == (
        paused.status,
        paused.json["auto_sync"],
        paused.json["next_sync_at"],
    )
    assert (False, None) == (bench.stored().auto_sync, bench.stored().slot)
    resumed = bench.api("PATCH", "/connections/con_1", {"auto_sync": True})
    assert resumed.json["next_sync_at"] is not None
    assert (True, home) == (bench.stored().auto_sync, bench.stored().slot)


def test_red_waits_for_its_owner_whatever_the_schedule_is_told(bench: Bench) -> None:
    """Law 4."""
    bench.add(auto_sync=False)
    bench.api("PATCH", "/connections/con_1", {"auto_sync": True})

    assert (True, None) == (bench.stored().auto_sync, bench.stored().slot)


def test_a_sync_that_settles_meanwhile_is_not_undone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection turns red between reading and writing: it is decided anew."""
    bench.green()
    real = bench.services.connections.save
    turned: list[bool] = []

    def save(before: Any, after: Any, *, expect: Any) -> None:
        if not turned:
            turned.append(True)
            bench.change(status=Status.RED, red_since=NOON)
        real(before, after, expect=expect)

    monkeypatch.setattr(bench.services.connections, "save", save)
    answer = bench.api("PATCH", "/connections/con_1", {"auto_sync": True})

    assert (200, "red") == (answer.status, answer.json["status"])
    assert bench.stored().slot is None


def test_who_never_gets_to_write_is_told_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few tries: 409, try again."""

    def save(*_: Any, **__: Any) -> None:
        raise Conflict

    bench.green()
    monkeypatch.setattr(bench.services.connections, "save", save)

    answer = bench.api("PATCH", "/connections/con_1", {"auto_sync": False})
    assert (409, "5") == (answer.status, answer.headers["Retry-After"])


@pytest.mark.parametrize(
    "body",
    [{}, {"auto_sync": "yes"}, {"auto_sync": 1}, {"auto_sync": None}, {"status": "green"}, []],
)
def test_nothing_else_of_a_connection_can_be_changed(bench: Bench, body: Any) -> None:
    """Least of all its colour."""
    before = bench.add()

    assert 422 == bench.api("PATCH", "/connections/con_1", body).status
    assert before == bench.stored()


def test_an_owner_names_and_hides_an_account(bench: Bench) -> None:
    """What is left out stays; null gives the bank's name back; the next sync keeps it (law 8)."""
    bench.green()
    path = f"{ACCOUNTS}/{known(bench)}"
    named = bench.api("PATCH", path, {"name": "  Nómina 🏦 "})
    assert (200, "Nómina 🏦", "Current", False) == (
        named.status,
        named.json["name"],
        named.json["bank_name"],
        named.json["hidden"],
    )
    bench.api("PATCH", path, {"hidden": True})
    known(bench)
    [account] = bench.api("GET", ACCOUNTS).json["accounts"]
    assert ("Nómina 🏦", "Nómina 🏦", True) == (
        account["name"],
        account["own_name"],
        account["hidden"],
    )

    back = bench.api("PATCH", path, {"name": None, "hidden": False}).json
    assert ("Current", None, False) == (back["name"], back["own_name"], back["hidden"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ([], "#"),
        ({"name": ""}, "#/name"),
        ({"name": "   "}, "#/name"),
        ({"name": "x" * 101}, "#/name"),
        ({"name": "a\nb"}, "#/name"),
        ({"name": "\u202eevil"}, "#/name"),
        ({"name": 7}, "#/name"),
        ({"hidden": "true"}, "#/hidden"),
        ({"hidden": None}, "#/hidden"),
        ({"balance": "1"}, "#/balance"),
    ],
)
def test_a_change_that_says_nothing_sensible_is_refused(
    bench: Bench, body: Any, pointer: str
) -> None:
    """The problem says where."""
    bench.green()
    answer = bench.api("PATCH", f"{ACCOUNTS}/{known(bench)}", body)

    assert (422, [pointer]) == (answer.status, [e["pointer"] for e in answer.json["errors"]])


@pytest.mark.parametrize("account", ["acc_none", "x" * 2_000, "%23", "acc_1#", "💶"])
def test_an_account_that_is_not_there_is_not_made(bench: Bench, account: str) -> None:
    """Neither by its owner nor by a stranger who knows its name."""
    bench.green()
    own = known(bench)

    assert 404 == bench.api("PATCH", f"{ACCOUNTS}/{account}", {"name": "Mine"}).status
    assert 404 == bench.api("PATCH", f"{ACCOUNTS}/{own}", {"name": "Mine"}, FOREIGN).status
    assert ["Current"] == [a["name"] for a in bench.api("GET", ACCOUNTS).json["accounts"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", ""),
        ("GET", "/accounts"),
        ("GET", "/transactions"),
        ("GET", "/history"),
    ],
)
def test_another_workspaces_connection_is_not_there(bench: Bench, method: str, path: str) -> None:
    """Nor is one that never was: the same answer."""
    bench.green()
    body = {"auto_sync": False} if method == "PATCH" else None

    for claims, name in ((FOREIGN, "con_1"), ({**FOREIGN, "workspace": "ws_1"}, "con_2")):
        answer = bench.api(method, f"/connections/{name}{path}", body, claims)
        assert (404, "urn:relink:problem:not-found") == (answer.status, answer.json["type"])

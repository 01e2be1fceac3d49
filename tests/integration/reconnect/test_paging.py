"""Lists come in pages, each entry once, and are told again only if they have changed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from reconnect.api.asking import _digest
from relink import batches
from relink.items import encode
from relink.reasons import Status
from tests.integration.reconnect.bench import CLAIMS, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGED = ("/connections", "/notifications", "/connections/con_1/history")
LISTS = (*PAGED, "/connections/con_1/transactions", "/connections/con_1/accounts", "/profile")


def pages(bench: Bench, path: str, name: str, limit: int) -> Iterator[list[Any]]:
    """Follow the cursors to the end."""
    cursor = ""
    for _ in range(50):
        told = bench.api("GET", f"{path}?limit={limit}{cursor}").json
        yield told[name]
        if told["next_cursor"] is None:
            return
        cursor = f"&cursor={told['next_cursor']}"
    pytest.fail("pages without end")


def test_connections_come_page_by_page_in_the_order_of_their_making(bench: Bench) -> None:
    """Each once, whatever the size of the pages; those given up count for nothing."""
    for n in range(7):
        bench.add(connection_id=f"con_{n}", disconnected_at=1 if n in {2, 3, 6} else None)
    bench.add(connection_id="con_other", workspace_id="ws_2")

    for limit in (1, 2, 3, 4, 5):
        found = list(pages(bench, "/connections", "connections", limit))
        assert ["con_0", "con_1", "con_4", "con_5"] == [
            c["connection_id"] for page in found for c in page
        ]
        assert all(len(page) == limit for page in found[:-1])


def test_connections_that_were_deleted_a_moment_ago_end_no_list(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index names them a little longer: what comes after them is listed, and once."""
    for n in range(6):
        bench.add(connection_id=f"con_{n}")
    real, asked = batches.items, []

    def items(client: Any, table: str, keys: Any) -> Any:
        asked.append(1)
        assert len(asked) < 10, "asked for the same page without end"
        there = [k for k in keys if k["connection_id"]["S"] > "con_3"]
        return real(client, table, there)

    monkeypatch.setattr(batches, "items", items)
    told = bench.api("GET", "/connections?limit=2").json

    assert ["con_4", "con_5"] == [c["connection_id"] for c in told["connections"]]
    assert told["next_cursor"] is None


def test_notifications_come_page_by_page_the_loudest_first(bench: Bench) -> None:
    """One that is dismissed between two pages takes no other one along."""
    for n in range(5):
        bench.notice(bench.add(connection_id=f"con_{n}"))
    first = bench.api("GET", "/notifications?limit=2").json
    names = [n["notification_id"] for n in first["notifications"]]
    bench.api("POST", f"/notifications/{names[1]}/dismiss")
    rest = bench.api("GET", f"/notifications?cursor={first['next_cursor']}").json

    assert 2 == len(names)
    assert ["con_2", "con_3", "con_4"] == [n["connection_id"] for n in rest["notifications"]]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "", "٣", "x", "1e2", "9" * 400])
def test_a_limit_is_a_number_within_bounds(bench: Bench, path: str, limit: str) -> None:
    """The problem names the parameter."""
    bench.add()
    answer = bench.api("GET", f"{path}?limit={limit}")

    assert (422, ["limit"]) == (answer.status, [e["parameter"] for e in answer.json["errors"]])


def sealed(value: Any) -> str:
    """Return a cursor that says something."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%00",
        "a" * 5_000,
        sealed([]),
        sealed(["", "con_1"]),
        sealed(["x" * 12, "con_1"]),
        sealed({"a": 1}),
        sealed([1, 2]),
        sealed([[[[]]]]),
    ],
)
def test_a_made_up_cursor_is_refused(bench: Bench, path: str, cursor: str) -> None:
    """Not followed to wherever it leads."""
    bench.add()
    answer = bench.api("GET", f"{path}?cursor={cursor}")

    assert (422, ["cursor"]) == (answer.status, [e["parameter"] for e in answer.json["errors"]])


@pytest.mark.parametrize("last", ["", "\ud800", "x" * 1_025, "account#acc_1", "cursor"])
def test_a_cursor_leads_to_nothing_but_entries_of_its_list(bench: Bench, last: str) -> None:
    """Even if it names the right list, it goes on only where an event may stand."""
    bench.add()
    bench.change(status=Status.GREEN, since=bench.clock.now)
    bench.change(status=Status.ORANGE, since=bench.clock.now + 1)
    path = "/connections/con_1/history"
    given = bench.api("GET", f"{path}?limit=1").json["next_cursor"]
    mark, _ = json.loads(base64.urlsafe_b64decode(given + "==="))

    assert 422 == bench.api("GET", f"{path}?cursor={sealed([mark, last])}").status


@pytest.mark.parametrize(
    "last",
    [
        f"booked#acc_1#{'9' * 1_000}#",
        "booked#acc_1#2026-1-1#x",
        "booked#acc_1#٢٠٢٦-01-01#x",
        f"booked#{'a' * 65}#2026-01-01#x",
        f"pending#{'a' * 65}#x",
        "pending##x",
        "booked#acc_1",
    ],
)
def test_a_cursor_of_movements_names_an_account_and_a_day(bench: Bench, last: str) -> None:
    """The store is not asked for a place where no movement can stand."""
    bench.green()
    bench.know()
    mark = _digest(("transactions", "con_1", "", "", ""))

    answer = bench.api("GET", f"/connections/con_1/transactions?cursor={sealed([mark, last])}")

    assert (422, ["cursor"]) == (answer.status, [e["parameter"] for e in answer.json["errors"]])


def test_a_cursor_is_none_for_another_list(bench: Bench) -> None:
    """Of another workspace, another kind, or with another filter."""
    for n in range(3):
        bench.add(connection_id=f"con_{n}")
    cursor = bench.api("GET", "/connections?limit=1").json["next_cursor"]
    foreign = {**CLAIMS, "workspace": "ws_2"}

    assert 200 == bench.api("GET", f"/connections?cursor={cursor}").status
    for path in ("/connections?disconnected=true&", "/notifications?"):
        assert 422 == bench.api("GET", f"{path}cursor={cursor}").status
    assert 422 == bench.api("GET", f"/connections?cursor={cursor}", None, foreign).status


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "disconnected=yes", "&".join(f"a{n}=" for n in range(40))]
)
def test_a_query_that_says_two_things_is_refused(bench: Bench, query: str) -> None:
    """Nobody guesses which was meant."""
    assert 422 == bench.api("GET", f"/connections?{query}").status


@pytest.mark.parametrize("path", LISTS)
def test_what_is_known_already_is_not_told_again(bench: Bench, path: str) -> None:
    """304 for the same tag, weak or strong, alone or among others; private, and asked each time."""
    bench.add()
    first = bench.api("GET", path)
    tag = first.headers["ETag"]
    assert (200, "private, no-cache") == (first.status, first.headers["Cache-Control"])
    assert "Authorization, Accept-Language" == first.headers["Vary"]

    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = bench.api("GET", path, sending={"if-none-match": sent})
        assert (304, "", tag) == (again.status, again.body, again.headers["ETag"])
    for sent in ('"other"', tag.strip('"'), "", '"'):
        assert (200, first.body) == (
            (other := bench.api("GET", path, sending={"if-none-match": sent})).status,
            other.body,
        )


def test_what_has_changed_is_told(bench: Bench) -> None:
    """Another status is another tag."""
    bench.add()
    tag = bench.api("GET", "/connections").headers["ETag"]
    bench.change(status=Status.GREEN, reason=None, red_since=None)

    answer = bench.api("GET", "/connections", sending={"if-none-match": tag})
    assert 200 == answer.status
    assert tag != answer.headers["ETag"]


def test_a_connection_without_credentials_is_not_looked_up_in_the_ledger(bench: Bench) -> None:
    """It never had an account; a page of them costs one query and one read."""
    for n in range(5):
        bench.first(connection_id=f"con_{n}")
    asked: list[str] = []

    def see(model: Any, **_: Any) -> None:
        asked.append(model.name)

    bench.services._dynamodb.meta.events.register("before-call.*.*", see)
    found = bench.api("GET", "/connections").json["connections"]

    assert [[]] * 5 == [c["accounts"] for c in found]
    assert ["BatchGetItem", "GetItem", "GetItem", "Query"] == sorted(asked)


def test_a_page_of_connections_shows_each_with_its_own_accounts(bench: Bench) -> None:
    """They are read side by side, and not mixed up."""
    for n in range(20):
        bench.green(connection_id=f"con_{n:02}")
        item = {"connection_id": f"con_{n:02}", "sk": f"account#acc_{n}", "bank_name": f"No. {n}"}
        values = encode({**item, "identities": ["i"], "currency": "EUR"})
        bench.services._dynamodb.put_item(TableName="LedgerTable", Item=values)

    found = bench.api("GET", "/connections").json["connections"]
    assert [f"No. {n}" for n in range(20)] == [c["accounts"][0]["name"] for c in found]

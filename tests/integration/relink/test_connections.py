"""Connections in their table: found, made once, and written by whoever was not overtaken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest

from relink import backoff
from relink.backoff import TRIES, Throttled
from relink.reasons import Reason, Status
from relink.repository import Connections
from relink.writes import Conflict
from tests.fakes import NOON, connection
from tests.stumbling import refusal, stumble, twice


@pytest.fixture
def connections(tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Connections:
    """Return an empty table whose pauses take no time."""
    monkeypatch.setattr(backoff, "FIRST", 0)
    return Connections(boto3.client("dynamodb"), tables["ConnectionsTable"])


def test_a_connection_is_read_as_it_was_made(connections: Connections) -> None:
    """What is not there is None."""
    connections.create(connection())

    assert connections.get("con_1") == connection()
    assert connections.get("con_2") is None


def test_an_id_is_given_once(connections: Connections) -> None:
    """A second connection of the same id would be somebody else's history."""
    connections.create(connection())
    with pytest.raises(Conflict):
        connections.create(connection(workspace_id="ws_2"))

    assert connections.get("con_1") == connection()


def test_a_workspace_of_any_size_is_listed_oldest_first(connections: Connections) -> None:
    """More than a page of the index and more than a batch: all of them, and only them."""
    for n in range(230):
        connections.create(connection(connection_id=f"con_{n:03}", created_at=NOON - n))
    connections.create(connection(connection_id="con_other", workspace_id="ws_2"))
    found = connections.in_workspace("ws_1")

    assert [c.connection_id for c in found] == [f"con_{n:03}" for n in reversed(range(230))]
    assert connections.in_workspace("ws_none") == []


def test_what_dynamodb_leaves_of_a_batch_is_asked_for_again(connections: Connections) -> None:
    """A list with holes would look like deleted connections."""
    for n in range(5):
        connections.create(connection(connection_id=f"con_{n}"))

    def partly(real: Any, arguments: dict[str, Any]) -> Any:
        asked = arguments["RequestItems"][connections.table]
        first, rest = asked["Keys"][:2], asked["Keys"][2:]
        answer = real(RequestItems={connections.table: {**asked, "Keys": first}})
        return {**answer, "UnprocessedKeys": {connections.table: {**asked, "Keys": rest}}}

    stumble(connections._client, "batch_get_item", partly, partly)
    assert len(connections.in_workspace("ws_1")) == 5

    nothing = [lambda _, a: {"Responses": {}, "UnprocessedKeys": a["RequestItems"]}] * TRIES
    stumble(connections._client, "batch_get_item", *nothing)
    with pytest.raises(Throttled):
        connections.in_workspace("ws_1")


def test_who_was_overtaken_writes_nothing(connections: Connections) -> None:
    """The expected attribute has changed: read again and decide anew."""
    before = connection()
    connections.create(before)
    faster = replace(before, lease="faster", lease_until=NOON)
    connections.save(before, faster, expect=("lease",))
    with pytest.raises(Conflict):
        connections.save(before, replace(before, status=Status.GREEN), expect=("lease",))

    assert connections.get("con_1") == faster


def test_writes_to_different_attributes_do_not_meet(connections: Connections) -> None:
    """Only what differs is written: the owner's switch survives a settle."""
    before = connection()
    connections.create(before)
    connections.save(before, replace(before, auto_sync=False), expect=("auto_sync",))
    connections.save(before, replace(before, reason=Reason.NOT_REACHED), expect=("lease",))
    now = connections.get("con_1")

    assert now is not None
    assert (now.auto_sync, now.reason) == (False, Reason.NOT_REACHED)


def test_nothing_changed_is_nothing_written(connections: Connections) -> None:
    """It would cost a write unit and a stream record."""
    stumble(connections._client, "update_item", refusal("NotThisTime"))

    connections.save(connection(), connection(), expect=("lease",))


def test_a_deleted_connection_is_not_made_again(connections: Connections) -> None:
    """An update of nothing is a conflict, not a half connection."""
    with pytest.raises(Conflict):
        connections.save(connection(), connection(digest="x"), expect=())

    assert connections.get("con_1") is None


def test_a_write_whose_answer_was_lost_is_a_conflict_with_oneself(connections: Connections) -> None:
    """The caller finds its own work when it reads again."""
    before = connection()
    connections.create(before)
    stumble(connections._client, "update_item", twice)
    after = replace(before, lease="", digest="x", status=Status.GREEN, reason=None)
    with pytest.raises(Conflict):
        connections.save(before, after, expect=("status",))

    assert connections.get("con_1") == after


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_a_write_that_meets_a_transaction_is_made_again(
    connections: Connections, operation: str
) -> None:
    """Nobody has changed what it expects: it has not been judged."""
    before, after = connection(), connection(digest="x")
    stumble(connections._client, operation, refusal("TransactionConflictException"))
    connections.create(before)
    connections.save(before, after, expect=("lease",))
    assert after == connections.get("con_1")
    connections.delete(after, expect=("lease",))

    assert connections.get("con_1") is None


def test_red_leaves_the_slot_index_and_green_comes_back(connections: Connections) -> None:
    """The index is sparse: dispatch does not even read what it may not call."""
    green = connection(status=Status.GREEN, reason=None, slot=7)
    connections.create(green)

    def in_slot() -> int:
        answer = connections._client.query(
            TableName=connections.table,
            IndexName="by_slot",
            KeyConditionExpression="slot = :s",
            ExpressionAttributeValues={":s": {"N": "7"}},
        )
        return answer["Count"]

    red = replace(green, status=Status.RED, reason=Reason.CONSENT_EXPIRED, slot=None)
    seen = [in_slot()]
    connections.save(green, red, expect=("status",))
    seen.append(in_slot())
    connections.save(red, green, expect=("status",))

    assert [*seen, in_slot()] == [1, 0, 1]

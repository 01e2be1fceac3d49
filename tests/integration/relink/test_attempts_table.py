"""Attempts in their table: each step once, together with what it means for the connection."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest

from relink.attempt import KEPT, Attempt, State, ended, submitted, verifying
from relink.attempts import Attempts
from relink.items import encode
from relink.repository import Connections, change
from relink.writes import Conflict
from tests.fakes import NOON, connection
from tests.stumbling import stumble, transaction_conflict

CONNECTION = connection()


@pytest.fixture
def attempts(tables: dict[str, str]) -> Attempts:
    """Return an empty table, beside one connection."""
    client = boto3.client("dynamodb")
    Connections(client, tables["ConnectionsTable"]).create(CONNECTION)
    return Attempts(client, tables["AttemptsTable"], tables["ConnectionsTable"])


def new(attempt_id: str = "att_1") -> Attempt:
    """Return a new attempt."""
    return submitted(CONNECTION, attempt_id, b"sealed", {"ip": "192.0.2.1", "headers": {}}, NOON)


def begin(attempts: Attempts, attempt: Attempt) -> None:
    """Make an attempt the connection's live one."""
    live = replace(CONNECTION, live_attempt=attempt.attempt_id, live_until=attempt.deadline)
    attempts.begin(attempt, change(CONNECTION, live, expect=("live_attempt",)))


def test_an_attempt_is_read_as_it_was_stored(attempts: Attempts) -> None:
    """Every attribute, in every form that it takes on the way."""
    begin(attempts, new())
    asking = replace(
        new(),
        state=State.ASKING,
        answers=None,
        continuation=b"\x00sealed",
        resumable=True,
        messages={"": "All of it.", "code": "Wrong."},
        prompt="Enter the code",
        picture="data:image/png;base64,AAAA",
        fields=({"name": "code", "required": False, "choices": [["a", "A"]]},),
        due_at=NOON + 5,
        tries_left=2,
    )
    attempts.advance(new(), asking)

    assert attempts.get("att_1") == asking
    assert attempts.get("att_2") is None


def test_an_attempt_is_begun_with_its_connection_or_not_at_all(attempts: Attempts) -> None:
    """Of two forms that are sent at once one becomes the live attempt; the other leaves nothing."""
    begin(attempts, new())
    with pytest.raises(Conflict):
        begin(attempts, new("att_2"))

    assert attempts.get("att_2") is None


def test_the_same_form_twice_makes_one_attempt(attempts: Attempts) -> None:
    """The attempt's id is the form's: it is made once."""
    begin(attempts, new())
    with pytest.raises(Conflict):
        begin(attempts, new())


def test_a_step_is_made_by_one_run_only(attempts: Attempts) -> None:
    """Two deliveries of one message: the second finds the mark of the first."""
    begin(attempts, new())
    attempts.advance(new(), verifying(new(), NOON))
    with pytest.raises(Conflict):
        attempts.advance(new(), verifying(new(), NOON))


def test_the_mark_takes_the_answers_out_of_the_item(attempts: Attempts) -> None:
    """Before the bank is called they exist in one process only."""
    begin(attempts, new())
    attempts.advance(new(), verifying(new(), NOON))
    item = boto3.client("dynamodb").get_item(
        TableName="AttemptsTable",
        Key=encode({"attempt_id": "att_1"}),
    )["Item"]

    assert b"sealed" not in str(item).encode()
    assert item["expires_at"] == {"N": str(NOON + KEPT)}


def test_an_attempts_end_holds_nothing_to_be_used_again(attempts: Attempts) -> None:
    """Neither answers nor the way to go on."""
    begin(attempts, new())
    attempts.advance(new(), ended(replace(new(), continuation=b"x"), State.REJECTED))
    over = attempts.get("att_1")

    assert over is not None
    assert (over.ended, over.answers, over.continuation) == (True, None, None)


def test_an_overtaken_connection_stops_the_attempt(attempts: Attempts) -> None:
    """Both are written, or neither."""
    begin(attempts, new())
    other = replace(CONNECTION, lease="other")
    moved = change(other, replace(other, lease="mine"), expect=("lease",))
    with pytest.raises(Conflict):
        attempts.advance(new(), verifying(new(), NOON), moved)

    stored = attempts.get("att_1")
    assert stored is not None
    assert stored.state is State.SUBMITTED


def test_a_transaction_in_the_way_is_waited_for(attempts: Attempts) -> None:
    """The owner's form does not fail because a sync settles in the same moment."""
    stumble(attempts._client, "transact_write_items", transaction_conflict())
    begin(attempts, new())

    assert attempts.get("att_1") == new()

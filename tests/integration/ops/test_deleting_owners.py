"""An owner's end: all that is stored of him goes, and what is said to be gone is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relink.addresses import Addresses, Trouble
from relink.attempt import submitted, verifying
from relink.items import encode
from relink.queues import AttemptMessage, EndMessage, from_body, to_body
from relink.repository import change
from tests.fakes import NOON
from tests.integration.ops.test_owner_data import EMAIL, everything, settle_in
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room

IP = "203.0.113.9"


def begin(room: Room, attempt_id: str) -> None:
    """Have the owner begin an attempt, from where he is."""
    made = room.bench.now()
    sealed = room.bench.intake.seal({"password": "s3cret"}, made, attempt_id)
    attempt = submitted(made, attempt_id, sealed, {"ip": IP, "user_agent": "Firefox"}, NOON)
    live = replace(made, live_attempt=attempt_id, live_until=attempt.deadline)
    change_of = change(made, live, expect=("live_attempt", "live_until"))
    room.bench.attempts.begin(attempt, change_of)


def end_accesses(room: Room) -> None:
    """Let the worker end what it was told to end."""
    records = [{"messageId": "m", "body": to_body(EndMessage("con_1"))}]
    assert [] == room.bench.worker.handle(records, "run", DEADLINE)


def test_all_is_deleted_and_nothing_of_others(room: Room) -> None:
    """The banks are told first: the worker ends each access, then the rest goes."""
    settle_in(room)
    told = room.ops("delete-owner", "own_1")
    assert (["con_1"], 1) == (told["connections"], told["attempts"])
    assert "ann@example.com" in everything(room)

    first = room.ops("delete-owner", "own_1", "--yes")
    assert (["con_1"], False) == (first["connections_being_ended"], first["gone"])
    assert [EndMessage("con_1")] == [from_body(body) for body in room.bodies("AttemptQueue")]
    end_accesses(room)
    assert [b"the old password"] == room.bench.provider.ended

    assert room.ops("delete-owner", "own_1", "--yes")["gone"]
    left = everything(room)
    assert [] == [s for s in ("own_1", "con_1'", "att_1", EMAIL, "push.example") if s in left]
    assert "own_2" in left
    assert "con_2" in left
    assert "nothing is stored of an owner own_1" == room.ops("export-owner", "own_1", expect=1)


def test_nobody_is_deleted_who_is_not_there(room: Room) -> None:
    """A typing error must not look like success, neither when it is tried nor in earnest."""
    settle_in(room)

    for words in ((), ("--yes",)):
        told = room.ops("delete-owner", "own_l", *words, expect=1)
        assert "nothing is stored of an owner own_l" == told


def test_an_attempt_under_way_goes_as_well(room: Room) -> None:
    """Where its owner sat, and with which browser, is not kept for a week longer."""
    room.bench.add()
    begin(room, "att_1")

    room.ops("delete-owner", "own_1", "--yes")
    assert IP in everything(room)  # the worker may be at its last step
    end_accesses(room)
    answer = room.ops("delete-owner", "own_1", "--yes")

    assert (True, 1) == (answer["gone"], answer["attempts_deleted"])
    assert [] == [s for s in ("own_1", "con_1", "att_1", IP) if s in everything(room)]


def test_what_was_at_the_bank_meanwhile_brings_nothing_back(room: Room) -> None:
    """A run that comes back from the bank after all has gone finds nothing to write to."""
    made = room.bench.add()
    begin(room, "att_1")
    before = room.bench.attempts.get("att_1")
    assert before
    room.bench.attempts.advance(before, verifying(before, NOON))
    room.ops("delete-owner", "own_1", "--yes")
    room.bench.client.delete_item(
        TableName="ConnectionsTable", Key=encode({"connection_id": made.connection_id})
    )
    room.ops("delete-owner", "own_1", "--yes")

    records = [{"messageId": "m", "body": to_body(AttemptMessage("att_1"))}]
    assert [] == room.bench.worker.handle(records, "run", DEADLINE)

    assert [] == [s for s in ("att_1", IP) if s in everything(room)]


def test_a_stop_after_the_first_connection_forgets_no_attempt(room: Room) -> None:
    """Whose attempts they are is written down before a connection is given up."""
    room.bench.add()
    begin(room, "att_1")
    room.ops("delete-owner", "own_1", "--yes")
    end_accesses(room)
    room.bench.add(connection_id="con_3")  # not reached before, or connected since

    assert not room.ops("delete-owner", "own_1", "--yes")["gone"]
    records = [{"messageId": "m", "body": to_body(EndMessage("con_3"))}]
    assert [] == room.bench.worker.handle(records, "run", DEADLINE)

    assert room.ops("delete-owner", "own_1", "--yes")["gone"]
    assert [] == [s for s in ("own_1", "att_1", IP) if s in everything(room)]


@pytest.mark.parametrize("complained", [False, True])
def test_what_has_gone_is_counted_and_what_stays_is_said(room: Room, *, complained: bool) -> None:
    """Who was promised that all would go has a right to know what does not, and until when."""
    settle_in(room)
    if complained:
        addresses = Addresses(room.bench.client, room.target.name("OwnersTable"))
        addresses.forgive(EMAIL, 2)
        addresses.mark(EMAIL, Trouble.COMPLAINED, 3)
    room.ops("delete-owner", "own_1", "--yes")
    end_accesses(room)
    stored = room.ops("delete-owner", "own_1")

    answer = room.ops("delete-owner", "own_1", "--yes")

    assert (stored["other_items"], stored["attempts"]) == (
        answer["items_deleted"],
        answer["attempts_deleted"],
    )
    mark = {"mark_of_a_complaint"} if complained else set()
    assert {"backups", "logs", "tries_of_his_logins"} | mark == answer["stays"].keys()

"""What an operator is shown of a connection: its story, and no secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.ops import __main__ as ops
from infra.ops.target import physical_ids
from relink.attempt import State, ended, submitted, verifying
from relink.notices import Notice, Notices, Topic
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from relink.trail import attempt_event
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.integration.ops.conftest import Room

CANARY = "canary-5f2d"


def live_through(room: Room) -> None:
    """Let a connection turn red, and its owner try in vain with secrets of his."""
    made = room.bench.add()
    red = replace(
        made,
        status=Status.RED,
        reason=Reason.CREDENTIALS_REJECTED,
        scope=Scope.CONNECTION,
        provider_code="E42",
        since=NOON,
        red_since=NOON,
        slot=None,
    )
    room.bench.connections.save(made, red, expect=("status",))
    attempt = replace(
        submitted(red, "att_1", CANARY.encode(), {"ip": CANARY}, NOON),
        continuation=CANARY.encode(),
        redirect_url=f"https://bank.example/{CANARY}",
        prompt=CANARY,
        picture=CANARY,
    )
    live = replace(red, live_attempt="att_1")
    room.bench.attempts.begin(attempt, change(red, live, expect=("status",)))
    under_way = verifying(attempt, NOON)
    room.bench.attempts.advance(attempt, under_way)
    over = ended(under_way, State.REJECTED, reason="credentials_rejected")
    room.bench.attempts.advance(
        under_way,
        over,
        None,
        room.target.trail.put("con_1", attempt_event(over, NOON + 5)),
    )
    notice = Notice(
        owner_id="own_1", connection_id="con_1", topic=Topic.RED, moment=NOON, created_at=NOON
    )
    Notices(room.bench.client, room.target.name("OwnersTable")).add(notice)


def test_the_story_is_told_without_secrets(room: Room) -> None:
    """What it is, why nobody calls its bank, who tried, who was told, what happened."""
    live_through(room)

    told = room.ops("show", "con_1")

    connection, (attempt,), (notice,) = told["connection"], told["attempts"], told["notices"]
    assert ("red", "E42", "2026-01-01T12:00:00Z") == (
        connection["status"],
        connection["provider_code"],
        connection["red_since"],
    )
    assert ("red", None) == (told["schedule"]["not_called_because"], told["schedule"]["next_turn"])
    assert (1, 0) == (told["credentials"]["version"], told["credentials"]["retired"])
    assert ("att_1", "rejected") == (attempt["attempt_id"], attempt["state"])
    assert "2026-01-01T12:00:00Z" == notice["moment"]
    assert ["reconnect", "status"] == [event["kind"] for event in told["trail"]]
    assert CANARY not in str(told)


def test_it_can_be_read_without_json(room: Room) -> None:
    """By somebody who has been woken up."""
    live_through(room)
    room.capsys.readouterr()

    assert 0 == ops.main(["show", "con_1"])

    lines = room.capsys.readouterr().out.splitlines()
    assert "connection:" == lines[0]
    assert "  status: red" in lines
    assert "  not called because: red" in lines
    assert "  - attempt id: att_1" in lines


def test_what_aws_refuses_is_said_in_a_line(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback at three in the morning."""
    monkeypatch.setattr(
        room.target, "_names", {**room.target._names, "ConnectionsTable": "nowhere"}
    )

    assert room.ops("show", "con_1", expect=1).startswith("GetItem: ResourceNotFoundException: ")
    with pytest.raises(SystemExit):
        ops.main(["shwo"])
    assert "invalid choice: 'shwo'" in capsys.readouterr().err


def test_a_deployed_stack_says_what_its_resources_are_called() -> None:
    """Their names are CloudFormation's, in however many pages it tells them."""
    pages = [
        {"StackResourceSummaries": [{"LogicalResourceId": n, "PhysicalResourceId": f"bank-{n}"}]}
        for n in ("OwnersTable", "LedgerTable")
    ]
    pages[1]["StackResourceSummaries"].append({"LogicalResourceId": "NotMadeYet"})
    client = boto3.client("cloudformation")
    with Stubber(client) as stub:
        for number, page in enumerate(pages):
            facts = {"LogicalResourceId": "x", "ResourceType": "x", "ResourceStatus": "x"}
            told: Any = [
                {**facts, "LastUpdatedTimestamp": 1, **one}
                for one in page["StackResourceSummaries"]
            ]
            more = {"NextToken": "2"} if number == 0 else {}
            stub.add_response("list_stack_resources", {"StackResourceSummaries": told, **more})
        names = physical_ids(client, "bank")

    assert {"OwnersTable": "bank-OwnersTable", "LedgerTable": "bank-LedgerTable"} == names

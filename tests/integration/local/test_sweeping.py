"""What the sweep needs of the local stack: its schedule, and indexes that find what is due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from infra.local.engine import ENGINES
from infra.local.stack import Stack, StackOptions
from notify.records import Records
from relink.notices import Notice, Notices, Topic
from relink.owners import Owners, Profile
from relink.reasons import Status
from relink.repository import Connections
from tests.fakes import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400
MONTH = 31 * DAY


@pytest.fixture(scope="module", params=ENGINES)
def whole_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Run the stack of the real template on each engine in turn, its schedules with it."""
    with Stack(StackOptions(engine=request.param)) as stack:
        yield stack


def test_the_indexes_of_owners_answer(whole_stack: Stack) -> None:
    """A notice is found when it is due and not before; a profile by its workspace."""
    client, table = whole_stack.clients("dynamodb"), whole_stack.attributes["OwnersTable"]["Ref"]
    notices, owners = Notices(client, table), Owners(client, table)
    records = Records(client, table)
    due = int(whole_stack.clock.now()) + 300 * DAY
    notice = Notice(
        owner_id="owner-of-notice",
        connection_id="con_9",
        topic=Topic.RED,
        moment=1,
        bank_name="Fake Bank",
        created_at=1,
        due_at=due,
    )
    asleep = replace(notice, connection_id="con_8", due_at=None)
    for each in (notice, asleep):
        assert notices.add(each)
    owners.change_profile(Profile(owner_id="owner-of-profile", workspace_id="ws_9"), {})

    assert [] == list(records.due(due - 1))
    assert ["owner-of-notice"] == list(records.due(due))
    assert ["owner-of-profile"] == owners.members("ws_9")
    assert [] == owners.members("ws_8")


def test_the_index_of_days_answers(whole_stack: Stack) -> None:
    """A connection is found on its day, and no more once the day is removed."""
    client = whole_stack.clients("dynamodb")
    connections = Connections(client, whole_stack.attributes["ConnectionsTable"]["Ref"])
    day = "2199-01-01"
    before = connection(
        connection_id="con_day", notice_day=day, status=Status.GREEN, auto_sync=False
    )
    connections.create(before)

    def on_that_day() -> list[str]:
        answer = client.query(
            TableName=connections.table,
            IndexName="by_notice_day",
            KeyConditionExpression="notice_day = :day",
            ExpressionAttributeValues={":day": {"S": day}},
        )
        return [key["connection_id"]["S"] for key in answer["Items"]]

    assert ["con_day"] == on_that_day()
    connections.save(before, replace(before, notice_day=None), expect=("notice_day",))
    assert [] == on_that_day()


def test_the_sweep_runs_however_far_time_jumps(whole_stack: Stack) -> None:
    """Its schedule and the dispatcher's fire once each for a month; then all is at rest."""
    notify = whole_stack.functions["NotifyFunction"]
    before = notify.invocations
    whole_stack.clock.advance(MONTH)

    assert whole_stack.settle()
    assert before < notify.invocations
    assert not whole_stack.fire("Sweep").failed

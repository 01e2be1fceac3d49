"""A table that has no room: the schedule waits, and its messages do not die of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.sync.conftest import Bench

FULL = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
)


def fill(bench: Bench, code: str) -> Callable[[], None]:
    """Let the table refuse each update from now on; return what takes that back."""

    def refuse(model: Any, **_: object) -> None:
        if model.name == "UpdateItem":
            raise ClientError({"Error": {"Code": code, "Message": ""}}, model.name)

    events = bench.client.meta.events
    events.register("before-call.dynamodb.*", refuse)
    return lambda: events.unregister("before-call.dynamodb.*", refuse)


@pytest.mark.parametrize("code", FULL)
def test_a_claim_that_finds_no_room_is_made_later(bench: Bench, code: str) -> None:
    """No bank is called and no call counted; its message is a new one, that has not failed yet."""
    before = bench.add()
    emptied = fill(bench, code)

    assert [] == bench.sync(1)
    assert [] == bench.provider.calls
    assert before.calls == bench.now().calls
    assert 1 == bench.queued()

    emptied()
    assert [] == bench.sync(1, run="again")
    assert 1 == len(bench.provider.calls)


def test_it_waits_for_minutes(bench: Bench) -> None:
    """Units follow within minutes, not at once."""
    bench.add()
    fill(bench, FULL[0])
    bench.sync(1)
    found = boto3.client("sqs").get_queue_attributes(
        QueueUrl=bench.sync_queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )

    assert "1" == found["Attributes"]["ApproximateNumberOfMessagesDelayed"]


def test_another_refusal_is_told(bench: Bench) -> None:
    """What time does not mend comes again as it is, and is found in the dead letters."""
    bench.add()
    fill(bench, "AccessDeniedException")

    assert ["m0"] == bench.sync(1)
    assert 0 == bench.queued()

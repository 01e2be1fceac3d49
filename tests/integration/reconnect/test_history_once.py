"""A historical sync that is asked for twice is begun once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from relink.queues import AttemptMessage
from tests.integration.reconnect.bench import PUBLIC_URL, Bench, Crash, queued

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer


KEY = '"7f2c8a1e-5b34-4f0e-9a67-0d1b2c3e4f50"'


def test_a_history_is_begun_once(bench: Bench) -> None:
    """And its page is told again."""
    bench.green()
    ask = {"kind": "historical"}
    first, second = (
        bench.api("POST", "/connections/con_1/sync", ask, sending={"idempotency-key": KEY})
        for _ in range(2)
    )

    assert (202, first.body, first.headers["Location"]) == (
        second.status,
        second.body,
        second.headers["Location"],
    )
    assert 1 == len(bench.attempts())


def history(bench: Bench, key: str = KEY) -> Answer:
    """Ask for all that the bank has."""
    ask = {"kind": "historical"}
    return bench.api("POST", "/connections/con_1/sync", ask, sending={"idempotency-key": key})


def refuse_to_queue(bench: Bench, times: int = 1) -> None:
    """Have the queue take nothing, so many times."""
    left = [times]

    def refuse(model: Any, **_: Any) -> None:
        if model.name == "SendMessage" and left[0]:
            left[0] -= 1
            raise EndpointConnectionError(endpoint_url="https://sqs.example")

    bench.services._sqs.meta.events.register("before-call.*.*", refuse)


def test_a_history_whose_message_was_lost_is_handed_over_when_asked_for_again(
    bench: Bench,
) -> None:
    """The attempt is there, and shuts out others: the same request finds it and sends it on."""
    bench.green()
    refuse_to_queue(bench)
    first, before = history(bench), queued()
    second = history(bench)

    assert (503, []) == (first.status, before)
    assert (202, bench.attempts()) == (second.status, [second.json["attempt_id"]])
    assert [AttemptMessage(second.json["attempt_id"])] == queued()
    assert second.json["status_url"].startswith(f"{PUBLIC_URL}/reconnect/")


@pytest.mark.parametrize("operation", ["TransactWriteItems", "SendMessage", "UpdateItem"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_begins_no_second_history(bench: Bench, when: str, operation: str) -> None:
    """Sent again after it, the request finds what it has begun, and the worker hears of it."""
    bench.green()
    bench.crash(when, operation)
    try:
        history(bench)
    except Crash:
        bench.clock.advance(31)
    told = history(bench)

    assert (202, [told.json["attempt_id"]]) == (told.status, bench.attempts())
    assert {AttemptMessage(told.json["attempt_id"])} == set(queued())


def test_whoever_asks_besides_moves_a_history_whose_message_was_lost(bench: Bench) -> None:
    """Without the key, or with another, the answer is that it is under way: so it had better be."""
    bench.green()
    refuse_to_queue(bench)
    lost = history(bench)
    bench.clock.advance(10)
    other = history(bench, '"another"')

    assert (503, 409) == (lost.status, other.status)
    assert "urn:relink:problem:attempt-under-way" == other.json["type"]
    assert [AttemptMessage(bench.stored().live_attempt)] == queued()

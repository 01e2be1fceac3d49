"""Failed stream batches are cut down, repeated and given up by Lambda's rules."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from infra.local.functions.warm_function import Outcome
from infra.local.triggers.stream_batches import RetryRules, deliver


class Handler:
    """Fails for poison, and remembers which batches it was given."""

    def __init__(self, *poison: int, partial: bool = False) -> None:
        self.poison = poison
        self.partial = partial
        self.batches: list[list[int]] = []

    def __call__(self, records: list[dict[str, Any]]) -> Outcome:
        """Handle a batch."""
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
        self.batches.append(numbers)
        bad = [number for number in numbers if number in self.poison]
        if bad and not self.partial:
            return Outcome("id", error={"errorType": "RuntimeError"})
        failures = [{"itemIdentifier": str(number)} for number in bad]
        return Outcome("id", result={"batchItemFailures": failures})


def given_up(handler: Handler, count: int, rules: RetryRules) -> list[list[int]]:
    """Deliver records 1 to `count` and return those that were never processed."""
    records = [{"dynamodb": {"SequenceNumber": str(n)}} for n in range(1, count + 1)]
    return [
        [int(record["dynamodb"]["SequenceNumber"]) for record in lost.records]
        for lost in deliver(records, handler, rules, threading.Event())
    ]


def test_good_batch_is_delivered_once() -> None:
    """Nothing is repeated without a failure."""
    handler = Handler()
    assert [] == given_up(handler, 3, RetryRules(pause=0))
    assert [[1, 2, 3]] == handler.batches


def test_splitting_finds_the_poison_and_does_not_count_as_a_retry() -> None:
    """With one retry allowed, four records and three failures on the way still lose only one."""
    handler = Handler(3)
    assert [[3]] == given_up(handler, 4, RetryRules(retries=1, bisect=True, pause=0))
    assert [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]] == handler.batches


def test_without_bisection_the_whole_batch_is_given_up() -> None:
    """That is what bisection is for."""
    handler = Handler(3)
    assert [[1, 2, 3, 4]] == given_up(handler, 4, RetryRules(retries=2, pause=0))
    assert [[1, 2, 3, 4]] * 3 == handler.batches


def test_reported_failure_checkpoints_what_came_before_it() -> None:
    """Delivery goes on from the first reported record, which brings later good ones again."""
    handler = Handler(3, partial=True)
    rules = RetryRules(retries=1, bisect=True, partial=True, pause=0)
    assert [[3]] == given_up(handler, 4, rules)
    assert [[1, 2, 3, 4], [3, 4], [3], [3], [4]] == handler.batches


@pytest.mark.parametrize(
    ("result", "processed"),
    [
        (None, True),
        ({}, True),
        ({"batchItemFailures": []}, True),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, False),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, False),
        ({"batchItemFailures": [{"wrong": "1"}]}, False),
    ],
)
def test_answer_that_makes_no_sense_fails_the_batch(result: Any, *, processed: bool) -> None:
    """Success is silence or an empty list; anything unknown is a failure of everything."""
    rules = RetryRules(retries=0, partial=True, pause=0)
    records = [{"dynamodb": {"SequenceNumber": "1"}}]
    lost = deliver(records, lambda _: Outcome("id", result=result), rules, threading.Event())
    assert processed is (lost == [])


def test_endless_retries_end_with_the_stack() -> None:
    """A batch that may be retried for ever does not keep the stack from stopping."""
    stop = threading.Event()

    def fail(_: object) -> Outcome:
        stop.set()
        return Outcome("id", error={})

    assert [] == deliver([{"dynamodb": {}}], fail, RetryRules(pause=0), stop)

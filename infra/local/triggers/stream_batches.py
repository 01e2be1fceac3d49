"""Deliver a shard's batches in order: partial success, bisection, retries, failure records.

Source: "Using AWS Lambda with Amazon DynamoDB", error handling, AWS Lambda developer guide. Where
it is silent: a batch of which a part succeeded starts its count of retries anew with the rest.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from infra.local.functions.warm_function import Outcome

Record = dict[str, Any]
LONGEST_PAUSE = 2.0


@dataclass(frozen=True)
class RetryRules:
    """How often and in which pieces a failed batch is tried again."""

    retries: int = -1
    """How many times a batch that fails whole is invoked again; -1 means until it succeeds."""
    bisect: bool = False
    partial: bool = False
    """Whether the function answers with batchItemFailures."""
    pause: float = 0.2
    """Seconds before the first repetition, doubled with each further one."""


@dataclass(frozen=True)
class GivenUp:
    """A batch that was never processed, for the on-failure destination."""

    records: list[Record]
    outcome: Outcome
    invocations: int


def deliver(
    batch: list[Record],
    invoke: Callable[[list[Record]], Outcome],
    rules: RetryRules,
    stop: threading.Event,
) -> list[GivenUp]:
    """Invoke the function until each record is processed or given up; return the latter.

    Splitting a batch does not count as a retry.
    """
    given_up = []
    waiting = deque([(batch, 0)])
    while waiting and not stop.is_set():
        records, retried = waiting.popleft()
        outcome = invoke(records)
        rest = unprocessed(records, outcome, partial=rules.partial)
        if not rest:
            continue
        if len(rest) < len(records):
            waiting.appendleft((rest, 0))
        elif rules.bisect and len(rest) > 1:
            middle = len(rest) // 2
            waiting.extendleft([(rest[middle:], 0), (rest[:middle], 0)])
        elif 0 <= rules.retries <= retried:
            given_up.append(GivenUp(rest, outcome, retried + 1))
        else:
            stop.wait(min(rules.pause * 2**retried, LONGEST_PAUSE))
            waiting.appendleft((rest, retried + 1))
    return given_up


def unprocessed(records: list[Record], outcome: Outcome, *, partial: bool) -> list[Record]:
    """Return the records from the first failed one on, or all if the answer makes no sense."""
    if outcome.failed:
        return records
    if not partial or not outcome.result:
        return []
    failures = outcome.result.get("batchItemFailures")
    if not failures:
        return []
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    try:
        first = min(numbers.index(failure["itemIdentifier"]) for failure in failures)
    except (KeyError, TypeError, ValueError):
        return records
    return records[first:]


def failure_record(given_up: GivenUp, function_arn: str, shard_id: str) -> dict[str, Any]:
    """Return what Lambda sends to the on-failure destination; it names the records, no more."""
    records = given_up.records
    times = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
    return {
        "requestContext": {
            "requestId": given_up.outcome.request_id,
            "functionArn": function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": given_up.invocations,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if given_up.outcome.failed else None,
        },
        "version": "1.0",
        "timestamp": _iso(max(times)),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _iso(min(times)),
            "approximateArrivalOfLastRecord": _iso(max(times)),
            "batchSize": len(records),
            "streamArn": records[0]["eventSourceARN"],
        },
    }


def _iso(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

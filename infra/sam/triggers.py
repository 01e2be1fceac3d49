"""What starts a function: a queue, a table's stream, the clock, or an HTTP request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDLESS = -1
DEFAULT_ROUTE = "$default"


@dataclass(frozen=True, slots=True)
class QueueSource:
    """An SQS queue, by its logical id. Times are seconds."""

    name: str
    queue: str
    batch_size: int
    window: int
    reports_failures: bool
    maximum_concurrency: int | None


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A DynamoDB table's stream, by the table's logical id. Times are seconds.

    `filters` are alternatives; without any, all records pass. `maximum_retries` and `maximum_age`
    are None for as long as the stream keeps a record. `on_failure` is a queue's logical id.
    """

    name: str
    table: str
    starting_position: str
    batch_size: int
    window: int
    reports_failures: bool
    bisects: bool
    maximum_retries: int | None
    maximum_age: int | None
    on_failure: str | None
    filters: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of EventBridge Scheduler: `rate(...)`, `cron(...)` or `at(...)`."""

    name: str
    expression: str
    input: str | None
    maximum_retries: int


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the HTTP API; `authorizer` is None for those that ask for no token.

    What has no route of its own goes to `$default`, whose method is ANY.
    """

    name: str
    method: str
    path: str
    authorizer: str | None


Trigger: TypeAlias = QueueSource | StreamSource | Schedule | Route


def trigger(name: str, event: Mapping[str, Any], default_authorizer: str | None) -> Trigger:
    """Return a resolved entry of a function's `Events`, with Lambda's defaults filled in."""
    properties = event["Properties"]
    match event["Type"]:
        case "SQS":
            return _queue(name, properties)
        case "DynamoDB":
            return _stream(name, properties)
        case "ScheduleV2":
            return Schedule(
                name=name,
                expression=properties["ScheduleExpression"],
                input=properties.get("Input"),
                maximum_retries=int(
                    properties.get("RetryPolicy", {}).get("MaximumRetryAttempts", 185)
                ),
            )
        case "HttpApi":
            authorizer = properties.get("Auth", {}).get("Authorizer", default_authorizer)
            return Route(
                name=name,
                method=properties.get("Method", "ANY").upper(),
                path=properties.get("Path", DEFAULT_ROUTE),
                authorizer=None if authorizer == "NONE" else authorizer,
            )
        case other:
            msg = f"{name} has the type {other}, which is not known here"
            raise ValueError(msg)


def _queue(name: str, properties: Mapping[str, Any]) -> QueueSource:
    concurrency = properties.get("ScalingConfig", {}).get("MaximumConcurrency")
    return QueueSource(
        name=name,
        queue=properties["Queue"],
        batch_size=int(properties.get("BatchSize", 10)),
        window=int(properties.get("MaximumBatchingWindowInSeconds", 0)),
        reports_failures=_reports_failures(properties),
        maximum_concurrency=None if concurrency is None else int(concurrency),
    )


def _stream(name: str, properties: Mapping[str, Any]) -> StreamSource:
    filters = properties.get("FilterCriteria", {}).get("Filters", [])
    return StreamSource(
        name=name,
        table=properties["Stream"],
        starting_position=properties["StartingPosition"],
        batch_size=int(properties.get("BatchSize", 100)),
        window=int(properties.get("MaximumBatchingWindowInSeconds", 0)),
        reports_failures=_reports_failures(properties),
        bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
        maximum_retries=_limit(properties, "MaximumRetryAttempts"),
        maximum_age=_limit(properties, "MaximumRecordAgeInSeconds"),
        on_failure=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        filters=tuple(json.loads(f["Pattern"]) for f in filters),
    )


def _reports_failures(properties: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])


def _limit(properties: Mapping[str, Any], name: str) -> int | None:
    limit = int(properties.get(name, _ENDLESS))
    return None if limit == _ENDLESS else limit

"""The stack's resources as the local stack and the tests speak of them: by logical id, resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.sam.triggers import QueueSource, Route, Schedule, StreamSource, Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as written, its intrinsic functions unresolved."""

    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table."""

    creation: Mapping[str, Any]
    """What CreateTable takes beside the name."""
    ttl_attribute: str | None
    point_in_time_recovery: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue. `dead_letters` is the logical id of the one for what was received too often."""

    attributes: Mapping[str, str]
    """What CreateQueue takes, less the RedrivePolicy: that needs the other queue's ARN."""
    dead_letters: str | None
    maximum_receives: int | None

    @property
    def visibility_timeout(self) -> int:
        """Return for how many seconds a message that was handed out stays hidden."""
        return int(self.attributes.get("VisibilityTimeout", 30))


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function with what starts it; `environment` is unresolved, the rest is not."""

    handler: str
    code: str
    timeout: int
    memory: int
    role: str
    log_group: str
    environment: Mapping[str, Any]
    triggers: tuple[Trigger, ...] = field(repr=False)

    @property
    def queues(self) -> tuple[QueueSource, ...]:
        """Return the queues that it reads."""
        return tuple(t for t in self.triggers if isinstance(t, QueueSource))

    @property
    def streams(self) -> tuple[StreamSource, ...]:
        """Return the table streams that it reads."""
        return tuple(t for t in self.triggers if isinstance(t, StreamSource))

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Return when the clock starts it."""
        return tuple(t for t in self.triggers if isinstance(t, Schedule))

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return the HTTP routes that it answers."""
        return tuple(t for t in self.triggers if isinstance(t, Route))


@dataclass(frozen=True, slots=True)
class HttpApi:
    """The HTTP API's callers: who issues their tokens, and for whom; which pages may call."""

    default_authorizer: str | None
    issuers: Mapping[str, str]
    audiences: Mapping[str, tuple[str, ...]]
    cors: Mapping[str, Any] = field(default_factory=dict)


def table(properties: Mapping[str, Any]) -> Table:
    """Return the view of a table's resolved properties."""
    creation = dict(properties)
    ttl = creation.pop("TimeToLiveSpecification", {})
    recovery = creation.pop("PointInTimeRecoverySpecification", {})
    if "StreamSpecification" in creation:  # in CloudFormation to name a view is to enable
        creation["StreamSpecification"] = {"StreamEnabled": True, **creation["StreamSpecification"]}
    if "SSESpecification" in creation:
        creation["SSESpecification"] = {"Enabled": creation["SSESpecification"]["SSEEnabled"]}
    return Table(
        creation=creation,
        ttl_attribute=ttl.get("AttributeName"),
        point_in_time_recovery=recovery.get("PointInTimeRecoveryEnabled", False),
    )


def queue(properties: Mapping[str, Any]) -> Queue:
    """Return the view of a queue's resolved properties."""
    redrive = properties.get("RedrivePolicy", {})
    attributes = {k: v for k, v in properties.items() if k != "RedrivePolicy"}
    return Queue(
        attributes={k: v if isinstance(v, str) else json.dumps(v) for k, v in attributes.items()},
        dead_letters=redrive.get("deadLetterTargetArn"),
        maximum_receives=redrive.get("maxReceiveCount"),
    )

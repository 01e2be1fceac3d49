"""The stack that a command works on: deployed, or the local one; names come from nowhere else."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import boto3

from infra.local.clients import Clients
from infra.sam.template import load
from relink.attempts import Attempts
from relink.repository import Connections
from relink.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from relink.connection import Connection


class Trouble(Exception):
    """A command cannot be done; the text says why, and what to do instead."""


class Client(Protocol):
    """Returns the AWS client of a service such as `sqs`."""

    def __call__(self, service: str) -> Any:
        """Return the client."""


class Target:
    """A stack: clients, and what its resources are called, by logical id."""

    def __init__(
        self,
        client: Client,
        names: Mapping[str, str],
        time: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self.client = client
        self._names = names
        self.now = time

    def name(self, logical_id: str) -> str:
        """Return the physical id of a resource. Raises `Trouble` if the stack has none."""
        try:
            return self._names[logical_id]
        except KeyError:
            raise Trouble(f"the stack has no {logical_id}") from None

    @cached_property
    def dynamodb(self) -> Any:
        """Return the client of DynamoDB."""
        return self.client("dynamodb")

    @cached_property
    def trail(self) -> Trail:
        """Return the trails of connections."""
        return Trail(self.dynamodb, self.name("LedgerTable"))

    @cached_property
    def connections(self) -> Connections:
        """Return the connections; what is changed of their colour goes into the trail."""
        return Connections(self.dynamodb, self.name("ConnectionsTable"), self.trail)

    @cached_property
    def attempts(self) -> Attempts:
        """Return the attempts at connections."""
        tables = self.name("AttemptsTable"), self.name("ConnectionsTable")
        return Attempts(self.dynamodb, *tables, self.trail)

    def connection(self, connection_id: str) -> Connection:
        """Return a connection. Raises `Trouble` if there is none of that id."""
        found = self.connections.get(connection_id)
        if found is None:
            raise Trouble(f"there is no connection {connection_id}")
        return found

    def scan(self, logical_id: str, **wanted: Any) -> Iterator[dict[str, Any]]:
        """Yield all items of a table, or those that a filter lets pass, in DynamoDB's form."""
        pages = self.dynamodb.get_paginator("scan")
        for page in pages.paginate(TableName=self.name(logical_id), ConsistentRead=True, **wanted):
            yield from page["Items"]


def deployed(stack: str, region: str | None, profile: str | None) -> Target:
    """Return a deployed stack, as CloudFormation knows it."""
    session = boto3.Session(region_name=region, profile_name=profile)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service)  # type: ignore[call-overload]
        return made[service]

    return Target(client, physical_ids(client("cloudformation"), stack))


def physical_ids(cloudformation: Any, stack: str) -> dict[str, str]:
    """Return what a stack's resources are called, by logical id."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        found["LogicalResourceId"]: found["PhysicalResourceId"]
        for page in pages
        for found in page["StackResourceSummaries"]
        if "PhysicalResourceId" in found
    }


def local(endpoint: str, stack: str) -> Target:
    """Return the stack that `make local` runs, whose address of AWS it prints.

    Its resources are made by name, not by CloudFormation; its time is the emulator's.
    """
    clients, template = Clients(endpoint), load()
    names = {logical_id: f"{stack}-{logical_id}" for logical_id in template.resources}
    for logical_id in template.queues():
        answer = clients("sqs").get_queue_url(QueueName=names[logical_id])
        names[logical_id] = answer["QueueUrl"]
    return Target(clients, names, lambda: _time_of(clients))


def _time_of(clients: Client) -> int:
    """Return what time it is where the emulator is: it can be ahead of ours."""
    headers = clients("dynamodb").list_tables()["ResponseMetadata"]["HTTPHeaders"]
    told = headers.get("date")
    return int(parsedate_to_datetime(told).timestamp() if told else time.time())

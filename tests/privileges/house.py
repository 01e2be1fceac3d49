"""All functions on one stack in memory, made from the template and wired as it wires them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
from boto3.dynamodb.types import TypeDeserializer
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from infra.in_process import forget
from infra.local.provisioning import Provisioner
from infra.sam.template import Template, load
from tests.fakes import Clock
from tests.privileges.deployed import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from infra.local.clients import Clients
    from relink.connection import Connection
    from relink.repository import Connections

REGION = "eu-west-1"


@dataclass
class House:
    """The deployed stack: functions by logical id, and what lies in its tables and queues."""

    template: Template
    attributes: dict[str, dict[str, Any]]
    patch: pytest.MonkeyPatch
    clock: Clock
    read: int = 0
    wiring: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def run(self, function: str, event: Mapping[str, Any], milliseconds: int = 60_000) -> Any:
        """Call a function's handler with an event, in the environment that the template sets."""
        handler, variables = self._wired(function)
        module, _, name = handler.rpartition(".")
        with self.patch.context() as patch:
            for variable, value in variables.items():
                patch.setenv(variable, value)
            context = SimpleNamespace(
                aws_request_id="00000000-0000-0000-0000-00000000run1",
                get_remaining_time_in_millis=lambda: milliseconds,
            )
            return getattr(import_module(module), name)(event, context)

    def _wired(self, function: str) -> tuple[str, dict[str, str]]:
        if function not in self.wiring:
            made = self.template.functions()[function]
            told = self.template.resolve(made.environment, self.attributes)
            self.wiring[function] = (made.handler, {k: str(v) for k, v in told.items()})
        return self.wiring[function]

    @property
    def connections(self) -> Connections:
        """Return the stored connections."""
        from relink.repository import Connections  # noqa: PLC0415 - for its name's sake

        return Connections(boto3.client("dynamodb"), self.name("ConnectionsTable"))

    def add(self, made: Connection) -> None:
        """Store a connection."""
        self.connections.create(made)

    def name(self, logical_id: str) -> str:
        """Return what `!Ref` of a resource gives."""
        return str(self.attributes[logical_id]["Ref"])

    def bodies(self, queue: str) -> list[str]:
        """Return the bodies of a queue's messages, the delayed ones, too."""
        return [message.body for message in self._queue(queue)]

    def deliver(self, function: str, queue: str) -> Any:
        """Hand a function the first message of a queue, and take it off the queue."""
        message = self._queue(queue).pop(0)
        record = {"eventSource": "aws:sqs", "messageId": "m-1", "body": message.body}
        return self.run(function, {"Records": [record]})

    def _queue(self, queue: str) -> Any:
        name = self.attributes[queue]["QueueName"]
        return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[name]._messages

    def records(self) -> list[dict[str, Any]]:
        """Return the connections' stream, as Lambda hands it over."""
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[self.name("ConnectionsTable")]
        shard = cast("Any", table.stream_shard)
        return [record.to_json() for record in shard.items]

    def tell(self) -> Any:
        """Hand notify what is new in the stream."""
        told = self.records()[self.read :]
        self.read += len(told)
        events = [json.loads(json.dumps(r, default=str)) for r in told]
        return self.run("NotifyFunction", {"Records": events}) if events else None

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what is in a table."""
        found = boto3.client("dynamodb").scan(TableName=self.name(table))["Items"]
        decode = TypeDeserializer().deserialize
        return [{k: decode(v) for k, v in item.items()} for item in found]


@contextmanager
def house(patch: pytest.MonkeyPatch, now: int, **parameters: str) -> Iterator[House]:
    """Deploy template.yaml into moto, which must be up."""
    template = load(parameters=PARAMETERS | parameters)
    filled = {"LinkKeySecret": "k" * 64, "PushKeySecret": "none", "ProviderSecrets": "{}"}
    if "VapidPrivateKey" in parameters:
        filled["PushKeySecret"] = parameters["VapidPrivateKey"]
    clients = cast("Clients", boto3.client)
    attributes = Provisioner(template, clients, filled).provision()
    clock = Clock(now)
    patch.setattr("relink.clock.now", clock)
    forget()
    yield House(template, attributes, patch, clock)
    forget()

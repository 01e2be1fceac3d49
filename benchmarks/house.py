"""The functions as deployed, in one process over an in-memory AWS: for counting, not for timing."""

from __future__ import annotations

import io
import json
import logging
import os
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from benchmarks.meter import Meter
from benchmarks.scripted_bank import ScriptedBank
from infra.in_process import HANDLERS, context, forget, one_at_a_time
from infra.local.clients import ACCOUNT, REGION
from infra.local.provisioning import Provisioner
from infra.sam.template import load
from relink import clock
from sync import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.local.clients import Clients
    from infra.local.provisioning import Attributes
    from infra.sam.template import Template

PARAMETERS = {
    "AWS::Region": REGION,
    "JwtIssuer": "https://issuer.example",
    "PublicUrl": "https://connect.example.com",
    "SenderAddress": "notices@example.com",
    "SenderIdentity": "example.com",
}
AWS = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto knows no account in a host name
}
BEGINNING = 1_767_268_800
"""2026-01-01 12:00 UTC."""


@dataclass
class House:
    """The functions, and unmetered clients to set up and look at what they work on."""

    template: Template
    attributes: Attributes
    clients: Callable[[str], Any]
    meter: Meter
    bank: ScriptedBank
    now: int = BEGINNING
    invocations: int = 0
    log: list[str] = field(default_factory=list)

    def name(self, logical_id: str) -> str:
        """Return what a resource is called: a table's name, a queue's address."""
        return str(self.attributes[logical_id]["Ref"])

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function's handler as Lambda does, with its own environment; keep its log."""
        written = io.StringIO()
        with self.environment(function), redirect_stdout(written), logging_to(written):
            answer = HANDLERS[function](dict(event), context())
        self.invocations += 1
        self.log += [line for line in written.getvalue().splitlines() if line]
        return answer

    @contextmanager
    def environment(self, function: str) -> Iterator[None]:
        """Tell the process what a function is told."""
        environment = self.template.functions()[function].environment
        told = {k: str(v) for k, v in self.template.resolve(environment, self.attributes).items()}
        with patch.dict(os.environ, told):
            yield

    def take(self, name: str) -> list[dict[str, Any]]:
        """Take all messages off a queue, delayed ones, too, as the function that reads it does."""
        queue = sqs_backends[ACCOUNT][REGION].queues[self.attributes[name]["QueueName"]]
        held = queue._messages  # noqa: SLF001 - the delayed ones are nowhere else
        found = [{"messageId": m.id, "body": m.body, "eventSource": "aws:sqs"} for m in held]
        held.clear()
        return found

    def reset(self) -> None:
        """Begin to count anew."""
        self.meter.reset()
        self.invocations = 0
        self.log.clear()


@contextmanager
def opened() -> Iterator[House]:
    """Give a house of its own; nothing of it stays."""
    with patch.dict(os.environ, AWS), mock_aws(), patch.object(boto3, "DEFAULT_SESSION", None):
        template, made = load(parameters=PARAMETERS), _unmetered()
        filled = {"ProviderSecrets": json.dumps({})}
        attributes = Provisioner(template, cast("Clients", made), filled).provision()
        meter = Meter(_image, _tables(template, attributes))
        boto3.setup_default_session(region_name=REGION)
        meter.attach(cast("Any", boto3.DEFAULT_SESSION).events)
        house = House(template, attributes, made, meter, ScriptedBank())
        forget()
        with (
            patch.object(clock, "now", lambda: house.now),
            patch.object(worker, "load", lambda _, __: house.bank),
            patch.object(worker, "bootstrap", cache(one_at_a_time)),
        ):
            yield house
        forget()


def _unmetered() -> Callable[[str], Any]:
    session = boto3.Session(region_name=REGION)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service)  # type: ignore[call-overload]
        return made[service]

    return client


def _image(table: str, key: dict[str, Any]) -> dict[str, Any]:
    """Return an item as moto holds it: a request for it would take most of the time."""
    found = dynamodb_backends[ACCOUNT][REGION].get_item(table, key)
    return dict(found.to_json()["Attributes"]) if found else {}


def _tables(template: Template, attributes: Attributes) -> dict[str, Mapping[str, Any]]:
    return {attributes[k]["Ref"]: table.creation for k, table in template.tables().items()}


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[None]:
    """Have all that is logged written there."""
    loggers = [x for x in logging.root.manager.loggerDict.values() if isinstance(x, logging.Logger)]
    handlers = {h for x in loggers for h in x.handlers if type(h) is logging.StreamHandler}
    before = {handler: handler.stream for handler in handlers}
    try:
        _direct(dict.fromkeys(handlers, stream))
        yield
    finally:
        _direct(before)


def _direct(streams: Mapping[logging.StreamHandler[Any], Any]) -> None:
    """Have handlers write elsewhere; `setStream` would flush what may be closed by now."""
    for handler, stream in streams.items():
        handler.stream = stream

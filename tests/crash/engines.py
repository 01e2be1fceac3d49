"""The two emulators that the enumeration runs on: moto in this process, ministack beside it."""

from __future__ import annotations

import base64
import copy
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, cast
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from infra.local.clients import ACCOUNT, CREDENTIALS, REGION, Clients
from infra.local.engine import start_engine
from infra.local.processes.lifeline import Lifeline
from infra.local.provisioning import Attributes, Provisioner
from infra.local.simulated_clock import SimulatedClock
from infra.push_key import PushKey
from infra.sam.template import Template, load
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC_URL = "https://connect.example.com"
PUSH_SERVICE = "https://push.example.com"


class Store(Protocol):
    """The tables of an engine, as one that can be put back."""

    def save(self) -> Any:
        """Return what is in the tables."""

    def restore(self, saved: Any) -> None:
        """Make the tables hold that again, and nothing else."""

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what is in a table."""

    def item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        """Return an item, or None."""


@dataclass
class Engine:
    """An emulated AWS that holds what the template describes."""

    template: Template
    attributes: Attributes
    clients: Callable[[str], Any]
    store: Store
    pair: PushKey
    _made: dict[Any, Any] = field(default_factory=dict)
    _told: dict[str, dict[str, str]] = field(default_factory=dict)
    _make: Callable[..., Any] = boto3.client

    def name(self, logical_id: str) -> str:
        """Return what a resource is called: a table's name, a queue's address."""
        return str(self.attributes[logical_id]["Ref"])

    def environment(self, function: str) -> dict[str, str]:
        """Return what a function is told."""
        if function not in self._told:
            raw = self.template.functions()[function].environment
            told = self.template.resolve(raw, self.attributes)
            self._told[function] = {name: str(value) for name, value in told.items()}
        return self._told[function]

    def made_once(self, service: str, config: Any = None) -> Any:
        """Return a client as boto3 does; the same one for the same settings, as it has no state."""
        name = (service, repr(vars(config)) if config else "")
        if name not in self._made:
            self._made[name] = self._make(service, config=config)
        return self._made[name]

    def save(self) -> Any:
        """Return what is in the tables."""
        return self.store.save()

    def restore(self, saved: Any) -> None:
        """Make the tables hold that again."""
        self.store.restore(saved)


class _MotoStore:
    """Tables in this process: copied as a whole."""

    def save(self) -> Any:
        """Return a copy."""
        return copy.deepcopy(self._backend.tables)

    def restore(self, saved: Any) -> None:
        """Put a copy of it back."""
        self._backend.tables = copy.deepcopy(saved)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what is in a table, without a request: that would take most of the time."""
        return [_as_told(item) for item in self._backend.tables[table].all_items()]

    def item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        """Return an item, in the same way."""
        found = self._backend.get_item(table, key)
        return _as_told(found) if found else None

    @property
    def _backend(self) -> Any:
        return dynamodb_backends[ACCOUNT][REGION]


def _as_told(item: Any) -> dict[str, Any]:
    return {name: _typed(value) for name, value in item.to_json()["Attributes"].items()}


def _typed(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value as botocore does: inside moto, binaries may be Base64."""
    ((kind, held),) = value.items()
    match kind:
        case "B":
            return {kind: held if isinstance(held, bytes) else base64.b64decode(held)}
        case "L":
            return {kind: [_typed(each) for each in held]}
        case "M":
            return {kind: {name: _typed(each) for name, each in held.items()}}
    return {kind: held}


@dataclass
class _RemoteStore:
    """Tables of another process: read and written item by item."""

    client: Any
    tables: dict[str, tuple[str, ...]]
    """The names of each one's keys."""

    def save(self) -> Any:
        """Return all items."""
        return {name: self.items(name) for name in self.tables}

    def restore(self, saved: Any) -> None:
        """Delete what is there and write what was."""
        for name, keys in self.tables.items():
            wanted = saved[name]
            for item in self.items(name):
                if item not in wanted:
                    key = {k: item[k] for k in keys}
                    self.client.delete_item(TableName=name, Key=key)
            there = self.items(name)
            for item in wanted:
                if item not in there:
                    self.client.put_item(TableName=name, Item=item)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return what is in a table."""
        pages = self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        """Return an item, or None."""
        answer = self.client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return dict(answer["Item"]) if "Item" in answer else None


@contextmanager
def moto() -> Iterator[Engine]:
    """Give the engine in this process."""
    told = {**CREDENTIALS, "AWS_MAX_ATTEMPTS": "1"}
    with patch.dict(os.environ, told), mock_aws(), patch.object(boto3, "DEFAULT_SESSION", None):
        yield _engine(_InProcess(), _MotoStore())


@contextmanager
def ministack() -> Iterator[Engine]:
    """Give the engine in a process of its own."""
    with TemporaryDirectory() as folder, Lifeline() as lifeline:
        clock = SimulatedClock(Path(folder) / "clock", int(NOON - time.time()))
        started = start_engine("ministack", lifeline, clock, Path(folder))
        told = {**CREDENTIALS, "AWS_ENDPOINT_URL": started.url}
        with patch.dict(os.environ, told), patch.object(boto3, "DEFAULT_SESSION", None):
            try:
                yield _engine(started.clients)
            finally:
                started.clients.close()
                clock.close()


ENGINES = {"moto": moto, "ministack": ministack}


@dataclass
class _InProcess:
    """Clients of the AWS in this process."""

    _made: dict[str, Any] = field(default_factory=dict)

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._made:
            self._made[service] = self._session.client(service)
        return self._made[service]

    @cached_property
    def _session(self) -> Any:
        return boto3.Session(region_name=REGION)


def _engine(clients: Any, store: Store | None = None) -> Engine:
    pair = PushKey.new()
    parameters = {
        "AWS::Region": REGION,
        "JwtIssuer": "https://issuer.example",
        "PublicUrl": PUBLIC_URL,
        "SenderAddress": "notices@example.com",
        "SenderIdentity": "example.com",
        "PushServices": PUSH_SERVICE,
        **pair.parameters(),
    }
    template = load(parameters=parameters)
    filled = {"ProviderSecrets": json.dumps({})}
    attributes = Provisioner(template, cast("Clients", clients), filled).provision()
    if store is None:
        keys = {
            str(attributes[name]["Ref"]): tuple(
                k["AttributeName"] for k in table.creation["KeySchema"]
            )
            for name, table in template.tables().items()
        }
        store = _RemoteStore(clients("dynamodb"), keys)
    return Engine(template, attributes, clients, store, pair)

"""What the function is made of: its environment, and its collaborators as they are first used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from reconnect.api import OwnersApi
from reconnect.attempting import Reconnecting
from reconnect.browser import Browsers
from reconnect.fresh import FreshLinks
from reconnect.link_pages import LinkPages
from reconnect.link_view import LinkView
from reconnect.opened_link import Doorkeeper
from reconnect.pages import House, Pages
from reconnect.returning import Returning
from relink import clock, outages, providers
from relink.attempts import Attempts
from relink.environment import read
from relink.intake import Intake
from relink.ledger import Ledger
from relink.links import KeyRing
from relink.owners import Owners
from relink.queues import Queue
from relink.repository import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient

    from relink.connection import Bank
    from relink.provider import Field, Provider

# API Gateway gives up after 30 seconds and the owner long before: fail while he still looks.
_CLIENT = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3}
)


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables that the function reads; an empty `public_url` is the host that was asked."""

    connections_table: str
    ledger_table: str
    attempts_table: str
    owners_table: str
    attempt_queue_url: str
    notice_queue_url: str
    intake_key_id: str
    link_key_secret: str
    state_table: str
    public_url: str = ""
    host_app_name: str = "Relink"
    chat_url: str = ""


class Services:
    """The collaborators. A client is opened when a request first needs it: a GET needs two."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._environment = read(Environment, environ)
        self._providers: dict[str, Provider] = {}
        self.log = Logger()

    @cached_property
    def link_pages(self) -> LinkPages:
        """Return the pages behind a link."""
        return LinkPages(
            door=self.door,
            reconnecting=self.reconnecting,
            fresh=self.fresh_links,
            browsers=self.browsers,
            view=self.view,
            log=self.log,
        )

    @cached_property
    def returning(self) -> Returning:
        """Return the address that banks send owners back to."""
        return Returning(self.door, self.reconnecting, self.browsers, self.view, self.log)

    @cached_property
    def door(self) -> Doorkeeper:
        """Return what opens links."""
        return Doorkeeper(self.keys, self.reconnecting, self.owners)

    @cached_property
    def browsers(self) -> Browsers:
        """Return what knows browsers again."""
        return Browsers(self.ledger.accounts, self._environment.public_url)

    @cached_property
    def view(self) -> LinkView:
        """Return what shows opened links."""
        return LinkView(self.pages, self.fields_of, self.ledger.accounts)

    @cached_property
    def pages(self) -> Pages:
        """Return what renders pages."""
        environment = self._environment
        house = House(environment.host_app_name, environment.public_url, environment.chat_url)
        return Pages(house)

    @cached_property
    def api(self) -> OwnersApi:
        """Return the owner's API."""
        return OwnersApi(
            connections=self.connections,
            ledger=self.ledger,
            owners=self.owners,
            keys=self.keys,
            outages=lambda: outages.read(self._dynamodb, self._environment.state_table),
            public_url=self._environment.public_url,
            log=self.log,
        )

    @cached_property
    def reconnecting(self) -> Reconnecting:
        """Return what makes attempts; the keys and queues behind it wait for the first one."""
        environment = self._environment
        return Reconnecting(
            connections=self.connections,
            attempts=Attempts(
                self._dynamodb, environment.attempts_table, environment.connections_table
            ),
            intake=lambda: self._intake,
            queue=lambda: Queue(self._sqs, environment.attempt_queue_url),
        )

    @cached_property
    def fresh_links(self) -> FreshLinks:
        """Return what has a new link mailed."""
        environment = self._environment
        return FreshLinks(
            owners=self.owners,
            queue=lambda: Queue(self._sqs, environment.notice_queue_url),
        )

    @cached_property
    def connections(self) -> Connections:
        """Return the Connections table."""
        return Connections(self._dynamodb, self._environment.connections_table)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the Ledger table."""
        return Ledger(self._dynamodb, self._environment.ledger_table)

    @cached_property
    def owners(self) -> Owners:
        """Return the Owners table."""
        return Owners(self._dynamodb, self._environment.owners_table)

    @cached_property
    def keys(self) -> KeyRing:
        """Return the keys that sign links."""
        client = boto3.client("secretsmanager", config=_CLIENT)
        return KeyRing(client, self._environment.link_key_secret, _now)

    def fields_of(self, bank: Bank) -> tuple[Field, ...]:
        """Return what a bank's provider asks for."""
        provider = self._providers.get(bank.provider)
        if provider is None:
            provider = providers.load(bank.provider, self._environ)
            self._providers[bank.provider] = provider
        return provider.describe_credentials(bank)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=_CLIENT)

    @cached_property
    def _sqs(self) -> SQSClient:
        return boto3.client("sqs", config=_CLIENT)

    @cached_property
    def _intake(self) -> Intake:
        return Intake(boto3.client("kms", config=_CLIENT), self._environment.intake_key_id)


@cache
def bootstrap() -> Services:
    """Return the collaborators, made from the process's environment at the first request."""
    return Services(os.environ)


def _now() -> int:
    """Look the clock up at each call: a local stack puts another one in its place."""
    return clock.now()

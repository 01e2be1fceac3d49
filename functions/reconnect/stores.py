"""What the function reads and writes: tables, queues and keys, each opened when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from reconnect.api.account_names import AccountNames
from reconnect.api.movements import Movements
from reconnect.api.workspace_pages import WorkspacePages
from relink import clock, outages
from relink.addresses import Addresses
from relink.attempts import Attempts
from relink.bank_lists import BankLists
from relink.intake import Intake
from relink.ledger import Ledger
from relink.notices import Notices
from relink.owners import Owners
from relink.queues import Queue
from relink.repository import Connections
from relink.signing import KeyRing
from relink.subscriptions import Subscriptions
from relink.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient

    from relink.outages import Outage

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
    webhook_queue_url: str
    intake_key_id: str
    link_key_secret: str
    state_table: str
    banks_table: str
    public_url: str = ""
    host_app_name: str = "Relink"
    chat_url: str = ""
    chat_script: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    login_client_id: str = ""
    login_scope: str = "openid"
    login_origin: str = ""
    vapid_public_key: str = ""
    push_services: str = ""


class Stores:
    """What requests read and write. A client is opened when one first needs it: a GET needs two."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @cached_property
    def connections(self) -> Connections:
        """Return the Connections table."""
        return Connections(self._dynamodb, self._environment.connections_table, self.trail)

    @cached_property
    def trail(self) -> Trail:
        """Return what has happened to connections, in the Ledger table."""
        return Trail(self._dynamodb, self._environment.ledger_table)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the Ledger table."""
        return Ledger(self._dynamodb, self._environment.ledger_table)

    @cached_property
    def workspace_pages(self) -> WorkspacePages:
        """Return the Connections table, workspace by workspace."""
        return WorkspacePages(self._dynamodb, self._environment.connections_table)

    @cached_property
    def account_names(self) -> AccountNames:
        """Return the owners' settings of accounts, in the Ledger table."""
        return AccountNames(self._dynamodb, self._environment.ledger_table)

    @cached_property
    def movements(self) -> Movements:
        """Return the movements, in the Ledger table."""
        return Movements(self._dynamodb, self._environment.ledger_table)

    @cached_property
    def attempts(self) -> Attempts:
        """Return the Attempts table."""
        told = self._environment
        tables = told.attempts_table, told.connections_table
        return Attempts(self._dynamodb, *tables, self.trail)

    @cached_property
    def owners(self) -> Owners:
        """Return the Owners table."""
        return Owners(self._dynamodb, self._environment.owners_table)

    @cached_property
    def notices(self) -> Notices:
        """Return the notices in the Owners table."""
        return Notices(self._dynamodb, self._environment.owners_table)

    @cached_property
    def addresses(self) -> Addresses:
        """Return the marked addresses in the Owners table."""
        return Addresses(self._dynamodb, self._environment.owners_table)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Return the browsers in the Owners table that are pushed to."""
        return Subscriptions(self._dynamodb, self._environment.owners_table)

    @cached_property
    def bank_lists(self) -> BankLists:
        """Return the Banks table."""
        return BankLists(self._dynamodb, self._environment.banks_table)

    @cached_property
    def keys(self) -> KeyRing:
        """Return the keys that sign links."""
        client = boto3.client("secretsmanager", config=_CLIENT)
        return KeyRing(client, self._environment.link_key_secret, _now)

    def _outages(self) -> Mapping[str, Outage]:
        return outages.read(self._dynamodb, self._environment.state_table)

    def _attempt_queue(self) -> Queue:
        return Queue(self._sqs, self._environment.attempt_queue_url)

    def _notice_queue(self) -> Queue:
        return Queue(self._sqs, self._environment.notice_queue_url)

    def _webhook_queue(self) -> Queue:
        return Queue(self._sqs, self._environment.webhook_queue_url)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=_CLIENT)

    @cached_property
    def _sqs(self) -> SQSClient:
        return boto3.client("sqs", config=_CLIENT)

    @cached_property
    def _intake(self) -> Intake:
        return Intake(boto3.client("kms", config=_CLIENT), self._environment.intake_key_id)


def _now() -> int:
    """Look the clock up at each call: a local stack puts another one in its place."""
    return clock.now()

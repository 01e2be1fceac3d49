"""What the function is made of: settings, clients and parts, made when they are first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config

from notify.gate import Gates
from notify.gathering import Gathering
from notify.mailings import Mailings
from notify.records import Records
from relink import clock, environment, outages
from relink.addresses import Addresses
from relink.event_bus import EventBus
from relink.notices import Notices
from relink.queues import Queue
from relink.repository import Connections

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

    from notify.digest import Digests
    from notify.posting import Post
    from notify.push.pushing import Pusher
    from notify.sweep import Sweep

_PATIENT = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# A mail that SES may have taken is not sent again by the client, without our knowing.
_ONCE = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the function is told by its environment."""

    connections_table: str
    ledger_table: str
    owners_table: str
    state_table: str
    notice_queue_url: str
    link_key_secret: str
    public_url: str
    host_app_name: str
    mail_from: str
    mail_reply_to: str = ""
    mail_configuration_set: str = ""
    chat_url: str = ""
    gather_seconds: int = 60
    vapid_public_key: str = ""
    push_key_secret: str = ""
    push_contact: str = ""
    push_services: str = ""
    event_bus_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What all that the function does works with."""

    settings: Settings
    dynamodb: DynamoDBClient
    connections: Connections
    notices: Notices
    records: Records
    mailings: Mailings
    addresses: Addresses
    gates: Gates
    queue: Queue
    gathering: Gathering
    bus: EventBus
    logger: Logger
    metrics: Metrics


@cache
def bootstrap() -> Parts:
    """Make what the first event needs, once a process."""
    settings = environment.read(Settings)
    dynamodb = boto3.client("dynamodb", config=_PATIENT)
    table = settings.owners_table
    notices, records, gates = (
        Notices(dynamodb, table),
        Records(dynamodb, table),
        Gates(dynamodb, table),
    )
    queue = Queue(boto3.client("sqs", config=_PATIENT), settings.notice_queue_url)
    return Parts(
        settings=settings,
        dynamodb=dynamodb,
        connections=Connections(dynamodb, settings.connections_table),
        notices=notices,
        records=records,
        mailings=Mailings(dynamodb, table),
        addresses=Addresses(dynamodb, table),
        gates=gates,
        queue=queue,
        gathering=Gathering(notices, records, gates, queue, settings.gather_seconds),
        bus=EventBus(lambda: boto3.client("events", config=_PATIENT), settings.event_bus_name),
        logger=Logger(),
        metrics=Metrics(),
    )


@cache
def bootstrap_digests() -> Digests:
    """Make what writing and sending a mail needs, once a process."""
    # Here, not above: templates, locales and two more clients would slow every cold start of the
    # stream, which must be quick; a mail that has waited a minute can wait for them.
    from notify.digest import Digests  # noqa: PLC0415
    from relink.owners import Owners  # noqa: PLC0415

    parts = bootstrap()
    told = parts.settings
    secrets = boto3.client("secretsmanager", config=_PATIENT)
    return Digests(
        owners=Owners(parts.dynamodb, told.owners_table),
        addresses=parts.addresses,
        notices=parts.notices,
        records=parts.records,
        mailings=parts.mailings,
        gates=parts.gates,
        connections=parts.connections,
        outages=partial(outages.read, parts.dynamodb, told.state_table),
        queue=parts.queue,
        post=_post(parts, secrets),
        pusher=_pusher(parts, secrets),
        gather_seconds=told.gather_seconds,
    )


def _post(parts: Parts, secrets: SecretsManagerClient) -> Post:
    """Return what writes letters and hands them in."""
    from notify.letter import House  # noqa: PLC0415 - as in `bootstrap_digests`
    from notify.mail import Outbox, Sender  # noqa: PLC0415
    from notify.posting import Post  # noqa: PLC0415
    from relink.ledger import Ledger  # noqa: PLC0415
    from relink.signing import KeyRing  # noqa: PLC0415

    told = parts.settings
    sender = Sender(
        told.host_app_name, told.mail_from, told.mail_reply_to, told.mail_configuration_set
    )
    return Post(
        ledger=Ledger(parts.dynamodb, told.ledger_table),
        keyring=KeyRing(secrets, told.link_key_secret, lambda: clock.now()),  # noqa: PLW0108
        outbox=Outbox(boto3.client("sesv2", config=_ONCE), sender),
        house=House(told.host_app_name, told.public_url, told.chat_url),
    )


def _pusher(parts: Parts, secrets: SecretsManagerClient) -> Pusher | None:
    """Return what pushes, or None where no key for it has been set."""
    told = parts.settings
    if not (told.vapid_public_key and told.push_key_secret):
        return None
    from notify.push.key import PushKey  # noqa: PLC0415
    from notify.push.pushing import Pusher  # noqa: PLC0415 - as in `bootstrap_digests`
    from relink.push_services import PushServices  # noqa: PLC0415
    from relink.subscriptions import Subscriptions  # noqa: PLC0415

    key = PushKey(
        secrets, told.push_key_secret, told.vapid_public_key, told.push_contact, parts.logger
    )
    return Pusher(
        Subscriptions(parts.dynamodb, told.owners_table),
        key,
        PushServices.parse(told.push_services),
        told.host_app_name,
        parts.logger,
    )


@cache
def bootstrap_sweep() -> Sweep:
    """Make what sweeping needs, once a process."""
    from notify.sweep import Sweep  # noqa: PLC0415 - the stream does without it

    parts = bootstrap()
    return Sweep(
        client=parts.dynamodb,
        connections=parts.connections,
        notices=parts.notices,
        records=parts.records,
        queue=parts.queue,
    )

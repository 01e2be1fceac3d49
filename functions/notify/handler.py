"""Tell owners of what only they can mend: records of the connections' stream, then gathered mails.

The stream's mapping must report batch item failures; the queue's need not: what fails there is
raised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from notify.gathering import Gathering
from relink import clock, environment
from relink.faults import describe
from relink.owners import Owners
from relink.queues import BrokenMessage, DigestMessage, Queue, from_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from notify.digest import Digests

STREAM, QUEUE = "aws:dynamodb", "aws:sqs"
OURS = ("notify", "relink")
# What an outcome of `notify.digest` counts as, where it counts.
MEASURED = {"sent": "MailSent", "no address": "NoticeWithoutAddress", "throttled": "MailThrottled"}
_PATIENT = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# A mail that SES may have taken is not sent again by the client, without our knowing.
_ONCE = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1})


class Failed(Exception):
    """Some messages of this batch go back to the queue; their causes have been logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the function is told by its environment."""

    connections_table: str
    ledger_table: str
    owners_table: str
    notice_queue_url: str
    link_key_secret: str
    public_url: str
    host_app_name: str
    mail_from: str
    mail_reply_to: str = ""
    mail_configuration_set: str = ""
    chat_url: str = ""
    gather_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What both halves of the function work with."""

    settings: Settings
    dynamodb: DynamoDBClient
    owners: Owners
    queue: Queue
    gathering: Gathering
    logger: Logger
    metrics: Metrics


@cache
def bootstrap() -> Parts:
    """Make what the first event needs, once a process."""
    settings = environment.read(Settings)
    dynamodb = boto3.client("dynamodb", config=_PATIENT)
    owners = Owners(dynamodb, settings.owners_table)
    queue = Queue(boto3.client("sqs", config=_PATIENT), settings.notice_queue_url)
    return Parts(
        settings=settings,
        dynamodb=dynamodb,
        owners=owners,
        queue=queue,
        gathering=Gathering(owners, queue, settings.gather_seconds),
        logger=Logger(),
        metrics=Metrics(),
    )


@cache
def bootstrap_digests() -> Digests:
    """Make what writing and sending a mail needs, once a process."""
    # Here, not above: templates, locales and two more clients would slow every cold start of the
    # stream, which must be quick; a mail that has waited a minute can wait for them.
    from notify.digest import Digests  # noqa: PLC0415
    from notify.letter import House  # noqa: PLC0415
    from notify.mail import Outbox, Sender  # noqa: PLC0415
    from relink.ledger import Ledger  # noqa: PLC0415
    from relink.links import KeyRing  # noqa: PLC0415
    from relink.repository import Connections  # noqa: PLC0415

    parts = bootstrap()
    told = parts.settings
    secrets = boto3.client("secretsmanager", config=_PATIENT)
    sender = Sender(
        told.host_app_name, told.mail_from, told.mail_reply_to, told.mail_configuration_set
    )
    return Digests(
        owners=parts.owners,
        connections=Connections(parts.dynamodb, told.connections_table),
        ledger=Ledger(parts.dynamodb, told.ledger_table),
        queue=parts.queue,
        keyring=KeyRing(secrets, told.link_key_secret, lambda: clock.now()),  # noqa: PLW0108
        outbox=Outbox(boto3.client("sesv2", config=_ONCE), sender),
        house=House(told.host_app_name, told.public_url, told.chat_url),
    )


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle records of the connections' stream or messages of the notice queue."""
    parts = bootstrap()
    parts.logger.append_keys(function_request_id=context.aws_request_id)
    records: Sequence[Mapping[str, Any]] = event["Records"]
    source = records[0]["eventSource"]
    counted: Counter[str] = Counter()
    try:
        if source == STREAM:
            return _tell(records, parts, counted)
        if source == QUEUE:
            return _mail(records, parts, counted)
    finally:
        for name, number in counted.items():
            parts.metrics.add_metric(name, MetricUnit.Count, number)
        if counted:
            parts.metrics.flush_metrics()
    raise ValueError("an event from neither the stream nor the queue")


def _tell(
    records: Sequence[Mapping[str, Any]], parts: Parts, counted: Counter[str]
) -> dict[str, Any]:
    """Apply each record, also those after a failed one, and return from where to repeat.

    Lambda repeats from the first failed record on; what is told twice changes nothing.
    """
    failed: list[str] = []
    for record in records:
        try:
            if parts.gathering.apply(record, clock.now()):
                counted["ConnectionTurnedRed"] += 1
        except Exception as error:  # noqa: BLE001 - one bad record must not hold up the others
            number = str(record.get("dynamodb", {}).get("SequenceNumber", ""))
            _log(parts.logger, "stream record failed", error, {"sequence_number": number})
            counted["StreamRecordFailed"] += 1
            failed.append(number)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed[:1]]}


def _mail(
    records: Sequence[Mapping[str, Any]], parts: Parts, counted: Counter[str]
) -> dict[str, Any]:
    """Send the mail that each message asks for. Raises `Failed` after the last one."""
    failures = 0
    for record in records:
        facts = {"queue_message_id": str(record.get("messageId", ""))}
        try:
            outcome = _digest(record["body"])
        except Exception as error:  # noqa: BLE001 - its text may name an owner; it is not shown
            _log(parts.logger, "notice message failed", error, facts)
            failures += 1
        else:
            parts.logger.info("notice message handled", extra={"outcome": outcome, **facts})
            if outcome in MEASURED:
                counted[MEASURED[outcome]] += 1
    if failures:
        raise Failed(f"{failures} of {len(records)} messages")
    return {}


def _digest(body: str) -> str:
    message = from_body(body)
    if not isinstance(message, DigestMessage):
        raise BrokenMessage("not a digest message")
    return bootstrap_digests().send(message.owner_id, clock.now()).value


def _log(logger: Logger, phrase: str, error: Exception, facts: Mapping[str, str]) -> None:
    """Log what failed; the words of an error only if they are our own, others quote people."""
    ours = type(error).__module__.partition(".")[0] in OURS
    words = {"cause": str(error)} if ours else {}
    logger.error(phrase, extra={**describe(error), **words, **facts})

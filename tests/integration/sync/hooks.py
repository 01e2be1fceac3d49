"""Webhooks as the HTTP side queues them, and connections that they tell of."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import boto3

from relink.queues import WebhookMessage, from_body, to_body
from relink.reasons import Reason, Status
from relink.webhooks import News, Word, provider_ref
from tests.fakes import NOON
from tests.integration.sync.conftest import DEADLINE

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.sync.conftest import Bench

REF = provider_ref("fake", "item")
CODE = "ITEM_LOGIN_REQUIRED"
NEW = News(Word.NEW_DATA, "item")
MENDED = News(Word.MENDED, "item", mends=frozenset({CODE}))


def hook(number: int = 1, body: bytes = b"{}", **facts: Any) -> WebhookMessage:
    """Return a webhook as the HTTP function queues it."""
    told = {"path": "/webhooks/fake", "headers": {}, "received_at": NOON, **facts}
    return WebhookMessage(
        webhook_id=f"w{number}",
        provider="fake",
        body=base64.b64encode(body).decode(),
        **told,
    )


def send(bench: Bench, *hooks: WebhookMessage) -> list[str]:
    """Hand the worker webhooks, and return which must come again."""
    records = [{"messageId": h.webhook_id, "body": to_body(h)} for h in hooks]
    return bench.worker.handle(records, "run", DEADLINE)


def add(bench: Bench, **facts: Any) -> Connection:
    """Store a connection that the provider can name."""
    return bench.add(provider_ref=REF, **facts)


def red(bench: Bench) -> Connection:
    """Store one that its owner has to mend."""
    since = bench.clock.now - 3_600
    return add(
        bench,
        status=Status.RED,
        reason=Reason.CREDENTIALS_REJECTED,
        provider_code=CODE,
        red_since=since,
        since=since,
    )


def syncs(bench: Bench) -> list[Any]:
    """Take the messages off the queue of the syncs."""
    found = boto3.client("sqs").receive_message(
        QueueUrl=bench.sync_queue_url, MaxNumberOfMessages=10
    )
    return [from_body(m["Body"]) for m in found.get("Messages", [])]

"""The address that providers call: it judges what can be a webhook at all, and calls nobody."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from relink.queues import WebhookMessage
from relink.webhooks import BODY_LIMIT, HEADER_LIMIT
from tests.integration.reconnect.bench import Answer, queued

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

JSON = {"content-type": "application/json"}
MEGABYTES = 10 * 1024 * 1024


def send(bench: Bench, path: str, body: str = "{}", **headers: str) -> Answer:
    """Send a webhook."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return bench.call("POST", path, body, {**JSON, **named})


def received(bench: Bench) -> WebhookMessage:
    """Return the webhook that waits for the worker."""
    del bench
    (message,) = queued("webhooks")
    assert isinstance(message, WebhookMessage)
    return message


def test_a_webhook_is_queued_as_it_came(bench: Bench) -> None:
    """Its bytes, its time, and of its headers those that can prove whose it is."""
    body = '{"webhook_type":  "ITEM", "ñ": 1}'
    answer = send(
        bench, "/webhooks/plaid", body, plaid_verification="a.b.c", cookie="x=1", user_agent="u"
    )
    told = received(bench)

    assert (202, "{}") == (answer.status, answer.body)
    assert ("plaid", "/webhooks/plaid", bench.clock.now) == (
        told.provider,
        told.path,
        told.received_at,
    )
    assert {"plaid-verification": "a.b.c"} == told.headers
    assert body.encode() == base64.b64decode(told.body)


def test_powens_sends_each_event_to_an_address_of_its_own(bench: Bench) -> None:
    """The path is part of what is signed."""
    signature = {"bi_signature": "c2ln", "bi_signature_date": "2026-01-01T12:00:00Z"}
    assert 202 == send(bench, "/webhooks/powens/CONNECTION_SYNCED", **signature).status

    assert "/webhooks/powens/CONNECTION_SYNCED" == received(bench).path
    assert {"bi-signature", "bi-signature-date"} == received(bench).headers.keys()


@pytest.mark.parametrize("body", ["junk", "", "[" * 1_000, '{"a": "\\u0000"}', "\ud800"])
def test_junk_is_taken_in_like_anything_else(bench: Bench, body: str) -> None:
    """Whoever sends it learns nothing; the worker finds that nobody has signed it."""
    assert 202 == send(bench, "/webhooks/plaid", body).status


@pytest.mark.parametrize(
    "value", ["x" * (HEADER_LIMIT + 1), "a\nb", "a\x00b", ""], ids=["long", "line", "null", "empty"]
)
def test_a_header_that_proves_nothing_is_left_out(bench: Bench, value: str) -> None:
    """So that every message is one that the worker can read."""
    assert 202 == send(bench, "/webhooks/plaid", plaid_verification=value).status
    assert {} == received(bench).headers


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/webhooks/plaid", "x" * (BODY_LIMIT + 1), {}, 413),
        ("/webhooks/plaid", "x" * MEGABYTES, {}, 413),
        ("/webhooks/plaid", "{}", {"content_type": "text/html"}, 415),
        ("/webhooks/plaid", "{}", {"content_type": "application/x-www-form-urlencoded"}, 415),
        ("/webhooks/fints", "{}", {}, 404),
        ("/webhooks/enablebanking", "{}", {}, 404),
        ("/webhooks/nobody", "{}", {}, 404),
        ("/webhooks/..%2Fplaid", "{}", {}, 404),
        (f"/webhooks/powens/{'E' * 300}", "{}", {}, 404),
        ("/webhooks/powens", "{}", {}, 404),
        ("/webhooks/powens/TIDE_IS_OUT", "{}", {}, 404),
        ("/webhooks/powens/connection_synced", "{}", {}, 404),
        ("/webhooks/powens/CONNECTION\u00adSYNCED", "{}", {}, 404),
        ("/webhooks/powens/CONNECTION_SYNCED\u200b", "{}", {}, 404),
        ("/webhooks/plaid/ITEM", "{}", {}, 404),
    ],
)
def test_what_cannot_be_one_is_refused(
    bench: Bench, path: str, body: str, headers: dict[str, str], status: int
) -> None:
    """Too large, of another type, an unknown event, a provider that sends none: none is queued."""
    answer = send(bench, path, body, **headers)

    assert status == answer.status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [] == queued("webhooks")


@pytest.mark.parametrize(
    "body",
    [
        '{"webhook_type": "LINK", "webhook_code": "SESSION_FINISHED", "public_tokens": ["p"]}',
        '{"webhook_type": "link", "link_token": "l"}',
        '\ufeff {"webhook_type": "LINK"}',
        '{"webhook_type": "OTHER", "public_token": "p"}',
        '{"link_token": "l"}',
    ],
)
def test_what_holds_a_one_time_token_is_answered_and_forgotten(bench: Bench, body: str) -> None:
    """The owner's way back brings it; in a queue it would only wait to be found."""
    assert 202 == send(bench, "/webhooks/plaid", body, plaid_verification="a.b.c").status
    assert [] == queued("webhooks")


def test_the_largest_one_fits_the_queue(bench: Bench) -> None:
    """64 kB, and not a byte of it is lost."""
    body = json.dumps({"a": "x" * (BODY_LIMIT - 9)})
    assert BODY_LIMIT == len(body)
    assert 202 == send(bench, "/webhooks/plaid", body).status
    assert body.encode() == base64.b64decode(received(bench).body)


def test_a_queue_that_is_down_is_said_so(bench: Bench) -> None:
    """The provider sends it again."""
    bench.services._webhook_queue()._client.delete_queue(
        QueueUrl=bench.services._environment.webhook_queue_url
    )
    assert 503 == send(bench, "/webhooks/plaid").status

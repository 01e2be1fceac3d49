"""Webhooks on their way: the message, the name a connection is found by, whose headers count."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from relink.providers import PROVIDERS, load
from relink.providers.plaid import webhook as plaid
from relink.providers.powens import webhook as powens
from relink.queues import BrokenMessage, WebhookMessage, from_body, to_body
from relink.webhooks import BODY_LIMIT, HEADER_LIMIT, SIGNATURES, Listener, provider_ref

SQS_LIMIT = 256 * 1024
MESSAGE = WebhookMessage(
    webhook_id="w1",
    provider="plaid",
    path="/webhooks/plaid",
    headers={"plaid-verification": "a.b.c"},
    body=base64.b64encode(b"{}").decode(),
    received_at=1_767_268_800,
)


def test_what_was_received_is_what_is_read() -> None:
    """Any bytes of the largest body, with the longest headers, fit a message of SQS."""
    largest = replace(
        MESSAGE,
        body=base64.b64encode(b"\xff" * BODY_LIMIT).decode(),
        headers=dict.fromkeys(SIGNATURES["powens"], "x" * HEADER_LIMIT),
    )

    assert len(to_body(largest)) < SQS_LIMIT
    assert largest == from_body(to_body(largest))


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": ""},
        {"provider": 7},
        {"path": "x" * 257},
        {"headers": []},
        {"headers": {"a": 1}},
        {"headers": {"a": "b\nc"}},
        {"headers": {str(n): "x" for n in range(9)}},
        {"body": None},
        {"body": "ñ"},
        {"body": "A" * 100_000},
        {"received_at": "now"},
    ],
)
def test_what_is_nearly_one_is_broken(changes: dict[str, Any]) -> None:
    """Only what our own function makes is a message."""
    told = json.loads(to_body(MESSAGE)) | changes
    with pytest.raises(BrokenMessage):
        from_body(json.dumps(told))


def test_the_headers_that_prove_are_those_that_the_adapters_read() -> None:
    """What is not kept cannot be verified, and nothing else need be."""
    assert (plaid.HEADER,) == SIGNATURES["plaid"]
    assert (powens.DATE_HEADER, powens.SIGNATURE_HEADER) == SIGNATURES["powens"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_only_those_who_send_webhooks_are_heard(name: str) -> None:
    """A provider in the list has an adapter that hears, and no other has."""
    assert isinstance(load(name, {}), Listener) == (name in SIGNATURES)


def test_a_reference_is_of_one_provider_and_tells_nothing() -> None:
    """Two providers may use the same id; case counts; no id is no reference."""
    made = {provider_ref(p, i) for p in ("plaid", "powens") for i in ("a1", "A1")}

    assert len(made) == 4
    assert {12} == {len(ref) for ref in made}
    assert provider_ref("plaid", "") == ""

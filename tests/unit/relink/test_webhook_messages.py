"""Webhooks on their way: what comes in, the message, the name a connection is found by."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from relink.providers import PROVIDERS, gate, load
from relink.providers.powens import webhook as powens
from relink.queues import BrokenMessage, WebhookMessage, from_body, to_body
from relink.webhooks import BODY_LIMIT, HEADER_LIMIT, Listener, provider_ref

SQS_LIMIT = 256 * 1024
OF_POWENS = gate("powens")
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
    assert OF_POWENS is not None
    largest = replace(
        MESSAGE,
        body=base64.b64encode(b"\xff" * BODY_LIMIT).decode(),
        headers=dict.fromkeys(OF_POWENS.signatures, "x" * HEADER_LIMIT),
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


def test_the_events_that_come_in_are_those_that_the_adapter_reads() -> None:
    """Any other can only be somebody else's, or one that nobody has registered here."""
    assert OF_POWENS is not None
    assert {each.value for each in powens.Event} - {""} == OF_POWENS.events


def test_to_know_what_can_come_in_loads_no_adapter() -> None:
    """The function that takes webhooks in starts without them."""
    probe = """
import sys
from relink.providers import gate
assert gate("plaid") and gate("powens") and gate("fints") is None
print([name for name in sys.modules if name == "pydantic" or name.endswith(".adapter")])
"""
    told = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "[]" == told.stdout.strip()


@pytest.mark.parametrize("name", PROVIDERS)
def test_only_those_who_send_webhooks_are_heard(name: str) -> None:
    """A provider in the list has an adapter that hears, and no other has."""
    assert isinstance(load(name, {}), Listener) == (gate(name) is not None)


def test_a_reference_is_of_one_provider_and_tells_nothing() -> None:
    """Two providers may use the same id; case counts; no id is no reference."""
    made = {provider_ref(p, i) for p in ("plaid", "powens") for i in ("a1", "A1")}

    assert len(made) == 4
    assert {12} == {len(ref) for ref in made}
    assert provider_ref("plaid", "") == ""

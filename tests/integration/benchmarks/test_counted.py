"""What each flow asks of AWS: the bars hold, and the cost model reads what was counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.counted import PLACE, counted
from relink.schedule import MINUTE, SLOTS
from sync.credentials.vault import CACHED

SHARDS = 64
A_MILLION = 1_000_000
WORKERS = 10
"""Sync batches at work at once unless a deployer says otherwise."""
POLLED = 0.2
"""Queue requests for each message that Lambda makes for us: ten received, ten deleted at once."""


@pytest.fixture(scope="module")
def flows() -> dict[str, Any]:
    """Return the flows, counted anew."""
    return counted()


def test_the_counted_figures_are_what_is_counted(flows: dict[str, Any]) -> None:
    """Whoever changes what a flow asks for sees it here, and writes it down: `make bench`."""
    assert flows == json.loads(PLACE.read_text())


def test_an_unchanged_sync_costs_two_writes_and_a_read(flows: dict[str, Any]) -> None:
    """Its claim, its settling, and what it begins with; nothing of an index."""
    told = flows["unchanged_sync"]

    assert (2, 0, 1) == (told["write_units"], told["index_write_units"], told["read_units"])
    assert {"dynamodb.BatchGetItem": 0.02, "dynamodb.UpdateItem": 2} == told["requests"]


def test_an_unchanged_sync_costs_a_third_of_a_queue_request(flows: dict[str, Any]) -> None:
    """Ten messages are sent at once, and received and deleted likewise."""
    sent = flows["dispatch"]["requests"]["sqs.SendMessageBatch"]

    assert sent + POLLED <= 0.4


def test_keys_are_unwrapped_by_the_shard(flows: dict[str, Any]) -> None:
    """At a million connections each worker opens a shard's key once in half an hour at most."""
    told = flows["unchanged_sync_without_keys"]["requests"]
    syncs = A_MILLION * CACHED / (SLOTS * MINUTE)

    assert "kms.Decrypt" not in flows["unchanged_sync"]["requests"]
    assert told["kms.Decrypt"] <= 1
    assert WORKERS * SHARDS / syncs <= 0.01


def test_a_batch_writes_a_line(flows: dict[str, Any]) -> None:
    """One for fifty syncs, and one for a minute's dispatch."""
    assert 1 / 50 == flows["unchanged_sync"]["log_lines"]
    assert flows["dispatch"]["log_lines"] <= 1 / 50


def test_dispatch_costs_what_is_due(flows: dict[str, Any]) -> None:
    """A query and two writes a minute, and what the index takes to be read."""
    told = flows["dispatch"]

    assert told["read_units"] < 0.05
    assert told["write_units"] * told["counted_over"] == pytest.approx(2, abs=0.01)

"""Webhooks in floods, or that are not to be believed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from relink.failures import Misconfigured, Temporary
from relink.reasons import Reason, Status
from relink.webhooks import Undecided, Unreadable, Unverified
from sync.webhooks.hearing import PATIENCE
from tests.fakes import NOON
from tests.integration.sync.hooks import NEW, add, hook, send, syncs

if TYPE_CHECKING:
    import io

    from tests.integration.sync.conftest import Bench

CANARY = "canary-account-number"


def outcomes(log: io.StringIO) -> list[dict[str, int]]:
    """Return what the log says became of the batches."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["outcomes"] for line in lines if line["message"] == "webhooks"]


@pytest.mark.parametrize(
    "error", [Unverified("forged"), Unreadable("odd"), Misconfigured(Reason.MISCONFIGURED)]
)
def test_what_is_not_to_be_believed_is_dropped(
    bench: Bench, error: Exception, log: io.StringIO
) -> None:
    """It does nothing, does not come again, and nothing of it is in the log."""
    add(bench)
    bench.provider.news.append(error)

    assert [] == send(bench, hook(body=CANARY.encode(), headers={"x": CANARY}))
    assert Status.GREEN is bench.now().status
    assert not syncs(bench)
    assert CANARY not in log.getvalue()
    assert base64.b64encode(CANARY.encode()).decode() not in log.getvalue()
    assert ("operator needed" in log.getvalue()) == isinstance(error, Unreadable)


def test_a_flood_is_counted_in_one_line(bench: Bench, log: io.StringIO) -> None:
    """The number that the alarm adds up."""
    bench.provider.news.append(Unverified("forged"))
    send(bench, *(hook(n) for n in range(10)))

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [10] == [line["unverified"] for line in lines]


def test_a_provider_that_cannot_be_asked_for_its_key_is_asked_later(bench: Bench) -> None:
    """The others of the batch stand; the age counts from the receipt, so nothing is lost."""
    add(bench)
    bench.provider.news.extend([Temporary(Reason.PROVIDER_UNAVAILABLE), NEW])

    assert ["w1"] == send(bench, hook(1), hook(2))
    assert 1 == len(syncs(bench))
    assert [NOON, NOON] == [each.received_at for each in bench.provider.heard]


def test_one_in_a_flood_has_its_turn_later(bench: Bench) -> None:
    """It waits in the queue, and does not count as a delivery in vain."""
    add(bench)
    told = hook(received_at=bench.clock.now)
    bench.provider.news.extend([Undecided(), NEW])

    assert [] == send(bench, told)
    assert 1 == bench.queued(bench.webhook_queue_url)

    bench.clock.advance(PATIENCE - 1)
    assert [] == send(bench, told)
    assert 1 == len(syncs(bench))


def test_a_flood_does_not_wait_for_ever(bench: Bench, log: io.StringIO) -> None:
    """Whose it is was not to be found out in time: the schedule finds what it told."""
    add(bench)
    told = hook(received_at=bench.clock.now)
    bench.provider.news.append(Undecided())
    bench.clock.advance(PATIENCE)

    assert [] == send(bench, told)
    assert 0 == bench.queued(bench.webhook_queue_url)
    assert [{"unverified": 1}] == outcomes(log)


def test_a_bug_takes_no_other_webhook_along(bench: Bench, log: io.StringIO) -> None:
    """Its words may hold what was sent."""
    add(bench)
    bench.provider.news.extend([ValueError(CANARY), NEW])

    assert ["w1"] == send(bench, hook(1), hook(2))
    assert [{"again": 1, "look": 1}] == outcomes(log)
    assert CANARY not in log.getvalue()

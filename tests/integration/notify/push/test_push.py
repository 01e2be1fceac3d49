"""Pushes to an owner's browsers, at a push service that checks what a real one checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notify.push.message import TAG
from notify.push.pushing import PAUSE, Pushed
from tests.integration.notify.push.conftest import DAY, OWNER, URL, Bench


def test_every_browser_of_the_owner_reads_the_push(bench: Bench) -> None:
    """Decrypted by a reader that shares nothing with what encrypted it."""
    browsers = [bench.subscribe(), bench.subscribe()]

    assert Pushed(2) == bench.push("Santander", "BBVA")
    for browser in browsers:
        (push,) = bench.service.pushes(browser)
        assert {
            "title": "Santander and BBVA need to be reconnected",
            "body": "They have stopped syncing. Open Banktrack: reconnecting takes about a minute"
            " each.",
            "url": URL,
            "tag": TAG,
        } == push.said
        assert (DAY, "high", TAG) == (push.ttl, push.urgency, push.topic)
        assert "mailto:relink@example.com" == push.contact


def test_nothing_can_be_read_on_the_way(bench: Bench) -> None:
    """Neither the bank nor the owner is seen by the push service, and no two bodies are alike."""
    browser = bench.subscribe()
    bench.push("Santander")
    bench.push("Santander")
    first, second = (p.body for p in bench.service.pushes(browser))

    assert b"Santander" not in first
    assert first[:86] != second[:86]
    assert first[86:] != second[86:]


def test_a_push_is_in_the_language_of_its_owner(bench: Bench) -> None:
    """His profile's, as his mails are."""
    bench.subscribe()
    bench.push(profile=replace(OWNER, language="es"))

    assert "Hay que reconectar Santander" == bench.service.pushes()[0].said["title"]


def test_a_reminder_is_not_urgent(bench: Bench) -> None:
    """A sleeping phone need not be woken for it (RFC 8030, section 5.3)."""
    bench.subscribe()
    bench.push(reminder=True)

    assert "normal" == bench.service.pushes()[0].urgency


def test_nobody_is_pushed_to_without_a_reason(bench: Bench) -> None:
    """Not without banks, not against his will, not without a browser."""
    assert Pushed() == bench.push()
    bench.subscribe()
    assert Pushed() == bench.pusher.push(OWNER, (), URL, bench.clock.now)
    assert Pushed() == bench.push(profile=replace(OWNER, push=False))
    assert Pushed() == bench.push(profile=replace(OWNER, owner_id="own_2"))
    assert [] == bench.service.pushes()


@pytest.mark.parametrize("forget", [True, False])
def test_a_dead_subscription_is_dropped(bench: Bench, *, forget: bool) -> None:
    """404 as well as 410; the others are still told."""
    dead, alive = bench.subscribe(), bench.subscribe()
    bench.service.unsubscribe(dead, forget=forget)

    assert Pushed(1) == bench.push()
    assert [alive.endpoint] == [s.endpoint for s in bench.subscriptions.of("own_1")]


def test_who_knows_is_not_told_again(bench: Bench) -> None:
    """While one browser's service is busy, the other one's is not asked a second time."""
    first, second = bench.subscribe(), bench.subscribe()
    bench.service.refuse()
    told = bench.push(about=["red.con_1.1.1"])
    assert (1, PAUSE) == (told.reached, told.retry_after)

    assert Pushed(2) == bench.push(about=["red.con_1.1.1"])
    assert Pushed(2) == bench.push(about=["red.con_1.1.1"])
    assert [1, 1] == [len(bench.service.pushes(b)) for b in (first, second)]

    assert Pushed(2) == bench.push(about=["red.con_1.1.1", "red.con_2.1.1"])
    assert [2, 2] == [len(bench.service.pushes(b)) for b in (first, second)]


def test_a_newer_push_replaces_one_that_was_not_delivered(bench: Bench) -> None:
    """A phone that was off lights up once, with what is true last."""
    browser = bench.subscribe()
    bench.push("Santander")
    bench.push("BBVA", "Santander")

    assert ["BBVA and Santander need to be reconnected"] == [
        p.said["title"] for p in bench.service.collect(browser)
    ]


def test_two_hundred_banks_are_one_push(bench: Bench) -> None:
    """Below the 4096 bytes that every push service takes."""
    bench.subscribe()

    assert Pushed(1) == bench.push(*(f"Bank number {n} of many" for n in range(200)))
    assert len(bench.service.pushes()[0].body) < 3000

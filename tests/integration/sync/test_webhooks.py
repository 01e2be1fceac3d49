"""Webhooks at the worker: verified, found, acted on once; and what is nobody's does nothing."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.failures import Misconfigured, Temporary, Verdict
from relink.provider import SyncResult
from relink.queues import SyncMessage, WebhookMessage, from_body, to_body
from relink.reasons import Reason, Status
from relink.schedule import SLOTS, minute_of
from relink.webhooks import News, Undecided, Unreadable, Unverified, Word, provider_ref
from sync.webhooks import PATIENCE
from tests.fakes import NOON
from tests.integration.sync.conftest import DEADLINE
from tests.stumbling import refusal

if TYPE_CHECKING:
    import io

    from relink.connection import Connection
    from tests.integration.sync.conftest import Bench

REF = provider_ref("fake", "item")
CODE = "ITEM_LOGIN_REQUIRED"
GONE = News(Word.BROKEN, "item", Verdict(Reason.CONNECTION_GONE).error("GONE"), final=True)
NEW = News(Word.NEW_DATA, "item")
MENDED = News(Word.MENDED, "item", mends=frozenset({CODE}))
CANARY = "canary-account-number"


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


def outcomes(log: io.StringIO) -> list[dict[str, int]]:
    """Return what the log says became of the batches."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["outcomes"] for line in lines if line["message"] == "webhooks"]


def test_an_incident_ends_that_was_mended_elsewhere(bench: Bench) -> None:
    """Orange until the sync that is queued for this cycle; green after it."""
    red(bench)
    bench.provider.news.append(MENDED)

    assert [] == send(bench, hook())
    cycle = minute_of(bench.clock.now) // SLOTS
    assert [SyncMessage("con_1", cycle)] == syncs(bench)
    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING) == (bench.now().status, bench.now().reason)

    assert [] == bench.sync(cycle)
    assert Status.GREEN is bench.now().status


def test_the_same_webhook_again_does_not_end_the_next_incident(bench: Bench) -> None:
    """A provider repeats what it did not hear answered; a stranger repeats what he has caught."""
    made = red(bench)
    bench.provider.news.append(MENDED)
    send(bench, hook(1))
    bench.connections.save(bench.now(), made, expect=())
    bench.clock.advance(20 * 3_600)

    assert [] == send(bench, hook(2))
    assert Status.RED is bench.now().status
    assert 1 == len(syncs(bench))

    bench.clock.advance(5 * 3_600)
    send(bench, hook(3))
    assert Status.ORANGE is bench.now().status


def test_one_from_before_the_incident_does_not_end_it(bench: Bench) -> None:
    """It has waited in a queue, or as a dead letter: what it tells was true by its receipt."""
    made = red(bench)
    bench.provider.news.append(MENDED)

    assert [] == send(bench, hook(received_at=made.red_since))
    assert (made, []) == (bench.now(), syncs(bench))


def test_one_that_the_queue_delivers_twice_does_not_end_the_next_incident(bench: Bench) -> None:
    """It bears the same name, so that its memory lets it pass; its time does not."""
    made = red(bench)
    bench.provider.news.append(MENDED)
    send(bench, hook())
    again = replace(made, red_since=bench.clock.now + 60, since=bench.clock.now + 60)
    bench.connections.save(bench.now(), again, expect=())
    bench.clock.advance(600)

    assert [] == send(bench, hook())
    assert again == bench.now()
    assert 1 == len(syncs(bench))


def test_each_connection_of_an_access_remembers_for_itself(bench: Bench) -> None:
    """One that was merely looked at does not make the other forget that it was mended."""
    bench.add(connection_id="con_0", provider_ref=REF)
    made = red(bench)
    bench.provider.news.append(MENDED)
    send(bench, hook(1))
    assert Status.ORANGE is bench.now().status
    bench.connections.save(bench.now(), made, expect=())
    bench.clock.advance(20 * 3_600)

    assert [] == send(bench, hook(2, received_at=bench.clock.now))
    assert made == bench.now()


def test_one_that_the_queue_delivers_again_goes_on(bench: Bench) -> None:
    """We died between the end of the incident and its sync: the sync is not forgotten."""
    red(bench)
    bench.provider.news.append(MENDED)
    send(bench, hook())
    syncs(bench)

    assert [] == send(bench, hook())
    assert 1 == len(syncs(bench))


def test_new_data_are_fetched_in_the_turn_of_the_cycle(bench: Bench) -> None:
    """Once for three webhooks of a minute, and by the claim's rules: a call like any other."""
    add(bench)
    bench.provider.news.append(NEW)
    send(bench, hook(1), hook(2), hook(3))

    assert 1 == len(syncs(bench))
    assert Status.GREEN is bench.now().status


def test_a_connection_that_is_gone_for_good_turns_red(bench: Bench) -> None:
    """With the provider's own code, at once, and without a call to the bank."""
    add(bench)
    bench.provider.news.append(GONE)
    send(bench, hook())

    assert (Status.RED, Reason.CONNECTION_GONE, "GONE") == (
        bench.now().status,
        bench.now().reason,
        bench.now().provider_code,
    )
    assert not bench.provider.calls
    assert not syncs(bench)


def test_an_access_that_we_have_replaced_may_go(bench: Bench) -> None:
    """The reference is that of the present credentials: news of old ones are nobody's."""
    bench.add(provider_ref=provider_ref("fake", "new item"))
    bench.provider.news.append(GONE)
    send(bench, hook())

    assert Status.GREEN is bench.now().status


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


def test_an_owner_at_his_reconnect_is_not_disturbed(bench: Bench) -> None:
    """The webhook waits for the end of his attempt."""
    made = red(bench)
    until = bench.clock.now + 120
    live = replace(made, live_attempt="att_1", live_until=until)
    bench.connections.save(made, live, expect=())
    bench.provider.news.append(MENDED)

    assert [] == send(bench, hook())
    assert Status.RED is bench.now().status
    assert 1 == bench.queued(bench.webhook_queue_url)

    bench.clock.advance(121)
    send(bench, hook())
    assert Status.ORANGE is bench.now().status


CALLS = 5
"""Found by index, read, remembered, written, queued."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(CALLS))
def test_a_webhook_survives_a_stop_at_any_call(bench: Bench, when: str, number: int) -> None:
    """Whether AWS carried the call out or not: delivered again, it ends the same way."""
    red(bench)
    bench.provider.news.append(MENDED)
    calls = stops(bench, when, number)

    assert ["w1"] == send(bench, hook())
    assert [] == send(bench, hook())
    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING) == (bench.now().status, bench.now().reason)
    cycle = minute_of(bench.clock.now) // SLOTS
    assert {SyncMessage("con_1", cycle)} == set(syncs(bench))
    assert len(calls) > CALLS


def test_no_call_is_left_out_of_that(bench: Bench) -> None:
    """As many as a webhook makes."""
    red(bench)
    bench.provider.news.append(MENDED)
    calls = stops(bench, "before", CALLS)

    assert [] == send(bench, hook())
    assert CALLS == len(calls)


def stops(bench: Bench, when: str, number: int) -> list[str]:
    """Let AWS fail once, before or after the call of that number; return the calls as they come."""
    made: list[str] = []

    def see(model: Any, **_: Any) -> None:
        made.append(model.name)
        if len(made) == number + 1:
            raise refusal("Down")

    for client in (bench.client, bench.worker.webhooks.syncs._client):
        client.meta.events.register(f"{when}-call.*.*", see)
    return made


def test_who_writes_first_is_heard(bench: Bench) -> None:
    """The owner begins a reconnect between our reading and our writing."""
    made = red(bench)
    bench.provider.news.append(MENDED)

    live = replace(made, live_attempt="att_1", live_until=bench.clock.now + 600)
    seen = bench.worker.webhooks.replays.seen

    def begins(*told: Any) -> bool:
        bench.connections.save(bench.now(), live, expect=())
        return seen(*told)

    object.__setattr__(bench.worker.webhooks.replays, "seen", begins)

    assert [] == send(bench, hook())
    assert (Status.RED, "att_1") == (bench.now().status, bench.now().live_attempt)
    assert 1 == bench.queued(bench.webhook_queue_url)


def test_a_connection_learns_its_reference_at_a_sync(bench: Bench) -> None:
    """Those that were there before webhooks were: once, in the write that settles the sync."""
    bench.add()
    answer = bench.provider.syncs[0]
    assert isinstance(answer, SyncResult)
    bench.provider.syncs[0] = replace(answer, reference="item")
    cycle = minute_of(bench.clock.now) // SLOTS
    bench.sync(cycle)

    assert REF == bench.now().provider_ref
    assert [bench.now()] == bench.connections.referred(REF)
    bench.provider.syncs[0] = answer
    bench.clock.advance(6 * 3_600)
    bench.sync(cycle + 1)
    assert REF == bench.now().provider_ref

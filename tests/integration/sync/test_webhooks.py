"""Webhooks at the worker: verified, found, acted on once; and what is nobody's does nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.failures import Verdict
from relink.provider import SyncResult
from relink.queues import SyncMessage
from relink.reasons import Reason, Status
from relink.schedule import SLOTS, minute_of
from relink.webhooks import News, Word, provider_ref
from tests.integration.sync.hooks import MENDED, NEW, REF, add, hook, red, send, syncs
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

GONE = News(Word.BROKEN, "item", Verdict(Reason.CONNECTION_GONE).error("GONE"), final=True)


def test_an_incident_ends_that_was_mended_elsewhere(bench: Bench) -> None:
    """Orange until the sync that is queued for this cycle; green after it."""
    red(bench)
    bench.provider.news.append(MENDED)

    assert [] == send(bench, hook())
    cycle = minute_of(bench.clock.now) // SLOTS
    assert [SyncMessage("con_1", cycle)] == syncs(bench)
    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING) == (bench.now().status, bench.now().reason)

    assert [] == bench.sync(0)
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


def test_one_whose_memory_met_a_transaction_is_no_repeated_one(bench: Bench) -> None:
    """DynamoDB has not judged by what it remembers: the incident ends all the same."""
    red(bench)
    bench.provider.news.append(MENDED)
    met = refusal("TransactionConflictException")
    stumble(bench.client, "update_item", met)

    assert [] == send(bench, hook())
    assert Status.ORANGE is bench.now().status
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
    bench.sync(0)

    assert REF == bench.now().provider_ref
    assert [bench.now()] == bench.connections.referred(REF)
    bench.provider.syncs[0] = answer
    bench.clock.advance(6 * 3_600)
    bench.sync(1)
    assert REF == bench.now().provider_ref

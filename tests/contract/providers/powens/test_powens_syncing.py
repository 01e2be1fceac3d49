"""Powens over its wire protocol: what is read, how often, and what has changed since."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode

import pytest

from infra.simulators.powens.settings import WEBHOOK_SECRET
from relink.provider import Presence
from relink.providers.powens import build, webhook
from relink.providers.powens.access import Access
from relink.reasons import Reason
from relink.webhooks import News, Unverified, Webhook, Word
from tests.contract.providers.powens.bench import DAY, HOUR, LINDENTAL, NOW, Bench

HERE = Presence("203.0.113.7", "A browser")


def test_pages_are_put_together(bench: Bench) -> None:
    """A long history comes in several; the last one says that there is no more."""
    bench.settings(days=500)
    bench.clock.advance(200 * DAY)
    first = bench.connect("fine.long")
    result = bench.sync(first.secret)
    ids = [m.transaction_id for m in result.added]
    assert len(set(ids)) == len(ids) > 1_000
    assert bench.calls("transactions") == 2
    assert not result.has_more


def test_a_list_without_links_is_read_by_offsets(bench: Bench) -> None:
    """Until a page is not full."""
    bench.settings(days=500)
    bench.clock.advance(200 * DAY)
    first = bench.connect("fine.offsets")
    linked = bench.sync(first.secret)
    bench.switch("fine.offsets", "no-links")
    counted = bench.sync(first.secret)
    assert linked.added == counted.added


def test_nothing_new_is_nothing(bench: Bench) -> None:
    """The second look brings what was read at the same time again, and nothing else."""
    first = bench.connect("fine.quiet")
    result = bench.sync(first.secret)
    bench.clock.advance(HOUR)
    again = bench.sync(first.secret, result.next_cursor)
    known = {m.transaction_id for m in result.added}
    assert {m.transaction_id for m in (*again.added, *again.modified)} <= known
    bench.clock.advance(DAY)
    later = bench.sync(first.secret, again.next_cursor)
    assert {m.transaction_id for m in later.added} - known


def test_what_was_announced_is_booked_under_the_same_id(bench: Bench) -> None:
    """It comes again once it is posted, with the amount that it then has."""
    first = bench.connect("fine.card")
    result = bench.sync(first.secret)
    pending = {m.transaction_id for m in result.added if m.pending}
    assert pending
    bench.clock.advance(4 * DAY)
    later = bench.sync(first.secret, result.next_cursor)
    booked = {m.transaction_id for m in later.modified if not m.pending}
    assert pending <= booked


def test_what_the_bank_takes_back_is_removed(bench: Bench) -> None:
    """By the account and id under which it was told."""
    first = bench.connect("fine.back")
    result = bench.sync(first.secret)
    bench.clock.advance(HOUR)
    bench.simulators.control("POST", "/powens/withdraw", login="fine.back")
    later = bench.sync(first.secret, result.next_cursor)
    assert len(later.removed) == 1
    assert set(later.removed) < {(m.account, m.transaction_id) for m in result.added}


def test_an_older_connections_history_is_not_told_twice(bench: Bench) -> None:
    """Without a cursor of its own a new one begins where the last good sync was."""
    first = bench.connect("fine.since")
    since = NOW - 10 * DAY
    booked = [m.booked_on for m in bench.sync(first.secret, since=since).added if m.booked_on]
    assert booked
    assert min(booked).isoformat() >= "2026-10-18"


def test_the_bank_is_read_on_powens_schedule_unless_the_owner_is_there(bench: Bench) -> None:
    """An unattended sync asks Powens to read nothing."""
    first = bench.connect("fine.there")
    bench.clock.advance(HOUR)
    bench.sync(first.secret)
    assert bench.calls("connection.sync") == 0
    before = bench.shown("fine.there")["connections"][0]["last_read"]
    bench.sync(first.secret, presence=HERE)
    assert bench.shown("fine.there")["connections"][0]["last_read"] == bench.clock() > before


def test_too_many_reads_are_no_trouble(bench: Bench) -> None:
    """Powens says that it has just done so: the data are there."""
    first = bench.connect("fine.often")
    assert bench.sync(first.secret, presence=HERE).trouble is None
    assert bench.calls("connection.sync") == 1


def test_a_read_under_way_is_no_trouble(bench: Bench) -> None:
    """What is known stays; the next sync brings the rest."""
    first = bench.connect("fine.busy")
    result = bench.sync(first.secret)
    bench.switch("fine.busy", "busy")
    again = bench.sync(first.secret, result.next_cursor)
    assert (again.next_cursor, again.added, again.trouble) == (result.next_cursor, (), None)
    assert bench.fails(first.secret).reason is Reason.DATA_PENDING


def test_mentioned_twice_is_there_once(bench: Bench) -> None:
    """Accounts and movements alike."""
    first = bench.connect("fine.twice")
    once = bench.sync(first.secret)
    bench.switch("fine.twice", "duplicates")
    twice = bench.sync(first.secret)
    assert once.added == twice.added
    assert once.accounts == twice.accounts


def test_markup_is_no_name(bench: Bench) -> None:
    """What would be markup or a control character is not."""
    first = bench.connect("fine.markup")
    bench.switch("fine.markup", "markup")
    names = {a.name for a in bench.sync(first.secret).accounts}
    assert all(not set(name) & set("<>\x1b\r\n") for name in names)


def test_the_token_follows_no_link_to_another_host(bench: Bench) -> None:
    """The next page is asked for where the first one was."""
    bench.settings(days=500)
    bench.clock.advance(200 * DAY)
    first = bench.connect("fine.far")
    expected = bench.sync(first.secret).added
    bench.switch("fine.far", "far-links")
    assert bench.sync(first.secret).added == expected


def test_disconnecting_deletes_everything_at_powens(bench: Bench) -> None:
    """Doing it again is fine, too."""
    first = bench.connect("fine.leaving")
    bench.adapter.disconnect(bench.connection, first.secret)
    assert bench.shown("fine.leaving")["connections"] == []
    bench.adapter.disconnect(bench.connection, first.secret)
    assert bench.fails(first.secret).reason is Reason.CONNECTION_GONE


def test_webhooks_are_powens_own_and_name_their_connection(bench: Bench) -> None:
    """Signed, fresh, and with what they mean."""
    first = bench.connect("fine.hook")
    bench.switch("fine.hook", "wrongpass")
    sent = bench.simulators.control(
        "POST",
        "/powens/webhook",
        login="fine.hook",
        event="CONNECTION_SYNCED",
        url="https://relink.example/hooks/powens/synced",
    )
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    body = sent["body"].encode()
    webhook.verified(headers, sent["path"], body, WEBHOOK_SECRET.encode(), bench.clock())
    told = webhook.happening(json.loads(body), "CONNECTION_SYNCED", bench.clock())
    access = Access.of(first.secret)
    assert (access.connection, access.user) == (told.connection_id, told.user_id)
    assert told.error is not None
    assert told.error.reason is Reason.CREDENTIALS_REJECTED
    forged = {**headers, "bi-signature": b64encode(hmac.digest(b"x", body, "sha256")).decode()}
    with pytest.raises(Unverified):
        webhook.verified(forged, sent["path"], body, WEBHOOK_SECRET.encode(), bench.clock())


def heard(bench: Bench, what: str) -> News:
    """Let something happen to a connection, and return what the adapter hears of it."""
    bench.settings(webhook_url="https://relink.example/webhooks/powens")
    sent = bench.simulators.control("POST", "/powens/happen", login="fine.told", what=what)
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    hook = Webhook(sent["path"], headers, sent["body"].encode(), bench.clock())
    listening = build({"POWENS_WEBHOOK_SECRET": WEBHOOK_SECRET})
    return listening.hear(hook)


def test_what_happens_is_heard_as_what_it_is(bench: Bench) -> None:
    """Over the wire, by the name under which the connection is kept."""
    made = bench.connect("fine.told")
    words = {what: heard(bench, what) for what in ("broken", "repaired", "new-data", "revoked")}

    assert {made.reference} == {news.reference for news in words.values()}
    assert {
        "broken": (Word.BROKEN, False, None),
        "repaired": (Word.MENDED, False, bench.clock()),
        "new-data": (Word.MENDED, False, bench.clock()),
        "revoked": (Word.BROKEN, True, None),
    } == {what: (news.word, news.final, news.at) for what, news in words.items()}


def test_a_bank_by_page_needs_no_form(bench: Bench) -> None:
    """Nothing is asked of the owner here."""
    assert bench.adapter.describe_credentials(bench.connection.bank) == ()
    assert bench.connection.bank.bank_id != LINDENTAL

"""Plaid over its wire protocol: nothing lost, nothing twice, whatever happens between pages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relink.failures import NeedsOwner
from relink.providers.plaid.gate import HEADER
from relink.providers.plaid.webhook import Keys, Kind, fetched, happening
from relink.reasons import Reason
from relink.webhooks import News, Webhook, Word
from tests.contract.providers.plaid.bench import DAY, HOUR, Bench

if TYPE_CHECKING:
    import pytest


def test_balances_are_what_the_movements_add_up_to(bench: Bench) -> None:
    """Between two syncs: signs and pages are right for every account, a card included."""
    secret = bench.connect("fine.sums").secret
    before = bench.sync(secret)
    bench.clock.advance(9 * DAY)
    after = bench.sync(secret, before.next_cursor)
    for old, new in zip(before.accounts, after.accounts, strict=True):
        assert old.balance is not None
        moved = sum(m.amount for m in after.added if m.account == new.provider_id and not m.pending)
        assert new.balance == old.balance + moved


def test_pending_movements_are_removed_when_they_post(bench: Bench) -> None:
    """The pending ones after many syncs are those of the present, nothing is left over."""
    secret = bench.connect("fine.holds").secret
    held: set[tuple[str, str]] = set()
    cursor = ""
    for _ in range(12):
        result = bench.sync(secret, cursor)
        held -= set(result.removed)
        held |= {(m.account, m.transaction_id) for m in result.added if m.pending}
        cursor = result.next_cursor
        bench.clock.advance(7 * HOUR)
    fresh = bench.sync(secret)
    last = bench.sync(secret, cursor)
    held = (held - set(last.removed)) | {
        (m.account, m.transaction_id) for m in last.added if m.pending
    }
    assert held == {(m.account, m.transaction_id) for m in fresh.added if m.pending}


def test_transactions_that_are_not_there_yet_are_waited_for(bench: Bench) -> None:
    """Accounts at once, history later, with nothing lost between."""
    secret = bench.connect("fine.early").secret
    bench.switch("fine.early", "not-ready")
    early = bench.sync(secret)
    assert len(early.accounts) == 3
    assert early.trouble is not None
    assert early.trouble.reason is Reason.DATA_PENDING
    bench.switch("fine.early", "fine")
    assert len(bench.sync(secret, early.next_cursor).added) > 500


def test_data_that_change_while_they_are_read_are_read_again(bench: Bench) -> None:
    """As often as it takes, within bounds."""
    secret = bench.connect("fine.restless").secret
    quiet = bench.sync(secret)
    bench.switch("fine.restless", "mutation-2-cycles")
    restless = bench.sync(secret)
    assert restless.added == quiet.added
    bench.switch("fine.restless", "mutation")
    assert bench.fails(secret).provider_code == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"


def test_a_part_that_has_grown_old_is_begun_again(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two parts of a long history Plaid has read the bank anew."""
    secret = bench.connect("fine.long").secret
    with monkeypatch.context() as short:
        short.setattr("relink.providers.plaid.changes.PAGES", 1)
        part = bench.sync(secret)
    assert part.has_more
    bench.clock.advance(7 * HOUR)
    rest = bench.sync(secret, part.next_cursor)
    whole = bench.sync(secret)
    assert not rest.has_more
    assert rest.added == whole.added


def test_pages_without_end_are_bounded(bench: Bench) -> None:
    """A server that always has more is left after a bounded number of pages."""
    secret = bench.connect("fine.endless").secret
    bench.switch("fine.endless", "endless")
    before = bench.calls("transactions/sync")
    assert bench.fails(secret).reason is Reason.BAD_ANSWER
    assert bench.calls("transactions/sync") - before < 50


def test_accounts_that_a_page_leaves_out_are_fetched(bench: Bench) -> None:
    """Nothing new still shows all accounts."""
    secret = bench.connect("fine.few").secret
    cursor = bench.sync(secret).next_cursor
    bench.switch("fine.few", "few-accounts")
    assert len(bench.sync(secret, cursor).accounts) == 3


def test_a_disconnected_item_is_gone(bench: Bench) -> None:
    """At Plaid, too; doing it twice is fine."""
    secret = bench.connect("fine.end").secret
    bench.adapter.disconnect(bench.connection, secret)
    bench.adapter.disconnect(bench.connection, secret)
    assert bench.fails(secret).reason is Reason.CONNECTION_GONE


def test_a_webhook_is_verified_with_the_key_that_plaid_gives(bench: Bench) -> None:
    """From signature to meaning, over the wire."""
    bench.connect("fine.hook")
    signed = bench.simulators.control(
        "POST",
        "/plaid/webhook",
        login="fine.hook",
        webhook_type="ITEM",
        webhook_code="ERROR",
        error={"error_code": "ITEM_LOGIN_REQUIRED", "error_type": "ITEM_ERROR"},
    )
    client = bench.adapter._client
    keys = Keys(lambda key_id, now: fetched(client, key_id, now))
    body, token = signed["body"].encode(), signed[HEADER.replace("-", "_")]
    assert keys.verify(token, body, bench.clock())
    found = happening(json.loads(body), client)
    assert found.kind is Kind.BROKEN
    assert isinstance(found.error, NeedsOwner)


def heard(bench: Bench, login: str, what: str) -> News:
    """Let something happen to an item, and return what the adapter hears of it."""
    sent = bench.simulators.control("POST", "/plaid/happen", login=login, what=what)
    signed = {HEADER: sent[HEADER.replace("-", "_")]}
    body = sent["body"].encode()
    return bench.adapter.hear(Webhook("/webhooks/plaid", signed, body, bench.clock()))


def test_what_happens_is_heard_as_what_it_is(bench: Bench) -> None:
    """Over the wire, by the name under which the item is kept, with Plaid's own key."""
    made = bench.connect("fine.told")
    happenings = ("new-data", "expiring", "broken", "repaired", "revoked")
    words = {what: heard(bench, "fine.told", what) for what in happenings}

    assert {made.reference} == {news.reference for news in words.values()}
    assert {
        "new-data": (Word.NEW_DATA, False, None),
        "expiring": (Word.EXPIRING, False, bench.clock() + 7 * DAY),
        "broken": (Word.BROKEN, False, None),
        "repaired": (Word.MENDED, False, None),
        "revoked": (Word.BROKEN, True, None),
    } == {what: (news.word, news.final, news.expires_at) for what, news in words.items()}
    assert bench.calls("webhook_verification_key/get") == 1


def test_many_connections_are_synced_at_once(bench: Bench) -> None:
    """One adapter serves all threads."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    secrets = [bench.connect(f"fine.n{number}").secret for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(bench.sync, secrets))
    alone: list[Any] = [bench.sync(secret) for secret in secrets]
    assert [replace(r) for r in results] == alone

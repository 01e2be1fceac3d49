"""What a webhook changes, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relink.clock import DAY
from relink.failures import Verdict
from relink.reasons import Reason, Scope, Status
from relink.webhooks import News, Word
from sync.webhooks.news import Decision, Deed, decide
from tests.fakes import NOON
from tests.fakes import connection as plain

if TYPE_CHECKING:
    from relink.connection import Connection

CYCLE = 1_000
CODE = "ITEM_LOGIN_REQUIRED"
WEEK = 7 * DAY
REVOKED = Verdict(Reason.CONSENT_REVOKED).error("REVOKED")
REJECTED = Verdict(Reason.CREDENTIALS_REJECTED).error(CODE)
DOWN = Verdict(Reason.BANK_UNAVAILABLE, Scope.PROVIDER).error("DOWN")
NOTHING = Decision(Deed.NOTHING)
LOOK = Decision(Deed.LOOK, sync=True)


def green(**facts: Any) -> Connection:
    """Return a connection that has been well for a month."""
    month_ago = NOON - 30 * DAY
    return plain(
        **{"status": Status.GREEN, "reason": None, "since": month_ago, "last_cycle": 999, **facts}
    )


def red(**facts: Any) -> Connection:
    """Return one that has needed its owner for an hour."""
    told = {"status": Status.RED, "reason": Reason.CREDENTIALS_REJECTED, "provider_code": CODE}
    since = {"since": NOON - 3_600, "red_since": NOON - 3_600, "last_cycle": CYCLE}
    return plain(**{**told, **since, **facts})


def mending(**facts: Any) -> News:
    """Return the word that a login was mended."""
    return News(Word.MENDED, "item", **{"mends": frozenset({CODE}), **facts})


def test_a_mended_connection_is_orange_until_its_sync() -> None:
    """The incident is over as after an acceptance; the turn of this cycle is there again."""
    decision = decide(red(), mending(), CYCLE, NOON)
    after = decision.after

    assert after is not None
    assert (Deed.MEND, True) == (decision.deed, decision.sync)
    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING) == (after.status, after.reason)
    assert (None, None) == (after.red_since, after.incident_since)
    assert CYCLE - 1 == after.last_cycle
    assert after.slot == after.home_slot
    assert (1, red().calls) == (after.credentials_version, after.calls)


def test_one_who_syncs_by_hand_is_mended_with_one_sync() -> None:
    """The schedule is off, but the colour says that a sync follows: that one is made."""
    decision = decide(red(auto_sync=False), mending(), CYCLE, NOON)

    assert (Deed.MEND, True) == (decision.deed, decision.sync)
    assert decision.after is not None
    assert decision.after.slot == decision.after.home_slot


@pytest.mark.parametrize(
    ("before", "news"),
    [
        (red(provider_code="USER_PERMISSION_REVOKED"), mending()),
        (red(), mending(at=NOON - 3_600)),
        (red(), mending(at=NOON - 9_999)),
        (red(), mending(mends=frozenset())),
    ],
)
def test_another_or_older_incident_is_not_mended(before: Connection, news: News) -> None:
    """A good state from before the incident says nothing of it; nor does one of another trouble."""
    assert NOTHING == decide(before, news, CYCLE, NOON)


def test_a_good_state_from_after_the_incident_mends_it() -> None:
    """A second later is later."""
    assert Deed.MEND is decide(red(), mending(at=NOON - 3_599), CYCLE, NOON).deed


@pytest.mark.parametrize("word", [Word.NEW_DATA, Word.MENDED])
def test_a_connection_that_may_be_synced_is(word: Word) -> None:
    """In its cycle's turn, by the claim's own rules."""
    assert LOOK == decide(green(), News(word, "item"), CYCLE, NOON)
    assert LOOK == decide(plain(since=NOON), News(word, "item"), CYCLE, NOON)


@pytest.mark.parametrize("word", list(Word))
@pytest.mark.parametrize(
    "facts",
    [
        {"auto_sync": False},
        {"credentials_version": 0},
        {"disconnected_at": NOON - 5},
    ],
)
def test_nobody_is_synced_who_does_not_want_to_be(word: Word, facts: dict[str, Any]) -> None:
    """Manual ones stay manual; what is not connected has nothing to sync."""
    decision = decide(green(**facts), News(word, "item", REJECTED), CYCLE, NOON)

    assert not decision.sync


def test_red_is_left_to_its_owner() -> None:
    """New data behind a refused login are no reason to try it (law 4)."""
    assert NOTHING == decide(red(), News(Word.NEW_DATA, "item"), CYCLE, NOON)
    assert NOTHING == decide(red(), News(Word.BROKEN, "item", DOWN), CYCLE, NOON)


def test_what_may_be_old_by_now_is_looked_after() -> None:
    """An error tells no time, so a later success may have overtaken it: a sync finds out."""
    assert LOOK == decide(green(), News(Word.BROKEN, "item", REJECTED), CYCLE, NOON)


def test_what_waiting_mends_is_left_to_wait() -> None:
    """The next sync tells."""
    assert NOTHING == decide(green(), News(Word.BROKEN, "item", DOWN), CYCLE, NOON)


@pytest.mark.parametrize("before", [green(), red(), plain(since=NOON - 5)])
def test_what_can_never_be_undone_is_red_whenever_it_comes(before: Connection) -> None:
    """A revoked access cannot be restored. An incident that is there already goes on."""
    decision = decide(before, News(Word.BROKEN, "item", REVOKED, final=True), CYCLE, NOON)

    assert (Deed.FAIL, False) == (decision.deed, decision.sync)
    assert decision.after is not None
    assert Reason.CONSENT_REVOKED is decision.after.reason
    assert (before.red_since or NOON) == decision.after.red_since
    assert NOTHING == decide(
        decision.after, News(Word.BROKEN, "item", REVOKED, final=True), CYCLE, NOON + 1
    )


def test_an_account_that_was_revoked_is_looked_after() -> None:
    """The connection itself works."""
    error = Verdict(Reason.CONSENT_REVOKED, Scope.ACCOUNT).error("USER_ACCOUNT_REVOKED")
    assert LOOK == decide(green(), News(Word.BROKEN, "item", error, final=True), CYCLE, NOON)


def test_the_end_of_an_access_is_noted_with_the_day_to_tell_of_it() -> None:
    """A week is less than the two of which an owner first hears: at once."""
    decision = decide(green(), News(Word.EXPIRING, "item", expires_at=NOON + WEEK), CYCLE, NOON)

    assert decision.after is not None
    assert NOON + WEEK == decision.after.consent_expires_at
    assert "2026-01-01" == decision.after.notice_day
    assert Status.GREEN is decision.after.status


@pytest.mark.parametrize("ends", [None, NOON, NOON - 5, NOON + WEEK + 3_600])
def test_an_end_that_is_no_news_changes_nothing(ends: int | None) -> None:
    """None told, one that has passed, or the one that is known."""
    known = green(consent_expires_at=NOON + WEEK)
    assert NOTHING == decide(known, News(Word.EXPIRING, "item", expires_at=ends), CYCLE, NOON)


def test_a_warning_after_a_renewal_is_not_believed() -> None:
    """It may have been under way for a day; the sync asks how long the access lasts."""
    renewed = green(since=NOON - DAY + 60, consent_expires_at=NOON + 180 * DAY)
    assert LOOK == decide(renewed, News(Word.EXPIRING, "item", expires_at=NOON + WEEK), CYCLE, NOON)


@pytest.mark.parametrize(
    "busy", [{"lease": "run", "lease_until": NOON + 90}, {"live_until": NOON + 90}]
)
def test_whoever_is_at_it_goes_first(busy: dict[str, Any]) -> None:
    """The owner at his reconnect, or a run at the bank, may find out better meanwhile."""
    later = Decision(Deed.LATER, again_in=90)

    assert later == decide(red(**busy), mending(), CYCLE, NOON)
    assert LOOK == decide(green(**busy), News(Word.NEW_DATA, "item"), CYCLE, NOON)


errors = st.sampled_from([None, REVOKED, REJECTED, DOWN])
anything = st.builds(
    News,
    st.sampled_from(Word),
    st.just("item"),
    errors,
    st.booleans(),
    st.none() | st.integers(NOON - WEEK, NOON + WEEK),
    st.none() | st.integers(NOON - WEEK, NOON + 4 * WEEK),
    st.sampled_from([frozenset(), frozenset({CODE})]),
)
states = st.builds(
    lambda before, auto, version, expires: replace(
        before,
        auto_sync=auto,
        credentials_version=version,
        consent_expires_at=expires,
        slot=before.home_slot if auto and before.status is not Status.RED else None,
    ),
    st.sampled_from([green(), red(), plain(), green(since=NOON - 60)]),
    st.booleans(),
    st.integers(0, 2),
    st.none() | st.integers(NOON, NOON + 9 * WEEK),
)


@given(states, anything)
def test_no_webhook_turns_green_or_red_by_guess(before: Connection, news: News) -> None:
    """Green is a sync's alone (law 6); red only what is final (law 2); calls are not touched."""
    decision = decide(before, news, CYCLE, NOON)
    after = decision.after or before

    if after.status is not before.status:
        assert after.status is not Status.GREEN
        assert after.status is Status.ORANGE or news.final
    assert (before.calls, before.credentials_version, before.auto_sync) == (
        after.calls,
        after.credentials_version,
        after.auto_sync,
    )
    if decision.sync:
        assert after.status is not Status.RED
        assert after.scheduled


@given(states, anything)
def test_the_same_webhook_again_changes_nothing_more(before: Connection, news: News) -> None:
    """What it asked for has been done, or a sync is asked for at most."""
    first = decide(before, news, CYCLE, NOON)
    again = decide(first.after or before, news, CYCLE, NOON)

    assert again.after is None

"""The laws of colour, held for every connection and every error."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from relink.clock import DAY
from relink.connection import STALE_AFTER, Connection
from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary, Verdict
from relink.reasons import EXPLANATIONS, Reason, Scope, Status
from relink.repository import change, from_item, to_item
from relink.schedule import slot_of
from relink.transitions import Synced, accepted, failed, status_for, synced, tried
from tests.fakes import NOON, connection

moments = st.integers(NOON, NOON + 400 * DAY)
times = st.lists(st.one_of(st.just(0), moments), min_size=4, max_size=4)


@st.composite
def connections(draw: st.DrawFn) -> Connection:
    """Return any connection that the transitions can lead to."""
    status = draw(st.sampled_from(Status))
    since = draw(moments)
    reasons: list[Reason | None] = [r for r in Reason if r.status is status]
    auto_sync = draw(st.booleans())
    made = connection(
        status=status,
        reason=draw(st.sampled_from(reasons or [None])),
        since=since,
        red_since=since if status is Status.RED else None,
        auto_sync=auto_sync,
        calls=tuple(sorted(draw(times), reverse=True)),
        tries=tuple(sorted(draw(times), reverse=True)[:3]),
        last_success_at=draw(st.one_of(st.none(), moments)),
        rate_limited_until=draw(st.one_of(st.none(), moments)),
        credentials_version=draw(st.integers(1, 5)),
        lease=draw(st.sampled_from(["", "run"])),
    )
    return replace(made, slot=made.home_slot if auto_sync and status is not Status.RED else None)


@st.composite
def errors(draw: st.DrawFn) -> ProviderError:
    """Return any error that an adapter's table can lead to."""
    reason, scope = draw(st.sampled_from(Reason)), draw(st.sampled_from(Scope))
    retry_at = draw(st.one_of(st.none(), moments))
    return Verdict(reason, scope).error("code", retry_at=retry_at, reached=draw(st.booleans()))


@given(before=connections(), error=errors(), now=moments, counted=st.booleans())
def test_only_what_the_owner_can_mend_turns_red(
    before: Connection,
    error: ProviderError,
    now: int,
    *,
    counted: bool,
) -> None:
    """Laws 1 and 2: temporary, unknown and our own trouble never reddens a connection."""
    after = failed(before, error, now, counted=counted)

    turned_red = after.status is Status.RED and before.status is not Status.RED
    concerns_owner = isinstance(error, NeedsOwner) and error.scope is not Scope.ACCOUNT
    assert turned_red == (concerns_owner and before.status is not Status.RED)


@given(connections(), errors(), moments)
def test_red_and_only_red_leaves_the_schedule(
    before: Connection,
    error: ProviderError,
    now: int,
) -> None:
    """Law 4: no bank is called for a red connection; the others keep their slot."""
    after = failed(before, error, now, counted=True)

    if after.status is Status.RED:
        assert None is after.slot
    elif after.auto_sync:
        assert after.home_slot == after.slot


@given(connections(), st.lists(errors(), min_size=1, max_size=30))
def test_orange_never_becomes_red_by_counting(
    before: Connection,
    troubles: list[ProviderError],
) -> None:
    """Law 3: however many temporary errors in a row, the connection stays orange."""
    now = before.since
    for error in troubles:
        if status_for(error) is Status.RED:
            continue
        now += 6 * 3600
        was = before.status
        before = failed(before, error, now, counted=True)
        assert was is Status.RED or before.status is Status.ORANGE


@given(connections(), errors(), moments)
def test_an_incident_keeps_its_beginning(
    before: Connection,
    error: ProviderError,
    now: int,
) -> None:
    """An incident is named by when it began: a further red error does not begin another."""
    after = failed(before, error, now, counted=True)

    if after.status is Status.RED:
        began = max(now, 1 + max(before.since, before.last_success_at or 0))
        assert after.red_since == (before.red_since if before.status is Status.RED else began)
    else:
        assert None is after.red_since


@given(connections(), moments)
def test_a_success_is_the_only_way_to_green(before: Connection, now: int) -> None:
    """Law 6: a success clears every trouble at once."""
    after = synced(before, Synced("digest"), now)

    assert (Status.GREEN, None, None, None) == (
        after.status,
        after.reason,
        after.red_since,
        after.rate_limited_until,
    )
    assert max(now, before.last_success_at or 0) == after.last_success_at


@given(connections(), moments)
def test_accepted_is_orange_until_the_first_sync(before: Connection, now: int) -> None:
    """Law 6: the bank's yes ends the incident, but it is not green yet."""
    after = accepted(before, None, now)

    assert (Status.ORANGE, Reason.FIRST_SYNC_PENDING, None) == (
        after.status,
        after.reason,
        after.red_since,
    )
    assert before.credentials_version + 1 == after.credentials_version
    assert 3 == after.tries_left(now)


@given(before=connections(), error=errors(), now=moments, counted=st.booleans())
def test_a_call_is_given_back_only_if_the_bank_never_saw_it(
    before: Connection,
    error: ProviderError,
    now: int,
    *,
    counted: bool,
) -> None:
    """Law 5: what reached the bank is spent, whatever came of it."""
    after = failed(before, error, now, counted=counted)

    unchanged = error.reached or not counted
    assert after.calls == (before.calls if unchanged else (*before.calls[1:], 0))


@given(connections(), errors(), moments)
def test_a_reconnect_keeps_what_the_owner_knows_it_by(
    before: Connection,
    error: ProviderError,
    now: int,
) -> None:
    """Law 8: ids, owner, bank and settings survive every transition."""
    steps = [
        failed(before, error, now, counted=True),
        synced(before, Synced("d"), now),
        accepted(before, None, now),
        tried(before, now),
    ]
    for after in steps:
        for name in ("connection_id", "workspace_id", "owner_id", "bank", "auto_sync"):
            assert getattr(before, name) == getattr(after, name)


@given(connections())
def test_an_item_holds_a_connection_whole(before: Connection) -> None:
    """What is stored is read back as it was, in at most one write unit."""
    item = to_item(before)

    assert before == from_item(item)
    assert len(str(item)) < 2_000


@given(connections(), errors(), moments)
def test_a_change_writes_only_what_differs(
    before: Connection,
    error: ProviderError,
    now: int,
) -> None:
    """Attributes that did not change are left to those who write them meanwhile."""
    after = failed(before, error, now, counted=True)
    written = change(before, after, expect=("lease",))

    assert not {"owner_id", "auto_sync", "workspace_id"} & {*written.values, *written.removed}


def test_tries_are_counted_over_a_rolling_day() -> None:
    """Three tries; the first is forgotten a day after it was made."""
    now = NOON
    tired = tried(tried(tried(connection(), now), now + 60), now + 120)

    assert 0 == tired.tries_left(now + 200)
    assert now + DAY == tired.next_try_allowed_at()
    assert 1 == tired.tries_left(now + DAY)


def test_a_rate_limit_keeps_its_own_clock() -> None:
    """A limit says when it lifts; another error does not forget it."""
    limited = Temporary(Reason.RATE_LIMITED, retry_at=NOON + 900)
    after = failed(connection(), limited, NOON, counted=True)
    later = failed(after, Temporary(Reason.BANK_UNAVAILABLE), NOON + 60, counted=True)

    assert NOON + 900 == later.rate_limited_until


def test_our_own_fault_is_never_the_owners() -> None:
    """A key of ours that was refused is orange, whatever the reason says."""
    ours = Misconfigured(Reason.CREDENTIALS_REJECTED, scope=Scope.OPERATOR)

    assert Status.ORANGE is failed(connection(), ours, NOON, counted=True).status


def test_long_orange_is_said_after_two_days_only() -> None:
    """Law 3: after 48 hours it says so, and it is still orange."""
    well = synced(connection(), Synced("digest"), NOON)
    ill = failed(well, Temporary(Reason.BANK_UNAVAILABLE), NOON + DAY, counted=True)

    assert Status.ORANGE is ill.status
    assert not ill.stale(NOON + 2 * DAY)
    assert ill.stale(NOON + 2 * DAY + 1)


def test_one_that_is_spared_while_its_bank_is_down_is_stale_in_its_colour() -> None:
    """It is not called and stays green, yet its data are as old as those of the others."""
    spared = synced(connection(), Synced("digest"), NOON)

    assert Status.GREEN is spared.status
    assert spared.stale(NOON + STALE_AFTER + 1)


def test_what_waits_for_its_owner_is_never_stale() -> None:
    """Red, paused and not yet connected: nobody keeps the owner waiting but himself."""
    late = NOON + 30 * DAY
    red = failed(connection(), NeedsOwner(Reason.CONSENT_EXPIRED), NOON, counted=True)

    assert not red.stale(late)
    assert not connection(auto_sync=False).stale(late)
    assert not connection(credentials_version=0).stale(late)


def test_the_time_before_the_banks_yes_does_not_count() -> None:
    """Who reconnects after three weeks, or connects what he began last month, is not late."""
    back = NOON + 21 * DAY
    red = failed(
        synced(connection(), Synced("digest"), NOON),
        NeedsOwner(Reason.CONSENT_EXPIRED),
        NOON + 1,
        counted=True,
    )
    first = accepted(connection(credentials_version=0, created_at=NOON), None, back)
    for begun in (accepted(red, None, back), first):
        assert not begun.stale(back + STALE_AFTER)
        assert begun.stale(back + STALE_AFTER + 1)


def test_every_reason_has_a_colour_and_words() -> None:
    """The list is closed: each reason explains itself, and none of them is green."""
    assert set(Reason) == set(EXPLANATIONS)
    assert not [r for r, e in EXPLANATIONS.items() if e.status is Status.GREEN]
    assert all(e.text and e.instruction for e in EXPLANATIONS.values())


def test_one_that_is_spread_has_a_slot_of_its_own() -> None:
    """The others of its workspace keep theirs."""
    one, other = connection(connection_id="con_1"), connection(connection_id="con_2")
    spread = replace(other, spread=True)

    assert one.home_slot == other.home_slot
    assert slot_of(other.workspace_id, "con_2") == spread.home_slot

"""What goes into a connection's trail: changes of colour and their cause, and little else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.api.pausing import automatic
from relink.attempt import Kind, State, ended, submitted
from relink.disconnecting import Data, disconnected
from relink.failures import NeedsOwner, Temporary
from relink.reasons import Reason, Scope, Status
from relink.trail import Event, attempt_event, events_of
from relink.transitions import Synced, accepted, failed, mended, renewed, synced
from tests.fakes import NOON, connection

if TYPE_CHECKING:
    from relink.connection import Connection

OUTAGE = Temporary(Reason.BANK_UNAVAILABLE, scope=Scope.CONNECTION)
WRONG = NeedsOwner(Reason.CREDENTIALS_REJECTED, provider_text="PIN falsch", scope=Scope.CONNECTION)
FINE = Synced("digest")


def well(**facts: object) -> Connection:
    """Return a connection that synced six hours ago."""
    began = NOON - 21_600
    green = {"status": Status.GREEN, "reason": None, "since": began, "last_success_at": began}
    return connection(**{**green, **facts})


def only(before: Connection, after: Connection) -> Event:
    """Return the one event of a change."""
    [event] = events_of(before, after)
    return event


def test_a_normal_sync_leaves_nothing() -> None:
    """It stays as cheap as it was."""
    before = well()

    assert [] == events_of(before, synced(before, FINE, NOON))


def test_a_new_status_tells_what_it_ended_and_why() -> None:
    """Its cause, its reason with the bank's words, and the status before with its own."""
    before = well()
    event = only(before, failed(before, WRONG, NOON, counted=True))

    assert (NOON, "status", "red", "failed") == (event.at, event.kind, event.status, event.cause)
    assert ("credentials_rejected", "PIN falsch") == (event.reason, event.bank_text)
    assert ("green", "", before.since) == (event.was, event.was_reason, event.was_since)


def test_each_way_out_of_red_has_its_name() -> None:
    """An owner asks what ended his incident."""
    red = failed(well(), WRONG, NOON - 60, counted=True)
    ways = {
        "reconnected": accepted(red, None, NOON),
        "mended_elsewhere": mended(red, 0, NOON),
        "synced": synced(red, FINE, NOON),
        "disconnected": disconnected(red, Data.KEEP, NOON),
    }

    for cause, after in ways.items():
        event = only(red, after)
        assert (cause, "red", "credentials_rejected") == (event.cause, event.was, event.was_reason)
        assert NOON == event.at


def test_the_first_yes_and_the_end_are_told_though_the_colour_stays() -> None:
    """Orange before and after, but not the same thing at all."""
    new = connection(credentials_version=0)
    connected = accepted(new, None, NOON)
    gone = disconnected(connected, Data.KEEP, NOON + 1)

    assert "connected" == only(new, connected).cause
    assert "disconnected" == only(connected, gone).cause
    assert "connected" == only(gone, accepted(gone, None, NOON + 2)).cause


def test_what_changes_no_colour_is_not_told() -> None:
    """Another reason for the same waiting, new credentials for a green one, a pause."""
    orange = failed(well(), OUTAGE, NOON, counted=True)
    still = failed(orange, Temporary(Reason.BAD_ANSWER), NOON + 60, counted=True)

    assert [] == events_of(orange, still)
    assert [] == events_of(well(), renewed(well(), None, NOON))
    assert [] == events_of(well(), automatic(well(), wanted=False))


def test_accounts_that_need_their_owner_are_told_when_it_begins_and_ends() -> None:
    """The connection stays green meanwhile."""
    before = well()
    facts = Synced("d", troubles={"acc_2": "consent_expired", "acc_1": "bank_unavailable"})
    red = synced(before, facts, NOON)
    began = only(before, red)
    over = only(red, synced(red, FINE, NOON + 60))

    assert ("accounts", ("acc_2",), "consent_expired") == (
        began.kind,
        began.account_ids,
        began.reason,
    )
    assert ("accounts", (), NOON + 60) == (over.kind, over.account_ids, over.at)


def test_what_happens_in_one_second_stays_in_its_order() -> None:
    """Accepted, synced, done: the sort keys say so, and no two are the same."""
    red = failed(well(), WRONG, NOON - 60, counted=True)
    yes = accepted(red, None, NOON)
    green = synced(yes, FINE, NOON)
    attempt = ended(submitted(red, "att_1", b"", {}, NOON), State.DONE)
    gone = disconnected(green, Data.KEEP, NOON)
    keys = [
        only(red, yes).sk,
        only(yes, green).sk,
        only(green, gone).sk,
        attempt_event(attempt, NOON).sk,
    ]

    assert sorted(set(keys)) == keys


@pytest.mark.parametrize("kind", Kind)
def test_an_attempt_leaves_its_outcome(kind: Kind) -> None:
    """With the bank's words, and how much came of it."""
    attempt = submitted(connection(), "att_1", b"", {}, NOON - 90, kind=kind)
    over = ended(attempt, State.REJECTED, reason="access_locked", provider_text="gesperrt")
    event = attempt_event(replace(over, accounts=3, back_filled_from=7), NOON)

    assert (kind.value, "rejected", NOON, NOON - 90) == (
        event.kind,
        event.outcome,
        event.at,
        event.began_at,
    )
    assert ("access_locked", "gesperrt", 3, 7) == (
        event.reason,
        event.bank_text,
        event.accounts,
        event.back_filled_from,
    )


@given(st.lists(st.sampled_from(["ok", "down", "wrong", "yes", "mended", "gone"]), max_size=20))
def test_the_trail_tells_every_colour_there_was(story: list[str]) -> None:
    """Whatever happens: each status that ended was begun by the event before."""
    now, trail = connection(credentials_version=0), []
    for at, word in enumerate(story, NOON):
        after = {
            "ok": lambda c, t: synced(c, FINE, t),
            "down": lambda c, t: failed(c, OUTAGE, t, counted=False),
            "wrong": lambda c, t: failed(c, WRONG, t, counted=False),
            "yes": lambda c, t: accepted(c, None, t),
            "mended": lambda c, t: mended(c, 0, t),
            "gone": lambda c, t: disconnected(c, Data.KEEP, t),
        }[word](now, at)
        trail += [e for e in events_of(now, after) if e.kind == "status"]
        now = after

    told = [Status.ORANGE.value, *(e.status for e in trail)]
    assert told[:-1] == [e.was for e in trail]
    assert told[-1] == now.status.value
    assert sorted(e.sk for e in trail) == [e.sk for e in trail]

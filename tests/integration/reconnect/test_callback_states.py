"""The state that an owner comes back with: what it opens, for how long, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest

from relink import links
from relink.attempt import State
from relink.queues import AttemptMessage
from relink.reasons import Status
from tests.integration.reconnect.bench import Bench, drain, queued
from tests.integration.reconnect.coming_back import status_of, stored
from tests.integration.reconnect.consent import (
    CODE,
    CONSENT,
    FORM,
    sent_off,
)
from tests.integration.reconnect.test_form import everything


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        "{id}",
        "{id}.",
        "{id}." + "A" * 43,
        "att_" + "0" * 32 + ".{secret}",
        "{id}.{secret}A",
        "{ID}.{secret}",
        "{id}.{secret}\n",
        "../{id}.{secret}",
    ],
)
def test_a_state_that_is_none_of_ours_changes_nothing(bench: Bench, forged: str) -> None:
    """Who knows the attempt's name knows nothing that counts. The page says how to start again."""
    sent_off(bench)
    own, _, secret = bench.state_of(bench.attempt()).partition(".")
    before = everything()
    drain()

    page = bench.come_back(state=forged.format(id=own, ID=own.upper(), secret=secret), code=CODE)

    assert page.status in {400, 404}
    assert "This try is over" == page.title
    assert "reconnect/" not in page.body.replace("/reconnect/static", "")
    assert (before, []) == (everything(), queued())


def test_a_state_opens_nothing_an_hour_after_its_attempt(bench: Bench) -> None:
    """Banks keep logs, and what is in them must not be a key for ever."""
    sent_off(bench)
    bench.clock.now = bench.attempt().deadline + 3599
    assert "That took too long" == bench.get(status_of(bench.come_back(code=CODE))).title

    bench.clock.advance(1)
    assert (404, "This try is over") == (bench.come_back().status, bench.come_back().title)
    assert State.REDIRECTING is bench.attempt().state


def test_an_attempt_that_has_ended_shows_how(bench: Bench) -> None:
    """Nothing is sent; the link that leads there is the owner's own, for an hour."""
    sent_off(bench)
    bench.worker(State.REJECTED, messages={"": "The bank said no."})
    drain()

    answer = bench.come_back(code=CODE)

    page = bench.get(status_of(answer))
    token = status_of(answer).split("/")[2]
    link = links.read(token, bench.services.keys.keys())
    assert "The bank said no." in page.body
    assert (State.REJECTED, []) == (bench.attempt().state, queued())
    assert bench.attempt().deadline + 3600 == link.expires_at
    assert ("con_1", 1) == (link.connection_id, link.credentials_version)


def test_an_attempt_that_ended_well_shows_that(bench: Bench) -> None:
    """And gives no way to replace what it has just brought."""
    sent_off(bench)
    bench.know()
    bench.worker(State.DONE, accounts=1)
    bench.change(status=Status.GREEN, reason=None, red_since=None, credentials_version=2)

    status = status_of(bench.come_back(code=CODE))

    assert "Reconnected: 1 account" == bench.get(status).title
    assert "Already fixed" == bench.submit(status.removesuffix("/status"), "g" * 24).title


def test_the_state_of_an_attempt_that_another_has_replaced_is_worthless(bench: Bench) -> None:
    """Who started again comes back by his second way only."""
    path = sent_off(bench)
    old = bench.attempt()
    turn = bench.get(f"{path}?again").hidden("turn")
    assert 303 == bench.post(path, {"form": "g" * 24, "turn": turn}).status
    bench.redirected()
    drain()

    bench.come_back(state=bench.state_of(old), code=CODE)

    assert State.REDIRECTING is bench.attempt().state
    assert State.REDIRECTING is stored(bench, old).state
    assert [] == queued()
    bench.come_back(code=CODE)
    assert State.ANSWERED is bench.attempt().state


def test_an_attempt_that_another_replaces_is_handed_to_the_worker(bench: Bench) -> None:
    """It may have obtained an access, which only the worker sees, and nobody else would end."""
    path = sent_off(bench)
    old = bench.attempt()
    turn = bench.get(f"{path}?again").hidden("turn")
    drain()
    bench.post(path, {"form": "g" * 24, "turn": turn})

    names = [old.attempt_id, bench.attempt().attempt_id]
    assert sorted(names) == sorted(m.attempt_id for m in queued() if isinstance(m, AttemptMessage))
    assert 2 == len(set(names))


def test_who_reads_the_table_cannot_come_back_as_the_owner(bench: Bench) -> None:
    """A state is kept as a hash, and for the worker alone; when all is over, as the hash."""
    sent_off(bench)
    state = bench.state_of(bench.attempt())
    client = boto3.client("dynamodb")
    assert state not in str(client.scan(TableName="AttemptsTable")["Items"])

    bench.come_back(code=CODE)
    bench.worker(State.REJECTED)
    over = bench.attempt()
    assert (None, "") == (over.return_state, over.redirect_url)
    assert state not in str(over)


def test_states_do_not_fit_other_connections(bench: Bench) -> None:
    """Whosever browser brings it, it acts on its own attempt; halves of two are none."""
    sent_off(bench)
    first = bench.attempt()
    other = {"connection_id": "con_2", "workspace_id": "ws_2", "owner_id": "own_2"}
    made = bench.add(bank=CONSENT, **other)
    bench.post(bench.link(made), {"form": FORM})
    second = bench.services.reconnecting.attempts.get(bench.stored("con_2").live_attempt)
    assert second
    mixed = first.attempt_id + "." + bench.state_of(second).partition(".")[2]

    refused = bench.come_back(state=mixed, code=CODE)
    not_yet = bench.come_back(state=bench.state_of(second), code=CODE)

    assert (404, 303) == (refused.status, not_yet.status)
    assert State.REDIRECTING is stored(bench, first).state
    assert State.SUBMITTED is stored(bench, second).state
    token = status_of(not_yet).split("/")[2]
    assert "con_2" == links.read(token, bench.services.keys.keys()).connection_id


def test_what_is_sealed_opens_for_its_attempt_only(bench: Bench) -> None:
    """The key's context names workspace, connection and attempt."""
    sent_off(bench)
    bench.come_back(code=CODE)
    attempt = bench.attempt()

    with pytest.raises(Exception, match="InvalidCiphertext"):
        bench.opened(replace(attempt, attempt_id="att_" + "0" * 32))

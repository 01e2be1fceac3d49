"""Stopped at any call, the page comes to the same end when the owner tries again.

After each: before the next one is the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notify.records import Records
from relink.attempt import State
from relink.queues import AttemptMessage, DigestMessage
from tests.fakes import NOON
from tests.integration.reconnect.bench import Bench, Crash, drain, queued

if TYPE_CHECKING:
    from relink.queues import Message

CALLS = ("GetItem", "Encrypt", "TransactWriteItems", "SendMessage")


@pytest.mark.parametrize("call", CALLS)
def test_a_submission_survives(bench: Bench, call: str) -> None:
    """The same form, sent again, is the same attempt, and it is under way."""
    path = bench.link(bench.add())
    bench.crash("after", call)
    with pytest.raises(Crash):
        bench.submit(path)

    assert 303 == bench.submit(path).status

    assert [bench.attempt().attempt_id] == bench.attempts()
    assert {AttemptMessage(bench.attempt().attempt_id)} == set(_messages("attempts"))


def test_a_message_lost_for_good_is_noticed_by_the_status_page(bench: Bench) -> None:
    """An owner who opens the link again, instead of the form, is helped as well."""
    path = bench.link(bench.add())
    bench.crash("before", "SendMessage")
    with pytest.raises(Crash):
        bench.submit(path)
    bench.clock.advance(10)

    assert 303 == bench.get(path).status
    bench.get(f"{path}/status")

    assert [AttemptMessage(bench.attempt().attempt_id)] == queued()


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_survives(bench: Bench, call: str) -> None:
    """A code that was stored but not queued is queued by the next click."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.clock.advance(1)
    bench.worker(State.ASKING, fields=({"name": "code", "kind": "otp", "required": True},))
    form = {"turn": bench.get(f"{path}/status").hidden("turn"), "code": "123456"}
    drain()
    bench.crash("after", call)
    with pytest.raises(Crash):
        bench.post(path, form)

    assert 303 == bench.post(path, form).status

    assert State.ANSWERED is bench.attempt().state
    assert {AttemptMessage(bench.attempt().attempt_id)} == set(_messages("attempts"))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["UpdateItem", "SendMessage"])
def test_asking_for_a_fresh_link_survives(bench: Bench, when: str, call: str) -> None:
    """What the first click could not send the second one does, or the sweep, which finds it due."""
    bench.profile()
    made = bench.add()
    path = bench.link(made, expires_at=NOON)
    bench.notice(made, mailed=1, mailed_at=NOON - 3600)
    bench.crash(when, call)
    with pytest.raises(Crash):
        bench.post(f"{path}/fresh")

    bench.post(f"{path}/fresh")

    records = Records(bench.services._dynamodb, "OwnersTable")
    due = {DigestMessage(owner) for owner in records.due(NOON)}
    assert {DigestMessage("own_1")} == due | set(_messages("notices"))


def _messages(name: str) -> list[Message]:
    return queued(name)

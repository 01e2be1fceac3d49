"""What the bank asks in between is answered in the same attempt, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.attempt import State
from relink.queues import AttemptMessage
from tests.integration.reconnect.bench import Bench, drain, queued

if TYPE_CHECKING:
    from relink.connection import Connection


def test_a_challenge_is_answered_in_the_same_attempt(bench: Bench) -> None:
    """The code is sealed for this attempt and goes the way of the credentials."""
    path = asking(bench)
    page = bench.get(f"{path}/status")

    answer = bench.post(path, {"turn": page.hidden("turn"), "code": " 123 456 "})

    assert (200, 303) == (page.status, answer.status)
    assert 'autocomplete="one-time-code"' in page.body
    assert State.ANSWERED is bench.attempt().state
    assert {"code": "123 456"} == bench.opened(bench.attempt())
    assert [AttemptMessage(bench.attempt().attempt_id)] == queued()


def test_a_wrong_shape_of_code_comes_back_without_it(bench: Bench) -> None:
    """The bank is not asked, and the code is not shown again."""
    path = asking(bench)
    turn = bench.get(f"{path}/status").hidden("turn")

    page = bench.post(path, {"turn": turn, "code": "abc-secret"})

    assert 422 == page.status
    assert "This does not look right." in page.body
    assert "abc-secret" not in page.body
    assert State.ASKING is bench.attempt().state


def test_an_answer_to_an_old_challenge_is_none_to_the_new_one(bench: Bench) -> None:
    """The back button must not send yesterday's code to today's question."""
    path = asking(bench)
    old = bench.get(f"{path}/status").hidden("turn")
    bench.clock.advance(5)
    bench.worker(State.ASKING)

    answer = bench.post(path, {"turn": old, "code": "123456"})

    assert 303 == answer.status
    assert State.ASKING is bench.attempt().state


def test_a_code_sent_twice_is_one_answer(bench: Bench) -> None:
    """The second click finds the first one's answer under way."""
    path = asking(bench)
    turn = bench.get(f"{path}/status").hidden("turn")

    answers = [bench.post(path, {"turn": turn, "code": "123456"}) for _ in range(2)]

    assert [303, 303] == [a.status for a in answers]
    assert State.ANSWERED is bench.attempt().state


def test_credentials_sent_while_the_bank_asks_for_a_code_are_no_answer(bench: Bench) -> None:
    """A form from before joins the attempt; what it held goes nowhere."""
    path = asking(bench)

    assert 303 == bench.submit(path, "g" * 24).status
    assert State.ASKING is bench.attempt().state
    assert 1 == len(bench.attempts())


def asking(bench: Bench, **facts: Any) -> str:
    """Take a new connection's attempt to where the bank asks for a code; return the link."""
    made: Connection = bench.add(**facts)
    path = bench.link(made)
    bench.submit(path)
    field = {"name": "code", "label": "Code", "kind": "otp", "pattern": r"[0-9 ]{4,10}"}
    bench.clock.advance(2)
    bench.worker(State.ASKING, prompt="Enter the code.", fields=({**field, "required": True},))
    drain()
    return path

"""Sending the form: what is taken, what is refused, and that one form is one attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.attempt import PATIENCE, State
from relink.queues import AttemptMessage
from relink.reasons import Status
from relink.writes import Conflict
from tests.integration.reconnect.bench import BROWSER, TOKEN, Bench, queued

if TYPE_CHECKING:
    import pytest

FORM = "f" * 24


def test_what_is_typed_is_sealed_queued_and_answered_at_once(bench: Bench) -> None:
    """The answer is a redirect, so that reloading sends nothing again."""
    path = bench.link(bench.add())

    answer = bench.submit(path)

    attempt = bench.attempt()
    assert (303, f"{path}/status") == (answer.status, answer.headers["Location"])
    assert {"setup_token": TOKEN} == bench.opened(attempt)
    assert TOKEN.encode() not in (attempt.answers or b"")
    assert [AttemptMessage(attempt.attempt_id)] == queued()
    assert bench.clock.now + PATIENCE == bench.stored().live_until
    assert State.SUBMITTED is attempt.state


def test_the_bank_is_told_of_the_owner_as_he_is(bench: Bench) -> None:
    """Address, browser and what it accepts, and nothing that names the link."""
    path = bench.link(bench.add())

    values = {"form": FORM, "setup_token": TOKEN}
    bench.post(path, values, referer=f"https://connect.example.com{path}", cookie="a=b")

    expected = {
        "ip": "192.0.2.7",
        "user_agent": "Firefox",
        "headers": {"accept": BROWSER["accept"], "accept-language": BROWSER["accept-language"]},
    }
    presence = bench.attempt().presence
    assert expected == {name: presence[name] for name in expected}
    assert {"return_url", "state_mark"} == presence.keys() - expected.keys()


def test_a_double_click_is_one_attempt(bench: Bench) -> None:
    """The same form, however often it is sent, even after its attempt has ended."""
    path = bench.link(bench.add())
    first = bench.submit(path)
    again = bench.submit(path)
    bench.worker(State.REJECTED, messages={"": "no"})
    late = bench.submit(path)

    assert [303, 303, 303] == [first.status, again.status, late.status]
    assert [bench.attempt().attempt_id] == bench.attempts()


def test_a_second_form_joins_the_attempt_that_is_under_way(bench: Bench) -> None:
    """One live attempt a connection: a second device sees the first one's."""
    path = bench.link(bench.add())
    bench.submit(path)

    second = bench.submit(path, "g" * 24)

    assert (303, f"{path}/status") == (second.status, second.headers["Location"])
    assert 1 == len(bench.attempts())
    assert 303 == bench.get(path).status


def test_after_an_end_the_next_form_is_a_new_attempt(bench: Bench) -> None:
    """A rejected try does not stand in the way of a better one."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.worker(State.REJECTED, messages={"setup_token": "no"})

    bench.submit(path, bench.get(f"{path}/status").hidden("form"))

    assert 2 == len(bench.attempts())
    assert State.SUBMITTED is bench.attempt().state


def test_an_abandoned_attempt_does_not_block_the_next(bench: Bench) -> None:
    """Whoever walked away may come back and start again."""
    path = bench.link(bench.add())
    bench.submit(path)
    bench.clock.advance(PATIENCE)

    assert 303 == bench.submit(path, "g" * 24).status
    assert 2 == len(bench.attempts())


def test_of_two_submissions_at_once_one_wins_and_both_see_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loser's write is refused; it looks again and finds the winner's attempt."""
    path = bench.link(bench.add())
    rival = bench.services.reconnecting.attempts
    begin = rival.begin
    raced: list[bool] = []

    def race(attempt: Any, connection: Any) -> None:
        if not raced:
            raced.append(True)
            assert 303 == bench.submit(path, "r" * 24).status
        begin(attempt, connection)

    monkeypatch.setattr(rival, "begin", race)
    answer = bench.submit(path)

    assert (303, f"{path}/status") == (answer.status, answer.headers["Location"])
    assert 1 == len(bench.attempts())
    assert 2 == len(queued())  # the loser makes sure that the winner's attempt is under way


def test_a_write_of_the_schedule_between_is_no_obstacle(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that settles in between costs a second look, not the owner's submission."""
    path = bench.link(bench.add())
    rival = bench.services.reconnecting.attempts
    begin = rival.begin
    raced: list[bool] = []

    def race(attempt: Any, connection: Any) -> None:
        if not raced:
            raced.append(True)
            raise Conflict
        begin(attempt, connection)

    monkeypatch.setattr(rival, "begin", race)

    assert 303 == bench.submit(path).status
    assert 1 == len(bench.attempts())


def test_losing_every_race_says_try_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an end to looking again."""
    path = bench.link(bench.add())

    def lose(*_: Any) -> None:
        raise Conflict

    monkeypatch.setattr(bench.services.reconnecting.attempts, "begin", lose)
    answer = bench.submit(path)

    assert (409, "5") == (answer.status, answer.headers["Retry-After"])


def test_a_submission_that_comes_as_the_bank_heals_changes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was red when the page was read may be green when it is written."""
    path = bench.link(bench.add())
    fields_of = bench.services.fields_of

    def heal(bank: Any) -> Any:
        bench.change(status=Status.GREEN, reason=None, red_since=None)
        return fields_of(bank)

    monkeypatch.setattr(bench.services, "fields_of", heal)
    answer = bench.submit(path)

    assert "Already fixed" == answer.title
    assert [] == bench.attempts()

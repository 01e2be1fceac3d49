"""What a link is good for, and what an attempt's state means once its time is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.attempts.attempting import (
    attempt_id_for,
    attempt_named,
    came_before,
    has_state,
    mark_of,
    new_state,
    turn_of,
    with_code,
)
from reconnect.attempts.standing import Standing, effective, live, standing
from relink.attempt import ENDED, PATIENCE, Attempt, Kind, State
from relink.links import link_for
from relink.reasons import Reason, Status
from tests.fakes import NOON, connection

RED = connection(status=Status.RED, reason=Reason.CREDENTIALS_REJECTED, red_since=NOON - 60)
LINK = link_for(RED, NOON)
PENDING = {"status": Status.ORANGE, "reason": Reason.FIRST_SYNC_PENDING}
ACCEPTED = connection(**PENDING, accepted_at=NOON + 50, live_until=NOON + 600)
LEASE = 180


def attempt(state: State = State.SUBMITTED, **facts: Any) -> Attempt:
    """Return an attempt made now."""
    values: dict[str, Any] = {
        "attempt_id": "att_1",
        "connection_id": "con_1",
        "workspace_id": "ws_1",
        "state": state,
        "created_at": NOON,
        "deadline": NOON + 600,
        "expires_at": NOON + 86_400,
        "credentials_version": 1,
        **facts,
    }
    return Attempt(**values)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Standing.OPEN),
        ({"status": Status.ORANGE}, Standing.OPEN),
        ({"tries": (NOON, NOON, NOON)}, Standing.PAUSED),
        ({"tries": (NOON, NOON, 0)}, Standing.OPEN),
        ({"status": Status.GREEN}, Standing.FIXED),
        ({"reason": Reason.BANK_NOT_SUPPORTED}, Standing.UNSUPPORTED),
        ({"reason": Reason.BANK_NOT_SUPPORTED, "status": Status.ORANGE}, Standing.OPEN),
        ({"status": Status.GREEN, "troubles": {"a": "access_not_granted"}}, Standing.OPEN),
        ({"status": Status.GREEN, "troubles": {"a": "bank_unavailable"}}, Standing.FIXED),
        ({"status": Status.GREEN, "troubles": {"a": "not a reason"}}, Standing.FIXED),
        ({"credentials_version": 2}, Standing.USED),
        ({"red_since": NOON + 60}, Standing.USED),
        ({"red_since": None, "status": Status.ORANGE}, Standing.FIXED),
        (
            {
                "credentials_version": 2,
                "status": Status.GREEN,
                "troubles": {"a": "access_not_granted"},
            },
            Standing.USED,
        ),
        ({"credentials_version": 2, "status": Status.ORANGE}, Standing.FIXED),
        ({"credentials_version": 2, "status": Status.GREEN}, Standing.FIXED),
    ],
)
def test_a_link_is_good_for_what_its_connection_needs(
    change: dict[str, Any], expected: Standing
) -> None:
    """It takes credentials only in place of those that it was issued against."""
    assert expected == standing(LINK, replace(RED, **change), None, NOON)


def test_an_expired_link_is_good_for_a_fresh_one() -> None:
    """Unless there is nothing left to mend."""
    later = LINK.expires_at

    assert Standing.EXPIRED == standing(LINK, RED, None, later)
    assert Standing.FIXED == standing(LINK, replace(RED, status=Status.GREEN), None, later)


@given(st.sampled_from(State), st.integers(0, 1200), st.integers(0, 1200))
def test_an_attempt_is_live_until_it_ends_or_is_given_up(
    state: State, deadline: int, until: int
) -> None:
    """While it is, no other may begin; after it, nothing stands in the way of one."""
    tried = attempt(state, deadline=NOON + deadline)
    held = replace(RED, live_attempt="att_1", live_until=NOON + until)

    expected = state not in ENDED and deadline > 0 and until > 0
    assert expected == live(tried, held, NOON)
    assert expected == (standing(LINK, held, tried, NOON) is Standing.UNDER_WAY)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.SUBMITTED, State.EXPIRED),
        (State.VERIFYING, State.INTERRUPTED),
        (State.ASKING, State.EXPIRED),
        (State.ANSWERED, State.EXPIRED),
        (State.WAITING, State.EXPIRED),
        (State.REDIRECTING, State.EXPIRED),
        *((state, state) for state in sorted(ENDED)),
    ],
)
def test_what_has_outlived_its_time_is_over(state: State, expected: State) -> None:
    """A call that may have been made is said to be one."""
    assert expected == effective(attempt(state), RED, NOON + 600)
    assert state == effective(attempt(state), RED, NOON + 599)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": State.ACCEPTED, "kind": Kind.HISTORICAL},
        {"state": State.VERIFYING, "resumable": True},
    ],
)
def test_what_the_worker_goes_on_with_is_not_over(facts: dict[str, Any]) -> None:
    """Its run has died, another follows: to say that it is over would be taken back minutes later.

    Until nothing bars another attempt any more.
    """
    begun = replace(attempt(State.SUBMITTED), **facts)
    held = replace(RED, live_until=NOON + 700)

    assert facts["state"] is effective(begun, held, NOON + 699)
    assert State.DONE is not effective(begun, held, NOON + 700) is not facts["state"]


@pytest.mark.parametrize("waited", [0, LEASE, PATIENCE - 1])
def test_after_the_bank_s_yes_the_accounts_are_fetched_until_the_worker_leaves_it(
    waited: int,
) -> None:
    """A run may have died, another follows; after that the schedule will make the first sync."""
    begun = attempt(State.ACCEPTED, deadline=NOON + 50 + LEASE)

    assert State.ACCEPTED == effective(begun, ACCEPTED, NOON + 50 + waited)
    assert State.DONE == effective(begun, ACCEPTED, NOON + 50 + PATIENCE)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.ORANGE, Reason.BANK_UNAVAILABLE), (Status.RED, Reason.CREDENTIALS_REJECTED)],
)
def test_a_first_sync_that_has_been_made_is_not_said_to_be_under_way(
    status: Status, reason: Reason
) -> None:
    """What has come of it is in the connection, whenever the attempt's last step is written."""
    made = replace(ACCEPTED, status=status, reason=reason)

    assert State.DONE == effective(attempt(State.ACCEPTED), made, NOON + 60)


def test_green_is_done() -> None:
    """Whatever the attempt's last step was: law 6 has been met."""
    green = replace(RED, status=Status.GREEN)

    assert State.DONE == effective(attempt(State.ACCEPTED), green, NOON)


def test_a_form_makes_one_attempt_of_one_connection() -> None:
    """The same mark is another attempt for another connection, and says nothing of either."""
    name = attempt_id_for(RED, "mark")

    assert name == attempt_id_for(RED, "mark")
    assert name != attempt_id_for(RED, "other")
    assert name != attempt_id_for(connection(connection_id="con_2"), "mark")
    assert "mark" not in name


def test_each_challenge_has_a_mark_of_its_own() -> None:
    """The next question of the same attempt is another turn."""
    asked = attempt(State.ASKING)

    assert turn_of(asked) == turn_of(replace(asked, prompt="again"))
    assert turn_of(asked) != turn_of(replace(asked, deadline=asked.deadline + 1))


def test_a_state_names_its_attempt_and_cannot_be_guessed() -> None:
    """Two of the same attempt differ, and only the one that it was given is its own."""
    name = attempt_id_for(RED, "mark")
    state, other = new_state(name), new_state(name)
    given = attempt(attempt_id=name, presence={"state_mark": mark_of(name, state)})

    assert state != other
    assert [name, name] == [attempt_named(state), attempt_named(other)]
    assert [True, False] == [has_state(given, state), has_state(given, other)]


@given(st.text(max_size=100))
def test_what_has_no_shape_of_a_state_names_nothing(text: str) -> None:
    """And is the state of no attempt, not even of one that was given none."""
    name = attempt_id_for(RED, "mark")

    assert not attempt_named(text)
    assert not has_state(attempt(presence={"state_mark": mark_of("att_1", new_state(name))}), text)
    assert not has_state(attempt(), text)


def test_a_code_is_remembered_by_its_hash() -> None:
    """Each that came; the code itself is sealed, and stands nowhere else."""
    noted = with_code(with_code(attempt(presence={"ip": "192.0.2.1"}), "first"), "second")

    assert [True, True, False] == [came_before(noted, c) for c in ("first", "second", "third")]
    assert "first" not in str(noted)
    assert "192.0.2.1" == noted.presence["ip"]
    assert (noted, False) == (with_code(noted, ""), came_before(noted, ""))

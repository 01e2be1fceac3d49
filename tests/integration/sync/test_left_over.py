"""An access that an attempt had obtained, and that nobody keeps, is ended at its provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempt import State
from relink.clock import DAY
from relink.disconnecting import TOUCHED, Data, disconnected
from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Ask, Field, Redirect, Rejected, Secret
from relink.reasons import Reason, Status
from sync.attempts.progress import AFTER_THE_END
from sync.visits.claiming import LEASE
from tests.integration.sync.attempting import ACCEPTED, Killed, go_on, red, stored, submit
from tests.integration.sync.giving_up import DOWN, OLD, credentials, end, waiting
from tests.stumbling import stumble

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench

OBTAINED = b"an access by a spent token"
CODE = Ask((Field("code", "Code", "otp"),), "Enter the code", OBTAINED)
AWAY = Redirect("https://bank.example/allow", OBTAINED)


def obtains(bench: Bench, *outcomes: Outcome | Exception) -> None:
    """Let each login keep an access before the bank says anything of it."""
    bench.provider.separate = True
    bench.provider.obtained = Secret  # type: ignore[attr-defined]
    answers = list(outcomes)

    def authenticate(_: Connection, login: Login, __: int) -> Outcome:
        if login.continuation is None:
            login.keep(OBTAINED)
        outcome = answers.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    bench.provider.authenticate = authenticate  # type: ignore[method-assign,assignment]


def first(bench: Bench) -> Connection:
    """Store a connection that never had credentials."""
    return bench.add(
        credentials_version=0, status=Status.ORANGE, reason=Reason.AWAITING_CREDENTIALS
    )


@pytest.mark.parametrize("prepare", [red, first])
@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Misconfigured(Reason.MISCONFIGURED), State.UNAVAILABLE),
        (Rejected({"": "No account"}), State.REJECTED),
        (NeedsOwner(Reason.ACTION_AT_BANK), State.REJECTED),
    ],
)
def test_an_attempt_that_comes_to_nothing_leaves_no_access(
    bench: Bench, prepare: Any, outcome: Any, state: State
) -> None:
    """Nobody would know of it any more; what the connection has is left alone."""
    before = prepare(bench)
    obtains(bench, outcome)
    submit(bench)

    assert state is go_on(bench)
    assert (True, None, 1) == (bench.now().retired, stored(bench).continuation, waiting(bench))
    end(bench)
    assert ([OBTAINED], False) == (bench.provider.ended, bench.now().retired)
    assert (["con_1"] if before.credentials_version else []) == credentials(bench)


def test_trouble_that_lasts_ends_the_access_with_the_attempt(bench: Bench) -> None:
    """As long as it is gone on with, the access is kept: the token is spent."""
    red(bench)
    obtains(bench, *[Temporary(Reason.BANK_UNAVAILABLE)] * 50)
    submit(bench)
    while go_on(bench) is State.WAITING:
        end(bench)
        assert [] == bench.provider.ended
        bench.clock.advance(15)

    assert State.UNAVAILABLE is stored(bench).state
    end(bench)
    assert [OBTAINED] == bench.provider.ended


@pytest.mark.parametrize(("outcome", "hops"), [(CODE, 1), (AWAY, 2)])
def test_an_owner_who_never_comes_back_leaves_no_access(
    bench: Bench, outcome: Any, hops: int
) -> None:
    """A message looks when his time is over; SQS delays none for longer than fifteen minutes."""
    red(bench)
    obtains(bench, outcome)
    submit(bench)
    state = go_on(bench)
    for hop in range(hops):
        assert hop + 1 == waiting(bench)
        assert state is not State.EXPIRED
        bench.clock.advance(900)
        state = go_on(bench, run=f"run {hop}")

    assert State.EXPIRED is state
    end(bench)
    assert [OBTAINED] == bench.provider.ended


def test_an_owner_who_has_left_nothing_is_not_looked_after(bench: Bench) -> None:
    """A challenge without an access costs no message."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(CODE)

    assert State.ASKING is go_on(bench)
    assert 0 == waiting(bench)


def test_an_attempt_that_another_overtakes_leaves_no_access(bench: Bench) -> None:
    """The later one's access is the connection's; the earlier one's is ended."""
    red(bench)
    obtains(bench, CODE, replace(ACCEPTED, secret=Secret(b"the new password")))
    submit(bench)
    go_on(bench)
    submit(bench, "att_2")
    assert State.DONE is go_on(bench, "att_2")

    assert State.EXPIRED is go_on(bench, run="late")
    end(bench)
    assert {OLD, OBTAINED} == set(bench.provider.ended)
    assert Status.GREEN is bench.now().status


@pytest.mark.parametrize("method", ["transact_write_items"])
@pytest.mark.parametrize("after", [False, True])
def test_no_stop_at_the_end_loses_the_access(bench: Bench, method: str, *, after: bool) -> None:
    """The message of its end is sent before the end is written, and comes after it."""
    red(bench)
    obtains(bench, CODE)
    submit(bench)
    go_on(bench)
    bench.clock.advance(900)

    def die(real: Any, arguments: dict[str, Any]) -> Any:
        if after:
            real(**arguments)
        raise Killed

    stumble(bench.client, method, die)
    with pytest.raises(Killed):
        go_on(bench, run="killed")
    bench.clock.advance(LEASE + AFTER_THE_END)
    go_on(bench, run="next")
    assert 2 <= waiting(bench)
    end(bench)

    assert ([OBTAINED], ["con_1"]) == (bench.provider.ended, credentials(bench))


def test_the_present_access_is_not_ended_as_a_leftover(bench: Bench) -> None:
    """A login that renews in place carries the connection's own access with it."""
    red(bench)
    obtains(bench, Rejected({"": "No"}))
    bench.provider.separate = False
    submit(bench)
    go_on(bench)
    end(bench)

    assert ([], False, ["con_1"]) == (
        bench.provider.ended,
        bench.now().retired,
        credentials(bench),
    )


def test_a_leftover_nobody_syncs_is_tried_again_by_the_clock(bench: Bench, log: Any) -> None:
    """For a day; then operators are told, by the line that their alarm counts."""
    first(bench)
    obtains(bench, Rejected({"": "No"}))
    submit(bench)
    go_on(bench)
    bench.provider.ends += [DOWN, DOWN, DOWN]
    end(bench)
    assert (True, 2) == (bench.now().retired, waiting(bench))
    bench.clock.advance(DAY)
    assert "operator needed" not in log.getvalue()
    end(bench, "next")

    assert (False, []) == (bench.now().retired, credentials(bench))
    assert "operator needed" in log.getvalue()
    assert OBTAINED.decode() not in log.getvalue()


def test_a_disconnect_ends_what_is_left_over_too(bench: Bench) -> None:
    """With the rest."""
    red(bench)
    obtains(bench, Rejected({"": "No"}))
    submit(bench)
    go_on(bench)
    before = bench.now()
    bench.connections.save(before, disconnected(before, Data.DELETE, bench.clock()), expect=TOUCHED)
    end(bench)

    assert ({OLD, OBTAINED}, []) == (set(bench.provider.ended), credentials(bench))


def test_an_adapter_that_fails_to_read_it_keeps_no_attempt_from_its_end(
    bench: Bench, log: Any
) -> None:
    """Operators are told; the owner may begin again."""
    red(bench)
    obtains(bench, Rejected({"": "No"}))

    def broken(_: bytes) -> Secret:
        raise ValueError("the secret words")

    bench.provider.obtained = broken  # type: ignore[attr-defined]
    submit(bench)

    assert State.REJECTED is go_on(bench)
    assert "fault of ours" in log.getvalue()
    assert "the secret words" not in log.getvalue()


@pytest.mark.parametrize("way", ["accepted", "refused password"])
def test_each_change_of_colour_by_an_attempt_is_one_line(bench: Bench, log: Any, way: str) -> None:
    """From red to orange with the bank's yes, to green with the sync; or to red at once."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED if way == "accepted" else Rejected({"": "No"}))
    go_on(bench)
    lines = [line for line in log.getvalue().splitlines() if '"status changed"' in line]

    expected = ["red -> orange", "orange -> green"] if way == "accepted" else []
    assert expected == [change for line in lines for change in expected if change in line]
    assert len(expected) == len(lines)


def test_what_was_stored_is_retired_sealed(bench: Bench) -> None:
    """Nobody reads it off the table."""
    first(bench)
    obtains(bench, Rejected({"": "No"}))
    submit(bench)
    go_on(bench)

    item = bench.client.get_item(
        TableName=bench.vault.table, Key=encode({"connection_id": "retired#con_1"})
    )["Item"]
    assert OBTAINED not in item["boxes"]["L"][0]["B"]

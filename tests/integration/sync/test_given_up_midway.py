"""A bank given up in the middle of an attempt: what the attempt has obtained is ended, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from reconnect.api.disconnecting import DisconnectApi
from relink.attempt import State
from relink.disconnecting import Data
from relink.provider import Secret
from relink.queues import Queue
from relink.writes import Conflict
from sync.visits.claiming import LEASE
from tests.integration.sync.attempting import Killed, go_on, red, stored, submit
from tests.integration.sync.giving_up import OLD, credentials, end
from tests.integration.sync.test_left_over import AWAY, CODE, OBTAINED, first, obtains
from tests.stumbling import stumble

if TYPE_CHECKING:
    from relink.connection import Connection
    from relink.provider import Login, Outcome
    from tests.integration.sync.conftest import Bench


def give_up(bench: Bench, data: Data = Data.KEEP) -> None:
    """Have the owner press the button, as the API carries it out."""
    queue = Queue(boto3.client("sqs"), bench.attempt_queue_url)
    api = DisconnectApi(bench.connections, bench.attempts, lambda: queue, Logger(service="api"))
    api._decide(bench.now(), data, bench.clock())


def meanwhile(bench: Bench, data: Data, *, before: bool) -> None:
    """Have the owner give up while the bank is called: before what it gives is kept, or after."""
    real = bench.provider.authenticate

    def authenticate(connection: Connection, login: Login, now: int) -> Outcome:
        if before:
            give_up(bench, data)
        outcome = real(connection, login, now)
        if not before:
            give_up(bench, data)
        return outcome

    bench.provider.authenticate = authenticate  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("prepare", "outcome", "state", "data"),
    [
        (red, CODE, State.ASKING, Data.KEEP),
        (first, CODE, State.ASKING, Data.KEEP),
        (red, AWAY, State.REDIRECTING, Data.DELETE),
    ],
)
def test_what_an_attempt_has_obtained_so_far_is_ended(
    bench: Bench, prepare: Any, outcome: Any, state: State, data: Data
) -> None:
    """Its continuation alone holds it, which only the worker opens: it goes before the rest."""
    before = prepare(bench)
    obtains(bench, outcome)
    submit(bench)
    assert state is go_on(bench)
    give_up(bench, data)
    end(bench)

    assert {OBTAINED, *([OLD] if before.credentials_version else [])} == set(bench.provider.ended)
    assert (State.EXPIRED, None) == (stored(bench).state, stored(bench).continuation)
    assert [] == credentials(bench)
    gone = data is Data.DELETE or not before.credentials_version
    assert gone is (bench.connections.get("con_1") is None)


@pytest.mark.parametrize(
    ("data", "before", "spent"),
    [
        (Data.KEEP, False, True),
        (Data.KEEP, False, False),
        (Data.DELETE, True, True),
        (Data.DELETE, True, False),
    ],
)
def test_what_it_obtains_meanwhile_is_ended(
    bench: Bench, data: Data, *, before: bool, spent: bool
) -> None:
    """The bank's question comes to nobody; the access that came with it must not stay."""
    red(bench)
    obtains(bench, CODE)
    if not spent:
        bench.provider.authenticate = lambda *_: CODE  # type: ignore[method-assign]
    submit(bench)
    meanwhile(bench, data, before=before)
    with pytest.raises(Conflict):
        go_on(bench)
    bench.clock.advance(LEASE)
    end(bench)

    assert {OLD, OBTAINED} == set(bench.provider.ended)
    assert (State.EXPIRED, []) == (stored(bench).state, credentials(bench))


def test_what_comes_after_the_connection_is_gone_is_ended_at_once(bench: Bench) -> None:
    """A call that outlasts its lease finds nothing left to keep it with."""
    red(bench)
    bench.provider.separate = True
    bench.provider.obtained = Secret  # type: ignore[attr-defined]

    def slow(*_: Any) -> Outcome:
        give_up(bench, Data.DELETE)
        bench.clock.advance(LEASE)
        end(bench)
        return CODE

    bench.provider.authenticate = slow  # type: ignore[method-assign,assignment]
    submit(bench)
    with pytest.raises(Conflict):
        go_on(bench)

    assert [OLD, OBTAINED] == bench.provider.ended


def test_a_token_spent_for_an_attempt_that_is_over_leaves_no_access(bench: Bench) -> None:
    """What cannot be kept with it any more is ended before anything else."""
    red(bench)
    obtains(bench, CODE)
    real = bench.provider.authenticate

    def slow(connection: Connection, login: Login, now: int) -> Outcome:
        bench.clock.advance(LEASE)
        assert State.INTERRUPTED is go_on(bench, run="other")
        return real(connection, login, now)

    bench.provider.authenticate = slow  # type: ignore[method-assign]
    submit(bench)
    with pytest.raises(Conflict):
        go_on(bench)

    assert ([OBTAINED], ["con_1"]) == (bench.provider.ended, credentials(bench))


def test_the_access_that_the_connection_has_is_left_alone(bench: Bench) -> None:
    """A login that renews in place carries it along, and the connection goes on with it."""
    red(bench)
    obtains(bench, CODE)
    bench.provider.separate = False
    real = bench.provider.authenticate

    def slow(connection: Connection, login: Login, now: int) -> Outcome:
        bench.clock.advance(LEASE)
        go_on(bench, run="other")
        return real(connection, login, now)

    bench.provider.authenticate = slow  # type: ignore[method-assign]
    submit(bench)
    with pytest.raises(Conflict):
        go_on(bench)

    assert [] == bench.provider.ended


@pytest.mark.parametrize("written", [False, True])
def test_no_stop_of_the_worker_loses_it(bench: Bench, *, written: bool) -> None:
    """The attempt ends with what it had obtained retired, or not at all."""
    red(bench)
    obtains(bench, CODE)
    submit(bench)
    go_on(bench)
    give_up(bench, Data.DELETE)

    def die(real: Any, arguments: dict[str, Any]) -> Any:
        if written:
            real(**arguments)
        raise Killed

    stumble(bench.client, "transact_write_items", die)
    with pytest.raises(Killed):
        end(bench)
    bench.clock.advance(LEASE)
    end(bench, "next")

    assert {OLD, OBTAINED} == set(bench.provider.ended)
    assert bench.connections.get("con_1") is None


def test_an_attempt_after_it_goes_on(bench: Bench) -> None:
    """Who connects the bank again at once keeps his attempt; what is ended is the one before."""
    red(bench)
    obtains(bench, CODE, CODE)
    submit(bench)
    go_on(bench)
    give_up(bench)
    submit(bench, "att_2")
    end(bench)

    assert (State.SUBMITTED, "att_2") == (stored(bench, "att_2").state, bench.now().live_attempt)
    assert State.EXPIRED is go_on(bench, run="its own message")
    end(bench)
    assert {OLD, OBTAINED} == set(bench.provider.ended)


def test_a_submitted_form_is_not_tried(bench: Bench) -> None:
    """Its answers have gone with the connection."""
    red(bench)
    submit(bench)
    give_up(bench)
    assert stored(bench).answers is None

    assert State.EXPIRED is go_on(bench)
    assert [] == bench.provider.seen

"""An access that another has replaced is ended, and nothing else with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relink.attempt import State
from relink.clock import DAY
from relink.disconnecting import TOUCHED, Data, disconnected
from relink.failures import Temporary
from relink.provider import Accepted, Secret
from relink.reasons import Reason, Status
from tests.fakes import NOON, account
from tests.integration.sync.attempting import ACCEPTED, go_on, red, submit
from tests.integration.sync.giving_up import DOWN, NEW, OLD, credentials, end, give_up, waiting

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


def test_whoever_connects_again_has_a_new_access_and_the_old_one_is_ended(bench: Bench) -> None:
    """Also if the provider had not been reached by then."""
    bench.provider.separate = True
    give_up(bench)
    bench.provider.ends.append(DOWN)
    end(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench)
    assert bench.provider.seen[0].secret is None
    now = bench.now()
    assert (Status.GREEN, None, "", True) == (
        now.status,
        now.disconnected_at,
        now.ending,
        now.retired,
    )
    bench.provider.ended.clear()
    end(bench, "next")
    assert ([OLD], ["con_1"]) == (bench.provider.ended, credentials(bench))


def test_the_accounts_are_known_again_after_a_disconnect(bench: Bench) -> None:
    """Their ids and names stay as long as the data do; a login with others is refused."""
    give_up(bench)
    end(bench)
    before = bench.ledger.accounts("con_1")
    submit(bench)
    bench.provider.logins.append(Accepted(Secret(NEW), (account(number="9"),)))
    assert State.REJECTED is go_on(bench)
    submit(bench, "att_2")
    bench.provider.logins.append(ACCEPTED)

    assert State.DONE is go_on(bench, "att_2")
    assert [a.account_id for a in before] == [a.account_id for a in bench.ledger.accounts("con_1")]


def test_a_replaced_access_is_ended_once_the_new_one_has_synced(bench: Bench) -> None:
    """Never before: if the new one turned out not to work, the old one might be all there is."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    bench.provider.syncs.appendleft(Temporary(Reason.BANK_UNAVAILABLE))
    go_on(bench)
    end(bench)
    assert ([], ["con_1", "retired#con_1"]) == (bench.provider.ended, credentials(bench))

    bench.clock.advance(6 * 3600)
    bench.sync(9)
    assert 1 == waiting(bench)
    end(bench)
    assert ([OLD], ["con_1"], False) == (
        bench.provider.ended,
        credentials(bench),
        bench.now().retired,
    )
    assert Status.GREEN is bench.now().status


def test_an_access_that_was_renewed_in_place_is_not_ended(bench: Bench) -> None:
    """It is the present one."""
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)

    assert (False, ["con_1"], 0) == (bench.now().retired, credentials(bench), waiting(bench))


def test_a_replaced_access_that_cannot_be_ended_harms_nothing(bench: Bench, log: Any) -> None:
    """It is tried after each success for a day, logged, and then left to end by itself."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)
    bench.provider.ends += [DOWN, DOWN]
    end(bench)
    assert bench.now().retired
    bench.clock.advance(DAY)
    end(bench, "next")

    assert (False, ["con_1"]) == (bench.now().retired, credentials(bench))
    assert Status.GREEN is bench.now().status
    assert "access not ended" in log.getvalue()


def test_two_accesses_replaced_in_a_row_are_both_ended(bench: Bench) -> None:
    """None is forgotten because another came."""
    bench.provider.separate = True
    red(bench)
    for name, secret in (("att_1", NEW), ("att_2", b"newer")):
        submit(bench, name)
        bench.provider.logins.append(Accepted(Secret(secret), (account(),)))
        go_on(bench, name)
    end(bench)

    assert ([OLD, NEW], ["con_1"]) == (bench.provider.ended, credentials(bench))


def test_a_disconnect_ends_what_had_been_replaced_too(bench: Bench) -> None:
    """Nothing that we were given outlives it."""
    bench.provider.separate = True
    red(bench)
    submit(bench)
    bench.provider.logins.append(ACCEPTED)
    go_on(bench)
    before = bench.now()
    bench.connections.save(before, disconnected(before, Data.KEEP, NOON), expect=TOUCHED)
    end(bench)

    assert ([NEW, OLD], []) == (bench.provider.ended, credentials(bench))
    assert not bench.now().retired

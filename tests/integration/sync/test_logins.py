"""The tries of a login are counted wherever it is entered, as its bank counts them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from relink.attempt import Kind, State, submitted
from relink.clock import DAY
from relink.connection import Method
from relink.failures import NeedsOwner, Temporary
from relink.items import decode
from relink.provider import Accepted, Rejected, Secret
from relink.queues import AttemptMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import change
from relink.writes import Conflict
from sync.credentials.logins import LOGIN_TRIED, Logins, Tries
from tests.fakes import BANK, NOON, account
from tests.integration.sync.attempting import Killed, die_in, go_on, stored
from tests.integration.sync.conftest import DEADLINE
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench

NO = Rejected({"password": "Wrong password."})
YES = Accepted(Secret(b"the new password"), (account(),), NOON + 90 * DAY)
UNREACHED = Temporary(Reason.NOT_REACHED, reached=False)


def first(bench: Bench, number: int, **facts: Any) -> str:
    """Store a connection that has never had credentials; return its id."""
    new = {"status": Status.ORANGE, "reason": Reason.AWAITING_CREDENTIALS}
    bank = replace(BANK, method=Method.DIRECT)
    name = f"con_{number}"
    bench.add(**{"connection_id": name, "credentials_version": 0, "bank": bank, **new, **facts})
    return name


def enter(bench: Bench, number: int, user: str = "ana", **more: str) -> State | None:
    """Enter a login for a connection of that number, as its form does, and have it tried."""
    begin(bench, number, {"user": user, "password": "s3cret", **more})
    return go_on(bench, f"att_{number}")


def begin(bench: Bench, number: int, answers: dict[str, str], kind: Kind = Kind.RECONNECT) -> None:
    """Store an attempt with these answers."""
    before = bench.now(f"con_{number}")
    name = f"{'old' if kind is Kind.HISTORICAL else 'att'}_{number}"
    sealed = bench.intake.seal(answers, before, name)
    attempt = submitted(before, name, sealed, {}, bench.clock(), kind=kind)
    after = replace(before, live_attempt=name, live_until=attempt.deadline)
    bench.attempts.begin(attempt, change(before, after, expect=("live_attempt", "live_until")))


def refused_thrice(bench: Bench) -> None:
    """Enter one login three times, each for another connection; the bank says no."""
    bench.provider.logins += [NO] * 3
    for number in range(3):
        first(bench, number)
        assert State.REJECTED is enter(bench, number)


def logins(bench: Bench) -> list[dict[str, Any]]:
    """Return what is stored of logins."""
    items = bench.client.scan(TableName=bench.vault.state)["Items"]
    return [decode(i) for i in items if i["name"]["S"].startswith("login#")]


def test_the_bank_added_again_gives_a_login_no_more_tries(bench: Bench) -> None:
    """Three a day, whichever connection they are entered for: the fourth does not leave."""
    refused_thrice(bench)
    first(bench, 3)

    assert State.REFUSED is enter(bench, 3)
    assert 3 == len(bench.provider.seen)
    assert (3, 3) == (bench.now("con_3").tries_left(NOON), stored(bench, "att_3").tries_left)


def test_another_workspace_gives_it_none_either(bench: Bench) -> None:
    """The bank does not know whose connection it is."""
    refused_thrice(bench)
    first(bench, 3, workspace_id="ws_2", owner_id="own_2")

    assert State.REFUSED is enter(bench, 3)


def test_a_reconnect_counts_as_well(bench: Bench) -> None:
    """And is refused as well: with a user name, every way is the same to the bank."""
    refused_thrice(bench)
    bank = replace(BANK, method=Method.DIRECT)
    bench.add(connection_id="con_3", bank=bank, status=Status.RED, red_since=NOON - 9)

    assert State.REFUSED is enter(bench, 3)


def test_it_is_told_until_when(bench: Bench) -> None:
    """A day after the first of the three; then it may be tried again."""
    bench.provider.logins += [NO] * 4
    for number in range(4):
        first(bench, number)
        enter(bench, number)
        bench.clock.advance(60)
    told = stored(bench, "att_3")

    assert (NOON + DAY, {"": LOGIN_TRIED}) == (told.paused_until, told.messages)
    bench.clock.now = NOON + DAY
    first(bench, 4)
    assert State.REJECTED is enter(bench, 4)
    first(bench, 5)
    assert State.REFUSED is enter(bench, 5)


def test_a_try_that_did_not_reach_the_bank_is_given_back(bench: Bench) -> None:
    """The bank has counted nothing."""
    bench.provider.logins += [NO, NO, UNREACHED, NO]
    for number in range(4):
        first(bench, number)
        enter(bench, number)
    states = [stored(bench, f"att_{n}").state for n in range(4)]

    assert [State.REJECTED, State.REJECTED, State.UNAVAILABLE, State.REJECTED] == states


def test_one_that_may_have_reached_it_is_not(bench: Bench) -> None:
    """Nor is one that the process died with: it is counted before the bank is called."""
    first(bench, 0)
    first(bench, 1)
    bench.provider.logins += [Temporary(Reason.BANK_UNAVAILABLE)]
    enter(bench, 0)
    die_in(bench, "authenticate")
    with pytest.raises(Killed):
        enter(bench, 1)

    [item] = logins(bench)
    assert (NOON, NOON) == (item["try#att_0"], item["try#att_1"])


def test_the_banks_yes_forgets_the_tries_before_it(bench: Bench) -> None:
    """The bank forgets them, too."""
    bench.provider.logins += [NO, NO, YES, NO, NO, NO]
    for number in range(6):
        first(bench, number)
        enter(bench, number)
        bench.clock.advance(1)
    first(bench, 6)

    assert State.DONE is stored(bench, "att_2").state
    assert State.REFUSED is enter(bench, 6)
    assert 6 == len(bench.provider.seen)


def test_two_tries_at_the_same_moment_are_counted_one_after_the_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has read what another has changed since does not call the bank, but looks again."""
    bench.provider.logins += [NO, NO]
    first(bench, 0)
    first(bench, 1)
    real = Logins.tries
    monkeypatch.setattr(Logins, "tries", lambda _, login: Tries(login))
    enter(bench, 0)
    with pytest.raises(Conflict):
        enter(bench, 1)
    assert 1 == len(bench.provider.seen)

    monkeypatch.setattr(Logins, "tries", real)
    record = {"messageId": "m", "body": to_body(AttemptMessage("att_1"))}
    assert [] == bench.worker.handle([record], "again", DEADLINE)
    assert State.REJECTED is stored(bench, "att_1").state


def accepted(bench: Bench) -> None:
    """Connect the first bank, and have its stored password refused a day later."""
    first(bench, 0)
    bench.provider.logins.append(YES)
    assert State.DONE is enter(bench, 0)
    bench.clock.advance(DAY)


def test_what_the_schedule_has_refused_counts_for_the_login(bench: Bench) -> None:
    """Two more are safe, and no third, also for the bank when it is added again."""
    accepted(bench)
    bench.provider.syncs[0] = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)
    bench.sync(5, "con_0")
    bench.provider.logins += [NO] * 2
    states = []
    for number in range(1, 4):
        first(bench, number)
        states.append(enter(bench, number))

    assert [State.REJECTED, State.REJECTED, State.REFUSED] == states
    assert Status.RED is bench.now("con_0").status


def test_no_stop_loses_what_the_schedule_has_had_refused(bench: Bench) -> None:
    """It is counted before it is settled: the bank has counted it, whatever becomes of us."""
    accepted(bench)
    bench.provider.syncs[0] = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)

    def die(*_: Any) -> None:
        raise Killed

    stumble(bench.client, "transact_write_items", die)  # what settles a change of colour
    with pytest.raises(Killed):
        bench.sync(5, "con_0")

    [item] = logins(bench)
    assert [f"try#con_0#1#{bench.clock()}"] == [n for n in item if n.startswith("try#con_0")]


def test_a_try_is_counted_though_an_attempt_writes_at_that_moment(bench: Bench) -> None:
    """An owner tries the same login for another connection: both counts are one tally."""
    accepted(bench)
    bench.provider.syncs[0] = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)
    real, met = bench.client.update_item, [refusal("TransactionConflictException")]

    def update(**arguments: Any) -> Any:
        if met and "login#" in str(arguments["Key"]):
            raise met.pop()
        return real(**arguments)

    bench.client.update_item = update  # type: ignore[method-assign]
    bench.sync(5, "con_0")

    [item] = logins(bench)
    assert ([], 1) == (met, len([n for n in item if n.startswith("try#con_0")]))


def test_two_refusals_of_the_same_credentials_are_two_tries(bench: Bench) -> None:
    """Each was a call of its own."""
    accepted(bench)
    bench.provider.syncs[0] = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)
    for cycle in (5, 6):
        bench.sync(cycle, "con_0")
        before = bench.now("con_0")
        again = replace(before, status=Status.ORANGE, red_since=None, reason=Reason.UNKNOWN, slot=0)
        bench.connections.save(before, again, expect=("lease",))
        bench.clock.advance(6 * 3600)

    [item] = logins(bench)
    assert 2 == len([n for n in item if n.startswith("try#con_0")])


def test_a_schedule_that_cannot_count_settles_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the message would come again, and with it the wrong password."""
    accepted(bench)
    bench.provider.syncs[0] = NeedsOwner(Reason.CREDENTIALS_REJECTED, scope=Scope.CONNECTION)

    def fail(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(Logins, "noted", fail)

    assert [] == bench.sync(5, "con_0")
    assert Status.RED is bench.now("con_0").status


def test_a_login_for_old_movements_counts_for_whose_password_it_sends(bench: Bench) -> None:
    """And waits with the others."""
    accepted(bench)
    bench.provider.history_by_login = True
    bench.provider.logins += [NO] * 3
    for number in range(1, 4):
        first(bench, number)
        enter(bench, number)
    begin(bench, 0, {}, Kind.HISTORICAL)

    assert State.REFUSED is go_on(bench, "old_0")


def test_a_first_login_that_is_refused_turns_nothing_red(bench: Bench) -> None:
    """So no notice and no mail follow from it: only the app leads to a first connect."""
    refused_thrice(bench)
    now = bench.now("con_0")

    assert (Status.ORANGE, None, Reason.AWAITING_CREDENTIALS) == (
        now.status,
        now.red_since,
        now.reason,
    )


def test_tries_of_days_ago_leave_the_item(bench: Bench) -> None:
    """It stays as small as a day's tries are few."""
    bench.provider.logins += [NO] * 4
    for number in range(4):
        first(bench, number)
        enter(bench, number)
        bench.clock.advance(DAY // 2)

    [item] = logins(bench)
    assert {"try#att_2", "try#att_3"} == {name for name in item if name.startswith("try#")}
    assert 4 == item["turn"]

"""What ends an access: its owner has given it up, or another has replaced it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.attempts import State
from relink.connection import DAY
from relink.disconnecting import TOUCHED, Data, disconnected
from relink.failures import Misconfigured, NeedsOwner, Temporary
from relink.items import encode
from relink.provider import Accepted, Secret, SyncResult
from relink.queues import EndMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.trail import EVENT
from sync.claiming import LEASE
from tests.fakes import NOON, account
from tests.integration.sync.conftest import DEADLINE
from tests.integration.sync.test_attempts import ACCEPTED, Killed, die_in, go_on, red, submit
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.sync.conftest import Bench

OLD, NEW = b"the old password", b"the new password"
DOWN = Temporary(Reason.PROVIDER_UNAVAILABLE, scope=Scope.PROVIDER)


def give_up(bench: Bench, data: Data = Data.KEEP, **facts: Any) -> Connection:
    """Store a connection with data, and have its owner give it up."""
    before = bench.add(last_success_at=NOON - 60, **facts)
    bench.ledger.store("con_1", SyncResult((account(),), next_cursor="c"), NOON - 60)
    after = disconnected(before, data, bench.clock())
    bench.connections.save(before, after, expect=TOUCHED)
    return after


def end(bench: Bench, run: str = "run") -> list[str]:
    """Deliver the message once; return what must come again."""
    record = {"messageId": "m", "body": to_body(EndMessage("con_1"))}
    return bench.worker.handle([record], run, DEADLINE)


def waiting(bench: Bench) -> int:
    """Return how many messages wait."""
    return bench.queued(bench.attempt_queue_url)


def credentials(bench: Bench) -> list[str]:
    """Return the keys of all that is in the Credentials table."""
    items = bench.client.scan(TableName=bench.vault.table)["Items"]
    return sorted(i["connection_id"]["S"] for i in items)


def ledger(bench: Bench) -> list[str]:
    """Return the keys of all data in the Ledger, and of the trail once nothing else is there."""
    found = sorted(i["sk"]["S"] for i in bench.client.scan(TableName=bench.ledger.table)["Items"])
    return [key for key in found if not key.startswith("event#")] or found


def told(bench: Bench) -> list[str]:
    """Return the keys of what the bank told, without the trail of the connection's own life."""
    return [sk for sk in ledger(bench) if not sk.startswith(EVENT)]


def test_an_access_given_up_is_ended_and_its_credentials_are_deleted(bench: Bench) -> None:
    """The data stay, as the owner asked."""
    given_up = give_up(bench)

    assert [] == end(bench)
    assert ([OLD], [], 0) == (bench.provider.ended, credentials(bench), waiting(bench))
    assert replace(given_up, ending="") == bench.now()
    assert 2 == len(told(bench))
    end(bench)
    assert [OLD] == bench.provider.ended


def test_with_its_data_the_connection_goes_too(bench: Bench) -> None:
    """Last of all, so that whatever is left is found by it."""
    give_up(bench, Data.DELETE)
    end(bench)

    assert ([OLD], [], []) == (bench.provider.ended, credentials(bench), ledger(bench))
    assert bench.connections.get("con_1") is None
    assert [] == end(bench)


def test_more_data_than_there_is_time_for_is_deleted_in_turns(bench: Bench) -> None:
    """Each message deletes as much as it can."""
    give_up(bench, Data.DELETE)
    batch = [
        {"PutRequest": {"Item": encode({"connection_id": "con_1", "sk": f"booked#{n:03}"})}}
        for n in range(20)
    ]
    for start in range(3):
        names = [{**b["PutRequest"]["Item"]} for b in batch]
        for name in names:
            name["sk"] = {"S": f"{name['sk']['S']}#{start}"}
        requests: Any = [{"PutRequest": {"Item": n}} for n in names]
        bench.client.batch_write_item(RequestItems={bench.ledger.table: requests})
    real, calls = bench.client.batch_write_item, []

    def slow(**arguments: Any) -> Any:
        calls.append(arguments)
        bench.clock.now = DEADLINE
        return real(**arguments)

    bench.client.batch_write_item = slow  # type: ignore[method-assign]
    end(bench)

    assert (1, 1) == (len(calls), waiting(bench))
    assert (Data.DELETE, "") == (bench.now().ending, bench.now().lease)
    record = {"messageId": "m", "body": to_body(EndMessage("con_1"))}
    bench.worker.handle([record], "next", DEADLINE + 100)
    assert ([], None) == (ledger(bench), bench.connections.get("con_1"))
    assert [OLD] == bench.provider.ended


@pytest.mark.parametrize(
    "error", [DOWN, NeedsOwner(Reason.CREDENTIALS_REJECTED), ValueError("a bug")]
)
def test_a_provider_that_does_not_end_it_is_asked_for_a_day(bench: Bench, error: Any) -> None:
    """The credentials stay for so long: without them, nobody could end it."""
    give_up(bench)
    bench.provider.ends += [error] * 2
    for run in ("first", "second"):
        assert [] == end(bench, run)
        assert (["con_1"], "") == (credentials(bench), bench.now().lease)
        bench.clock.advance(900)
    assert 2 == waiting(bench)
    end(bench, "third")

    assert (3, []) == (len(bench.provider.ended), credentials(bench))


def test_after_a_day_the_credentials_go_and_an_operator_is_told(bench: Bench, log: Any) -> None:
    """What we hold is deleted whatever a provider does; the rest is a person's to end."""
    give_up(bench, Data.DELETE)
    bench.clock.advance(DAY)
    bench.provider.ends.append(Misconfigured(Reason.MISCONFIGURED, scope=Scope.OPERATOR))
    end(bench)

    assert ([], [], None) == (credentials(bench), ledger(bench), bench.connections.get("con_1"))
    assert "operator needed" in log.getvalue()
    assert "the old password" not in log.getvalue()


def test_an_adapter_that_does_not_load_ends_nothing_for_ever(bench: Bench) -> None:
    """It is a fault of ours, and a day is given to mend it."""
    give_up(bench)

    def missing(name: str) -> Any:
        raise LookupError(name)

    verifier = bench.worker.verifier
    syncer = replace(verifier.syncer, provider=missing)
    bench.worker = replace(bench.worker, verifier=replace(verifier, syncer=syncer))
    end(bench)

    assert (["con_1"], 1) == (credentials(bench), waiting(bench))


def test_a_sync_under_way_keeps_its_dialog(bench: Bench) -> None:
    """The access is ended after it; what it settles by then counts for nothing."""
    give_up(bench, lease="other", lease_until=NOON + 60)

    assert [] == end(bench)
    assert ([], 1) == (bench.provider.ended, waiting(bench))
    bench.clock.advance(60)
    end(bench, "next")
    assert [OLD] == bench.provider.ended


@pytest.mark.parametrize("data", list(Data))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "method", ["get_item", "update_item", "transact_write_items", "batch_write_item", "delete_item"]
)
def test_a_crash_at_any_call_is_made_good(bench: Bench, data: Data, when: str, method: str) -> None:
    """Before or after it, the message that comes again ends as if nothing had been."""
    give_up(bench, data)

    def die(real: Any, arguments: dict[str, Any]) -> Any:
        if when == "after":
            real(**arguments)
        raise Killed

    stumble(bench.client, method, die)
    try:
        end(bench)
    except Killed:
        bench.clock.advance(LEASE)
        assert [] == end(bench, "next")

    assert {OLD} == set(bench.provider.ended)
    assert [] == credentials(bench)
    if data is Data.DELETE:
        assert ([], None) == (ledger(bench), bench.connections.get("con_1"))
    else:
        assert (2, "") == (len(told(bench)), bench.now().ending)


def test_a_crash_in_the_providers_call_asks_it_again(bench: Bench) -> None:
    """To end what has ended is no error to any of them."""
    give_up(bench)
    die_in(bench, "disconnect")
    with pytest.raises(Killed):
        end(bench)
    bench.clock.advance(LEASE)
    end(bench, "next")

    assert ([OLD], []) == (bench.provider.ended, credentials(bench))


def test_trouble_of_aws_brings_the_message_again(bench: Bench) -> None:
    """It is no reason to let an access live."""
    give_up(bench)
    stumble(bench.client, "transact_write_items", *[refusal("InternalServerError")] * 9)

    assert ["m"] == end(bench)
    assert ["con_1"] == credentials(bench)


def test_what_keeps_failing_comes_back_as_the_same_message(bench: Bench) -> None:
    """At last it reaches the dead-letter queue: a lease left behind would send it anew instead."""
    give_up(bench)
    stumble(bench.client, "transact_write_items", *[refusal("AccessDeniedException")] * 9)

    for run in ("first", "second", "third"):
        assert ["m"] == end(bench, run)
        assert ("", 0, 0) == (bench.now().lease, bench.now().lease_until, waiting(bench))


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


def test_credentials_that_do_not_open_are_deleted_all_the_same(bench: Bench, log: Any) -> None:
    """They end nothing any more; operators are told that the access lives on."""
    give_up(bench)
    put: Any = bench.vault.put(replace(bench.now(), workspace_id="ws_2"), Secret(b"x"))["Put"]
    bench.client.put_item(**put)
    end(bench)

    assert ([], []) == (bench.provider.ended, credentials(bench))
    assert "operator needed" in log.getvalue()


def test_a_connection_that_never_was_one_leaves_nothing(bench: Bench) -> None:
    """It has no data to keep, whatever was asked."""
    give_up(bench, credentials_version=0)
    end(bench)

    assert (None, []) == (bench.connections.get("con_1"), bench.provider.ended)

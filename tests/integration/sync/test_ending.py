"""What ends an access: its owner has given it up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relink.clock import DAY
from relink.disconnecting import Data
from relink.failures import Misconfigured, NeedsOwner
from relink.items import encode
from relink.provider import Secret
from relink.queues import EndMessage, to_body
from relink.reasons import Reason, Scope
from relink.trail import EVENT
from sync.visits.claiming import LEASE
from tests.fakes import NOON
from tests.integration.sync.attempting import Killed, die_in
from tests.integration.sync.conftest import DEADLINE
from tests.integration.sync.giving_up import DOWN, OLD, credentials, end, give_up, waiting
from tests.stumbling import refusal, stumble

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Bench


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

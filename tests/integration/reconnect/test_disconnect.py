"""A bank given up: at once for its owner; what the worker has to do for it cannot be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink.attempt import State
from relink.disconnecting import Data
from relink.queues import EndMessage
from relink.reasons import Reason, Status
from tests.integration.reconnect.bench import CLAIMS, Crash, drain, queued

if TYPE_CHECKING:
    from relink.connection import Connection
    from tests.integration.reconnect.bench import Answer, Bench

ROUTE = "/connections/con_1"
END = EndMessage("con_1")


def well(bench: Bench, **facts: Any) -> Connection:
    """Store a green connection in its slot."""
    green = {"status": Status.GREEN, "reason": None, "red_since": None, "slot": 7}
    ends = bench.clock.now + 7 * 86_400
    return bench.add(**{**green, "consent_expires_at": ends, "digest": "d", **facts})


def give_up(bench: Bench, data: str = "") -> Answer:
    """Press the button."""
    return bench.api("DELETE", ROUTE + (f"?data={data}" if data else ""))


@pytest.mark.parametrize(("asked", "data"), [("", "keep"), ("keep", "keep"), ("delete", "delete")])
def test_it_is_over_at_once(bench: Bench, asked: str, data: str) -> None:
    """No schedule, no consent to warn of; what is left to do is written down and queued."""
    well(bench)
    told = give_up(bench, asked)

    assert (202, data) == (told.status, told.json["data"])
    now = bench.stored()
    assert (Status.ORANGE, Reason.DISCONNECTED) == (now.status, now.reason)
    assert (None, None, None, 2) == (
        now.slot,
        now.consent_expires_at,
        now.notice_day,
        now.credentials_version,
    )
    assert (bench.clock.now, data) == (now.disconnected_at, now.ending)
    assert {END} == set(queued())


def test_a_red_one_stops_asking_for_its_owner(bench: Bench) -> None:
    """Its incident is over, so that notices of it are, too."""
    bench.add()
    give_up(bench)

    assert (None, False) == (bench.stored().incident_since, bench.stored().stale(10**10))


def test_it_is_shown_only_to_whoever_asks(bench: Bench) -> None:
    """Among the others it would be noise; by itself it says what it is."""
    well(bench)
    give_up(bench)

    assert [] == bench.api("GET", "/connections").json["connections"]
    [shown] = bench.api("GET", "/connections?disconnected=true").json["connections"]
    assert ("disconnected", True) == (shown["reason"]["code"], shown["disconnected_at"] is not None)
    one = bench.api("GET", ROUTE).json
    assert ("orange", None) == (one["status"], one["next_sync_at"])


def test_with_its_data_it_is_gone_at_once(bench: Bench) -> None:
    """Although the worker has it still to delete."""
    made = well(bench)
    link = bench.link(made)
    give_up(bench, "delete")

    assert [] == bench.api("GET", "/connections?disconnected=true").json["connections"]
    assert 404 == bench.api("GET", ROUTE).status
    assert 404 == bench.api("POST", f"{ROUTE}/reconnect").status
    assert 404 == bench.api("POST", f"{ROUTE}/sync", {}).status
    assert 404 == bench.get(link).status
    assert 404 == give_up(bench).status


def test_its_links_are_good_for_nothing(bench: Bench) -> None:
    """The page says why; a form sent to it begins nothing."""
    link = bench.link(bench.add())
    give_up(bench)
    drain()

    assert (410, "Banco de la Ría is disconnected") == (
        bench.get(link).status,
        bench.get(link).title,
    )
    assert 410 == bench.submit(link).status
    assert ([], []) == (bench.attempts(), queued())
    seen = bench.get(f"{link}/status", accept="application/json")
    assert (410, "urn:relink:problem:link-over") == (seen.status, seen.json["type"])


def test_it_is_connected_again_by_a_fresh_link(bench: Bench) -> None:
    """The same connection, so that its accounts are found again."""
    well(bench)
    give_up(bench)
    url = bench.api("POST", f"{ROUTE}/reconnect").json["url"]
    path = url.removeprefix("https://connect.example.com")

    assert 200 == bench.get(path).status
    assert 303 == bench.submit(path).status
    assert State.SUBMITTED is bench.attempt().state


def test_an_attempt_under_way_goes_on_no_more(bench: Bench) -> None:
    """What it was about to send to the bank is deleted; the worker ends it, and what it holds."""
    link = bench.link(bench.add())
    bench.submit(link)
    attempt_id = bench.attempt().attempt_id
    give_up(bench)
    found = bench.services.reconnecting.attempts.get(attempt_id)

    assert found is not None
    assert found.answers is None
    assert (attempt_id, 0) == (bench.stored().live_attempt, bench.stored().live_until)
    assert found.credentials_version < bench.stored().credentials_version


def test_a_second_time_changes_nothing(bench: Bench) -> None:
    """While it ends it is handed over again, in case its message was lost; then it is done."""
    well(bench)
    give_up(bench)
    first = bench.stored()
    drain()
    bench.clock.advance(60)

    assert 202 == give_up(bench).status
    assert (first, [END]) == (bench.stored(), queued())
    bench.change(ending="")
    drain()
    assert (204, "", []) == (
        (again := give_up(bench)).status,
        again.body,
        queued(),
    )


def test_kept_data_can_be_deleted_later(bench: Bench) -> None:
    """By asking for it."""
    well(bench)
    give_up(bench)
    bench.change(ending="")
    drain()

    assert 202 == give_up(bench, "delete").status
    assert (Data.DELETE, {END}) == (bench.stored().ending, set(queued()))


def test_one_that_was_never_connected_is_deleted(bench: Bench) -> None:
    """There is nothing to keep."""
    bench.first()
    give_up(bench)

    assert Data.DELETE == bench.stored().ending


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["TransactWriteItems", "SendMessage"])
def test_a_crash_leaves_nothing_half_done(bench: Bench, when: str, operation: str) -> None:
    """Either nothing has happened, or the worker has the message that ends the rest."""
    before = well(bench)
    bench.crash(when, operation)
    with pytest.raises(Crash):
        give_up(bench)
    now = bench.stored()

    assert now == before or queued() == [END]
    assert 202 == give_up(bench).status
    assert "keep" == bench.stored().ending


def test_a_sync_that_is_settled_meanwhile_is_decided_upon_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the bank has just said and what its owner wants are never mixed."""
    well(bench, status=Status.ORANGE, reason=Reason.BANK_UNAVAILABLE)
    real, times = type(bench.services.connections).save, list[None]()

    def racing(self: Any, *arguments: Any, **options: Any) -> None:
        if not times:
            times.append(None)
            boto3.client("dynamodb").update_item(
                TableName="ConnectionsTable",
                Key={"connection_id": {"S": "con_1"}},
                UpdateExpression="SET #s = :green REMOVE #r",
                ExpressionAttributeNames={"#s": "status", "#r": "reason"},
                ExpressionAttributeValues={":green": {"S": "green"}},
            )
        real(self, *arguments, **options)

    monkeypatch.setattr(type(bench.services.connections), "save", racing)

    assert 202 == give_up(bench).status
    assert (Status.ORANGE, Reason.DISCONNECTED) == (bench.stored().status, bench.stored().reason)


@pytest.mark.parametrize("query", ["data=all", "data=", "data=keep&data=delete", "data=KEEP"])
def test_nonsense_deletes_nothing(bench: Bench, query: str) -> None:
    """What is not understood is refused, not guessed."""
    before = well(bench)

    assert 422 == bench.api("DELETE", f"{ROUTE}?{query}").status
    assert before == bench.stored()


def test_a_stranger_ends_nothing(bench: Bench) -> None:
    """Another workspace's connection is not there."""
    before = well(bench)
    claims = {**CLAIMS, "workspace": "ws_2"}

    assert 404 == bench.api("DELETE", ROUTE, None, claims).status
    assert (before, []) == (bench.stored(), queued())

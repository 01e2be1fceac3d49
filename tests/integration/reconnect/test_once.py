"""A request that is sent twice is done once: Idempotency-Key, its answers, and its crashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from relink.bank_lists import Standing
from relink.clock import DAY
from relink.connection import Bank, Method
from relink.links import read
from relink.offers import Offer
from relink.queues import VisitMessage
from tests.integration.reconnect.bench import CLAIMS, PUBLIC_URL, Bench, Crash, queued

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer

KEY = '"7f2c8a1e-5b34-4f0e-9a67-0d1b2c3e4f50"'
BANK = {
    "bank_id": "ria",
    "name": "Banco de la Ría",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}
BODY = {"bank": BANK}
OTHERS = ({**CLAIMS, "sub": "own_2"}, {**CLAIMS, "workspace": "ws_2"})


def connect(bench: Bench, key: str = KEY, body: Any = BODY, claims: Any = CLAIMS) -> Answer:
    """Ask for a connection."""
    return bench.api("POST", "/connections", body, claims, {"idempotency-key": key})


def made(bench: Bench) -> list[str]:
    """Return the ids of the connections that there are."""
    items = bench.services._dynamodb.scan(TableName="ConnectionsTable")["Items"]
    return [i["connection_id"]["S"] for i in items]


def marks(bench: Bench) -> list[dict[str, Any]]:
    """Return what is kept of requests."""
    items = bench.services._dynamodb.scan(TableName="OwnersTable")["Items"]
    return [i for i in items if i["sk"]["S"].startswith("request#")]


def test_the_same_request_is_answered_the_same_and_done_once(bench: Bench) -> None:
    """An hour later, too; the second answer says that it is one."""
    first = connect(bench)
    bench.clock.advance(3_600)
    second = connect(bench)

    assert (201, first.body) == (second.status, second.body)
    assert first.headers["Location"] == second.headers["Location"]
    assert (None, "true") == (
        first.headers.get("Idempotency-Replayed"),
        second.headers["Idempotency-Replayed"],
    )
    assert 1 == len(made(bench))


def test_a_key_without_quotes_is_the_same_key(bench: Bench) -> None:
    """Many clients send it bare."""
    assert connect(bench).body == connect(bench, KEY.strip('"')).body
    assert 1 == len(made(bench))


def test_another_request_under_the_same_key_is_refused(bench: Bench) -> None:
    """Another body, or another route: 422, and nothing is done."""
    connect(bench)
    other = connect(bench, body={"bank": {**BANK, "name": "Another"}})
    bench.add()
    elsewhere = bench.api("POST", "/connections/con_1/reconnect", sending={"idempotency-key": KEY})

    for answer in (other, elsewhere):
        assert (422, "urn:relink:problem:key-reused") == (answer.status, answer.json["type"])
    assert 2 == len(made(bench))


def test_a_key_is_its_callers_own(bench: Bench) -> None:
    """A colleague's, or the same person's in another workspace, is another one."""
    ids = {connect(bench, claims=c).json["connection_id"] for c in (CLAIMS, *OTHERS)}

    assert 3 == len(ids)


def test_a_key_is_good_for_a_day(bench: Bench) -> None:
    """Whether or not DynamoDB has deleted it by then."""
    connect(bench)
    bench.clock.advance(DAY)

    assert (201, None) == (
        (again := connect(bench)).status,
        again.headers.get("Idempotency-Replayed"),
    )
    assert 2 == len(made(bench))


def test_while_the_first_is_being_answered_the_second_waits(bench: Bench) -> None:
    """409, and when to ask again."""
    bench.crash("after", "PutItem")
    with pytest.raises(Crash):
        connect(bench)
    bench.clock.advance(10)
    answer = connect(bench)

    assert (409, "urn:relink:problem:in-flight") == (answer.status, answer.json["type"])
    assert "20" == answer.headers["Retry-After"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["UpdateItem", "GetItem", "PutItem", "DeleteItem"])
def test_a_crash_makes_no_second_connection(bench: Bench, when: str, operation: str) -> None:
    """Sent again after it, the request makes the very same one, or finds it."""
    bench.crash(when, operation)
    try:
        connect(bench)
    except Crash:
        bench.clock.advance(31)
    answer = connect(bench)

    assert 201 == answer.status
    assert [answer.json["connection_id"]] == made(bench)


def test_a_crash_before_the_answer_is_kept_makes_no_second_connection(bench: Bench) -> None:
    """The last write of all."""
    calls = []

    def second(model: Any, **_: Any) -> None:
        if model.name == "UpdateItem":
            calls.append(1)
            if len(calls) == 2:
                raise Crash

    bench.services._dynamodb.meta.events.register("before-call.*.*", second)
    with pytest.raises(Crash):
        connect(bench)
    bench.clock.advance(31)

    assert [connect(bench).json["connection_id"]] == made(bench)


def test_a_request_that_was_refused_may_be_sent_anew(bench: Bench) -> None:
    """With the same key, corrected or not: nothing has been done yet."""
    wrong = connect(bench, body={"bank": {**BANK, "country": "Spain"}})

    assert (422, 201) == (wrong.status, connect(bench).status)


def test_a_sync_is_queued_once(bench: Bench) -> None:
    """A second click after a time-out is no second visit at the bank."""
    bench.green()
    for _ in range(2):
        answer = bench.api("POST", "/connections/con_1/sync", {}, sending={"idempotency-key": KEY})
        assert 202 == answer.status

    assert ["VisitMessage"] == [type(m).__name__ for m in queued() if isinstance(m, VisitMessage)]


@pytest.mark.parametrize("path", ["/connections", "/connections/con_1/reconnect"])
def test_no_link_is_kept(bench: Bench, path: str) -> None:
    """It opens a page without login: what is kept opens nothing, the answer told again does."""
    bench.add()
    ask = BODY if path == "/connections" else None
    first = bench.api("POST", path, ask, sending={"idempotency-key": KEY}).json
    url = first.get("connect_url") or first["url"]
    token = url.removeprefix(f"{PUBLIC_URL}/reconnect/")
    [mark] = marks(bench)

    assert token.split(".")[1] not in json.dumps(mark, default=str)
    assert token.split(".")[2] not in json.dumps(mark, default=str)
    assert read(token, bench.services.keys.keys()).connection_id
    again = bench.api("POST", path, ask, sending={"idempotency-key": KEY}).json
    assert url == (again.get("connect_url") or again["url"])


def test_what_looks_like_a_link_and_is_none_is_left_alone(bench: Bench) -> None:
    """A bank's name may say anything, if its provider says it."""
    name = f"{PUBLIC_URL}/reconnect/a.b.c"
    listed = Offer(Bank("ria", name, "ES", "powens", Method.DIRECT))
    bench.services.bank_lists.replace(Standing("powens"), [listed], bench.clock.now)
    bank = {**BANK, "provider": "powens", "method": "direct"}
    first, second = (connect(bench, body={"bank": bank}) for _ in range(2))

    assert (name, first.body) == (second.json["bank"]["name"], second.body)


@pytest.mark.parametrize("key", ["", '""', '"', "a b", "x" * 256, "é", '"a"b"', "\x00", "a\tb"])
def test_a_key_is_a_few_visible_characters(bench: Bench, key: str) -> None:
    """Anything else is refused before anything is done."""
    answer = connect(bench, key)

    assert (422, ["Idempotency-Key"]) == (
        answer.status,
        [e["header"] for e in answer.json["errors"]],
    )
    assert [] == made(bench)


def test_without_a_key_each_request_is_one(bench: Bench) -> None:
    """Nothing is kept of it."""
    for _ in range(2):
        bench.api("POST", "/connections", BODY)

    assert 2 == len(made(bench))
    assert [] == marks(bench)


def test_what_is_kept_goes_by_itself(bench: Bench) -> None:
    """After a day; it is no profile and no notice that an index would find."""
    connect(bench)
    [mark] = marks(bench)

    assert bench.clock.now + DAY == int(mark["expires_at"]["N"])
    assert not {"workspace_id", "due_at", "due_shard"} & mark.keys()

"""Many items at once: all of them, in few requests, however DynamoDB cuts its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from relink import batches
from relink.addresses import Addresses, Trouble
from relink.backoff import Throttled
from relink.clock import DAY
from relink.items import encode
from relink.owners import Owners, Profile
from tests.fakes import NOON
from tests.stumbling import stumble

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def client(tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> DynamoDBClient:
    """Return a client of tables as deployed; nothing is waited for."""
    del tables
    monkeypatch.setattr("relink.backoff.time.sleep", lambda _: None)
    return boto3.client("dynamodb")


def keys(*numbers: int) -> list[dict[str, Any]]:
    """Return the keys of some items."""
    return [encode({"owner_id": f"own_{n}", "sk": "profile"}) for n in numbers]


def half(real: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Answer half of a request, as DynamoDB may when it is busy or the answer grows too large."""
    asked = arguments["RequestItems"]["OwnersTable"]
    some, rest = asked["Keys"][::2], asked["Keys"][1::2]
    answer = real(RequestItems={"OwnersTable": {**asked, "Keys": some}})
    return {**answer, "UnprocessedKeys": {"OwnersTable": {**asked, "Keys": rest}} if rest else {}}


def nothing(_: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Answer nothing of a request."""
    return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}


def test_more_than_a_request_takes(client: DynamoDBClient) -> None:
    """A hundred keys go into one; those without an item are left out."""
    for number in range(0, 250, 2):
        client.put_item(TableName="OwnersTable", Item=keys(number)[0])

    found = list(batches.items(client, "OwnersTable", keys(*range(250))))

    assert 125 == len({i["owner_id"]["S"] for i in found}) == len(found)
    assert [] == list(batches.items(client, "OwnersTable", []))


def test_what_an_answer_leaves_out_is_asked_for_again(client: DynamoDBClient) -> None:
    """Until all is there."""
    for number in range(5):
        client.put_item(TableName="OwnersTable", Item=keys(number)[0])
    stumble(client, "batch_get_item", half, half, nothing)

    found = batches.items(client, "OwnersTable", keys(*range(5)))

    assert {f"own_{n}" for n in range(5)} == {i["owner_id"]["S"] for i in found}


def test_a_table_that_never_answers_is_an_error(client: DynamoDBClient) -> None:
    """Nothing is taken for missing that was only not read."""
    stumble(client, "batch_get_item", *[nothing] * 20)

    with pytest.raises(Throttled):
        list(batches.items(client, "OwnersTable", keys(1)))


def test_profiles_come_by_owner(client: DynamoDBClient) -> None:
    """Each as it would come alone; asking twice for one is asking once."""
    owners = Owners(client, "OwnersTable")
    for number in range(3):
        wanted = {"works_again": bool(number)}
        owners.change_profile(Profile(owner_id=f"own_{number}", workspace_id="ws_1"), wanted)

    found = owners.profiles(["own_1", "own_2", "own_1", "own_gone"])

    assert {n: owners.profile(n) for n in ("own_1", "own_2")} == found


def test_standings_come_by_address(client: DynamoDBClient) -> None:
    """As each would come alone, however it is written; delays that are over are none."""
    addresses = Addresses(client, "OwnersTable")
    addresses.mark("ana@example.com", Trouble.BOUNCED, NOON)
    addresses.mark("bob@example.com", Trouble.DELAYED, NOON)
    asked = ["ana@example.com", "Ana@Example.com", "bob@example.com", "eve@example.com"]

    later = NOON + 30 * DAY
    for now in (NOON, later):
        alone = {e: s for e in asked if (s := addresses.standing(e, now))}
        assert alone == addresses.standings(asked, now)
    assert {"ana@example.com", "Ana@Example.com"} == addresses.standings(asked, later).keys()

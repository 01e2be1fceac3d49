"""What belongs to another workspace is not there, whatever is done to it, and stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from reconnect.routes import ROUTES
from tests.integration.reconnect.bench import CLAIMS, Bench, queued

if TYPE_CHECKING:
    from reconnect.routing import Route

FOREIGN = {**CLAIMS, "sub": "own_2", "workspace": "ws_2", "email": "own_2@example.com"}
# The owner himself, if he works elsewhere just now: the workspace decides, not the person.
ELSEWHERE = {**CLAIMS, "workspace": "ws_2"}
NAMES = {"connection_id": "con_1", "account_id": "acc_1"}
BODIES: dict[str, Any] = {
    "PATCH /connections/{connection_id}": {"auto_sync": False},
    "PATCH /connections/{connection_id}/accounts/{account_id}": {"name": "Mine now"},
    "POST /connections/{connection_id}/sync": {"kind": "historical"},
}
OWNED = [route for route in ROUTES if "{connection_id}" in route.path]


def everything(tables: dict[str, str]) -> dict[str, Any]:
    """Return all that is stored, table by table."""
    client = boto3.client("dynamodb")
    return {name: client.scan(TableName=name)["Items"] for name in sorted(tables.values())}


def asked(bench: Bench, route: Route, claims: dict[str, str]) -> tuple[int, str | None]:
    """Return the status and the kind of the answer to a request that would be right."""
    path = re.sub(r"\{(\w+)\}", lambda found: NAMES[found[1]], route.path)
    answer = bench.api(route.method, path, BODIES.get(route.key), claims)
    kind = answer.json.get("type") if answer.body else None
    return answer.status, kind


@pytest.mark.parametrize("route", OWNED, ids=lambda r: r.key)
@pytest.mark.parametrize("claims", [FOREIGN, ELSEWHERE], ids=["stranger", "elsewhere"])
def test_a_connection_of_another_workspace_is_not_there(
    bench: Bench, tables: dict[str, str], route: Route, claims: dict[str, str]
) -> None:
    """The answer is that of a connection which nobody has; nothing is stored or queued."""
    bench.green()
    bench.know()
    before = everything(tables)

    assert (404, "urn:relink:problem:not-found") == asked(bench, route, claims)
    assert before == everything(tables)
    assert [[], [], []] == [queued(name) for name in ("attempts", "notices", "webhooks")]


@pytest.mark.parametrize("route", OWNED, ids=lambda r: r.key)
def test_the_same_request_is_answered_in_its_own_workspace(bench: Bench, route: Route) -> None:
    """So that what a stranger gets is for who he is, and not for what he sent."""
    bench.green()
    bench.know()

    assert asked(bench, route, CLAIMS)[0] in {200, 202}

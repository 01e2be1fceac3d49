"""Whoever writes at the same moment: every route that can lose to him says so, as described."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from reconnect.assembly import bootstrap
from reconnect.routes import ROUTES
from relink import unsubscribing
from tests.integration.reconnect.bench import BANK, BROWSER, CLAIMS, FORM_TYPE, TOKEN
from tests.integration.reconnect.consent import CODE, sent_off
from tests.integration.reconnect.described import description
from tests.integration.reconnect.test_push_subscriptions import BROWSER as SUBSCRIPTION
from tests.integration.reconnect.test_push_subscriptions import KEY, SERVICES
from tests.stumbling import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.reconnect.bench import Bench

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
WRITING = [r for r in ROUTES if r.method != "GET" or r.path == "/reconnect/callback"]
NAMED = {n: str(getattr(BANK, n)) for n in ("bank_id", "name", "country", "provider", "method")}
HOOK = {"webhook_type": "ITEM", "webhook_code": "ERROR", "item_id": "i"}
BODIES: dict[str, Any] = {
    "POST /connections": {"bank": NAMED},
    "PATCH /connections/{connection_id}": {"auto_sync": False},
    "POST /connections/{connection_id}/sync": {"kind": "historical"},
    "PATCH /connections/{connection_id}/accounts/{account_id}": {"name": "Rent"},
    "PUT /profile": {"mail_works": True},
    "PUT /push-subscriptions": SUBSCRIPTION,
    "DELETE /push-subscriptions": {"endpoint": SUBSCRIPTION["endpoint"]},
    "POST /webhooks/{provider}": HOOK,
    "POST /webhooks/{provider}/{event}": {"id_user": 1},
}


@pytest.fixture
def offering(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return the function with Web Push; nobody waits."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("VAPID_PUBLIC_KEY", KEY)
    monkeypatch.setenv("PUSH_SERVICES", SERVICES)
    bootstrap.cache_clear()
    bench.services = bootstrap()
    return bench


@contextmanager
def others_are_faster(bench: Bench, how: str) -> Iterator[None]:
    """Let writes `meet` others on the same item, `all` of them, or be `judged` by what those wrote.

    Those that have no condition are not judged, and pass unless all are to meet another.
    """
    judged = how == "judged"

    def meet(model: Any, params: Any, **_: Any) -> None:
        conditional = b"ConditionExpression" in params["body"]
        if model.name == "TransactWriteItems":
            why = "ConditionalCheckFailed" if judged and conditional else "TransactionConflict"
            raise refusal("TransactionCanceledException", why)
        if model.name in WRITES and (conditional or how == "all"):
            judgement = "ConditionalCheckFailedException"
            raise refusal(judgement if judged else "TransactionConflictException")

    events = bench.services._dynamodb.meta.events
    events.register("before-call.dynamodb.*", meet)
    yield
    events.unregister("before-call.dynamodb.*", meet)


def request(bench: Bench, key: str) -> tuple[str, str, dict[str, str]]:
    """Return a path, a body and headers with which a route has something to write."""
    path = key.partition(" ")[2]
    if path == "/reconnect/callback":
        sent_off(bench)
        state = bench.state_of(bench.attempt())
        return f"{path}?state={state}&code={CODE}", "", BROWSER
    made = bench.green() if key.endswith("/sync") else bench.add()
    bench.know()
    bench.profile()
    names = {
        "connection_id": "con_1",
        "account_id": "acc_1",
        "notification_id": bench.notice(made).notice_id,
        "token": bench.link(made).removeprefix("/reconnect/"),
        "provider": "powens" if "{event}" in path else "plaid",
        "event": "CONNECTION_SYNCED",
    }
    if path.startswith("/unsubscribe"):
        names["token"] = unsubscribing.issue("own_1", bench.services.keys.keys())
    if path == "/reconnect/{token}":
        return path.format_map(names), f"form={'f' * 24}&setup_token={TOKEN}", BROWSER
    sent = {"content-type": FORM_TYPE} if "{token}" in path else {"accept": "application/json"}
    body = json.dumps(BODIES[key]) if key in BODIES else ""
    return path.format_map(names), body, {"content-type": "application/json", **sent}


def described(key: str) -> bool:
    """Tell whether a route's description says that others may be faster."""
    method, _, path = key.partition(" ")
    told = description()["paths"][path][method.lower()]["responses"].get("409", {})
    if "$ref" in told:
        told = description()["components"]["responses"][told["$ref"].rpartition("/")[2]]
    return '"urn:relink:problem:conflict"' in json.dumps(told)


@pytest.mark.parametrize("route", WRITING, ids=lambda r: r.key)
def test_who_loses_is_told_so_exactly_where_it_is_described(offering: Bench, route: Any) -> None:
    """It is no fault of ours, and no answer that is not described: the bench sees to that."""
    path, body, headers = request(offering, route.key)
    keys = [{}, {"idempotency-key": "k"}] if route.once else [{}]
    statuses = set()
    for how in ("all", "meet", "judged"):
        for key in keys:
            if route.key == "POST /connections" and how == "judged" and not key:
                continue  # its id is new: nobody can have written it
            with others_are_faster(offering, how):
                sent = {**headers, **key}
                answer = offering.call(route.method, path, body, sent, CLAIMS)
                statuses.add(answer.status)
                assert how == "judged" or answer.status != HTTPStatus.NOT_FOUND  # nobody took it

    assert described(route.key) == (409 in statuses), statuses
    assert not statuses & {400, 401, 403, 415, 422, 500}

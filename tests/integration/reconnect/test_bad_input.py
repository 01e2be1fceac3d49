"""What bad input gets: an answer that the API's description tells of, and nothing else happens."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from reconnect.routes import ROUTES
from relink.bank_lists import Standing
from relink.connection import Bank, Method
from relink.offers import Offer
from tests.fakes import NOON
from tests.integration.reconnect.bench import CLAIMS, FORM_TYPE, Bench, queued

BANK = {
    "bank_id": "ria",
    "name": "Banco de la Ría",
    "country": "ES",
    "provider": "simplefin",
    "method": "token",
}
MEGABYTES = "x" * 10_000_000
TAKING_BODIES = [
    r
    for r in ROUTES
    if r.method in {"POST", "PUT", "PATCH", "DELETE"}
    and not r.path.endswith(("/fresh", "/dismiss"))
    and not r.path.startswith("/unsubscribe")
    and r.key
    not in {
        "DELETE /connections/{connection_id}",
        "POST /connections/{connection_id}/reconnect",
        "PUT /push-subscriptions",  # not offered here, whatever is sent
    }
]


@pytest.mark.parametrize("route", TAKING_BODIES, ids=lambda r: r.key)
def test_ten_megabytes_are_refused_at_once(bench: Bench, route: Any) -> None:
    """As JSON, as a form, and as what is said to be Base64: never read, never stored."""
    made = bench.green()
    names = {"token": bench.link(made).removeprefix("/reconnect/"), "connection_id": "con_1"}
    hook = {"provider": "powens" if "{event}" in route.path else "plaid"}
    names |= {"account_id": "acc_1", "event": "ACCOUNTS_FETCHED", **hook}
    path = route.path.format_map(names)
    kind = FORM_TYPE if "reconnect/{token}" in route.path else "application/json"
    began = time.process_time()
    answer = bench.call(route.method, path, MEGABYTES, {"content-type": kind}, CLAIMS)

    assert 413 == answer.status
    assert kind == FORM_TYPE or "urn:relink:problem:too-large" == answer.json["type"]
    assert 5 > time.process_time() - began
    assert [] == bench.attempts()
    assert [] == queued() == queued("notices") == queued("webhooks")


@pytest.mark.parametrize(
    "name", ["idempotency-key", "accept-language", "host", "user-agent", "if-none-match", "origin"]
)
def test_a_header_cannot_bring_a_header(bench: Bench, name: str) -> None:
    """Line breaks that some client smuggles in come out nowhere."""
    made = bench.green()
    sending = {name: 'x"\r\nSet-Cookie: evil=1\r\n\r\n<script>'}
    found = [
        bench.api("POST", "/connections", {"bank": BANK}, CLAIMS, sending),
        bench.api("GET", "/connections", None, CLAIMS, sending),
        bench.api("POST", "/connections/con_1/reconnect", None, CLAIMS, sending),
        bench.call("GET", bench.link(made), "", sending),
        bench.call("GET", "/nowhere\r\nSet-Cookie: evil=1", "", sending),
    ]

    for answer in found:
        told = [*answer.headers, *answer.headers.values(), *answer.cookies]
        assert not [text for text in told if "\r" in text or "\n" in text or "evil" in text]


@pytest.mark.parametrize(
    "name",
    [
        "Bänk of Å",
        "Ba\u0308nk",
        "銀行",
        "بنك",
        "Банк 🏦",
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "' OR 1=1 --",
        "../../etc/passwd",
        "%0d%0aSet-Cookie:x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_a_name_is_kept_as_it_was_written(bench: Bench, name: str) -> None:
    """By its provider, in every script; on a page it is text and no markup."""
    bank = {**BANK, "provider": "powens", "method": "direct"}
    listed = Offer(Bank("ria", name, "ES", "powens", Method.DIRECT))
    bench.services.bank_lists.replace(Standing("powens"), [listed], NOON)
    made = bench.api("POST", "/connections", {"bank": {**bank, "name": "x"}}).json

    assert name == made["bank"]["name"]
    assert name == bench.api("GET", "/connections").json["connections"][0]["bank"]["name"]
    page = bench.get(made["connect_url"].removeprefix("https://connect.example.com"))
    assert 200 == page.status
    assert "<script>alert" not in page.body
    assert "49" not in page.title


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff{}",
        "{'a': 1}",
        "NaN",
        "[" * 5_000 + "]" * 5_000,
        '{"bank": ' * 1_500,
        '{"auto_sync": true, "auto_sync": "no"}',
        '{"auto_sync": 1e400}',
        '{"auto_sync": ' + "9" * 10_000 + "}",
        '"\\ud800"',
        '{"\\u0000": 1}',
        "\x00",
        "true",
        '{"auto_sync": true} {"auto_sync": false}',
        '{"__proto__": {"auto_sync": true}}',
    ],
)
def test_a_document_that_is_none_changes_nothing(bench: Bench, body: str) -> None:
    """A problem for each, and the connection as it was."""
    before = bench.green()
    answer = bench.api("PATCH", "/connections/con_1", body)

    assert 422 == answer.status
    assert before == bench.stored()


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/json; charset=utf-16", "multipart/form-data"]
)
def test_a_body_of_another_kind_is_not_read(bench: Bench, kind: str) -> None:
    """415, whatever it says."""
    bench.green()
    answer = bench.call(
        "PATCH", "/connections/con_1", '{"auto_sync": false}', {"content-type": kind}, CLAIMS
    )

    assert (415, True) == (answer.status, bench.stored().auto_sync)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW"])
def test_a_method_that_a_path_does_not_have_is_told_which_it_has(bench: Bench, method: str) -> None:
    """405 with Allow: for the owner's routes, for pages, and for a path that is spelled out."""
    for path, allowed in (
        ("/connections", "GET, HEAD, POST"),
        ("/reconnect/x", "GET, HEAD, POST"),
        ("/reconnect/callback", "GET"),
    ):
        answer = bench.call(method, path, "", {"accept": "application/json"})
        assert (405, allowed) == (answer.status, answer.headers["Allow"])


@pytest.mark.parametrize("path", ["/", "", "/nowhere", "/connections/", "/connections/a/b", "//"])
def test_a_path_that_is_not_ours_is_a_problem(bench: Bench, path: str) -> None:
    """Not API Gateway's bare words."""
    answer = bench.call("GET", path)

    assert (404, "application/problem+json") == (answer.status, answer.headers["Content-Type"])


def test_two_requests_with_one_key_at_the_same_time_make_one_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes in while the first is at work: 409, then the first one's answer."""
    api = bench.services.connections_api
    create = bench.services.connections.create
    second: list[Any] = []
    key = {"idempotency-key": "k"}

    def slow(connection: Any) -> None:
        if not second:
            second.append(bench.api("POST", "/connections", {"bank": BANK}, CLAIMS, key))
        create(connection)

    monkeypatch.setattr(api.connections, "create", slow)
    first = bench.api("POST", "/connections", {"bank": BANK}, CLAIMS, key)
    third = bench.api("POST", "/connections", {"bank": BANK}, CLAIMS, key)

    assert [409] == [answer.status for answer in second]
    assert (201, first.body) == (third.status, third.body)
    assert 1 == len(bench.api("GET", "/connections").json["connections"])


def test_nothing_of_a_bad_body_comes_back(bench: Bench) -> None:
    """It may have been a password, pasted into the wrong place."""
    canary = "hunter2-and-more"
    for path, body in (
        ("/connections", {"bank": {**BANK, "country": canary}}),
        ("/connections", {canary: canary}),
        ("/connections", f'{{"bank": "{canary}'),
    ):
        answer = bench.api("POST", path, body)
        told = json.dumps([e["detail"] for e in answer.json["errors"]])
        assert 422 == answer.status
        assert canary not in told

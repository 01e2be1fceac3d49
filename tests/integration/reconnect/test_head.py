"""HEAD: what a GET would be told, without its body (RFC 9110, section 9.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconnect.routes import ROUTES
from tests.integration.reconnect.bench import BROWSER, CLAIMS, queued
from tests.integration.reconnect.consent import CODE, sent_off
from tests.integration.reconnect.test_headers import real_path

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Bench

GETS = [r for r in ROUTES if r.method == "GET" and not r.changes]
QUERIES = {"/banks/search": "?country=ES"}


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("route", GETS, ids=lambda r: r.path)
def test_head_is_answered_as_get_without_a_body(bench: Bench, route: Any, accept: str) -> None:
    """The same status and headers, on pages, lists and files."""
    path = real_path(bench, route.path) + QUERIES.get(route.path, "")
    headers = {**BROWSER, "accept": accept}
    got = bench.call("GET", path, "", headers, CLAIMS)
    head = bench.call("HEAD", path, "", headers, CLAIMS)

    assert (got.status, "") == (head.status, head.body)
    assert got.headers == head.headers
    assert got.status in {200, 303, 404}


def test_a_refusal_has_no_body_either(bench: Bench) -> None:
    """Whatever the reason: no workspace, no such page, no such parameter."""
    told = [
        bench.call("HEAD", "/connections", "", {}, {}),
        bench.call("HEAD", "/reconnect/a.b.c", "", BROWSER),
        bench.call("HEAD", "/connections?limit=0", "", {}, CLAIMS),
        bench.call("HEAD", "/nowhere", "", {}, CLAIMS),
    ]

    assert [(403, ""), (404, ""), (422, ""), (404, "")] == [(a.status, a.body) for a in told]


def test_what_has_been_kept_is_not_told_again(bench: Bench) -> None:
    """A tag counts for HEAD as well."""
    bench.green()
    tag = bench.api("GET", "/connections").headers["ETag"]
    again = bench.api("HEAD", "/connections", sending={"if-none-match": tag})

    assert (304, tag) == (again.status, again.headers["ETag"])


def test_where_a_get_changes_something_there_is_no_head(bench: Bench) -> None:
    """Somebody who only looks at the address brings no code from the bank."""
    sent_off(bench)
    before, waiting = bench.attempt(), queued()
    state = bench.state_of(before)
    told = bench.call("HEAD", f"/reconnect/callback?state={state}&code={CODE}", "", BROWSER)

    assert (405, "GET", "") == (told.status, told.headers["Allow"], told.body)
    assert (before, waiting) == (bench.attempt(), queued())


def test_what_takes_no_get_takes_no_head(bench: Bench) -> None:
    """And says what it takes."""
    told = bench.api("HEAD", "/connections/con_1/sync")

    assert (405, "POST") == (told.status, told.headers["Allow"])
    assert "GET, HEAD, POST" == bench.api("PUT", "/connections").headers["Allow"]

"""What a request brings is taken as it is, within limits."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.visit import BODY_LIMIT, Malformed, TooLarge, Visit, WrongType, from_event

FORM = "application/x-www-form-urlencoded"
URL = "https://connect.example.com"


def visit(body: str = "", *, encoded: bool = False, **headers: str) -> Visit:
    """Return a request with these headers."""
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return Visit(named, "192.0.2.1", "api.example.com", {}, body, encoded)


@given(st.binary(max_size=300))
def test_a_body_arrives_as_base64(body: bytes) -> None:
    """API Gateway encodes what it does not take for text."""
    sent = visit(base64.b64encode(body).decode(), encoded=True, content_type=FORM)

    assert body == sent.body(FORM)


@given(st.text(max_size=300))
def test_what_is_not_base64_is_malformed(body: str) -> None:
    """Whatever stands there instead."""
    with suppress(Malformed):
        visit(body, encoded=True, content_type=FORM).body(FORM)


@pytest.mark.parametrize("encoded", [True, False])
def test_sixteen_kilobytes_are_enough(*, encoded: bool) -> None:
    """One byte more is too much, however it is encoded."""

    def body(size: int) -> str:
        return base64.b64encode(b"x" * size).decode() if encoded else "x" * size

    sent = visit(body(BODY_LIMIT), encoded=encoded, content_type=FORM).body(FORM)
    assert BODY_LIMIT == len(sent)
    with pytest.raises(TooLarge):
        visit(body(BODY_LIMIT + 1), encoded=encoded, content_type=FORM).body(FORM)
    with pytest.raises(TooLarge):
        visit("é" * BODY_LIMIT, content_type=FORM).body(FORM)


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        (FORM, True),
        (FORM.upper(), True),
        (f"{FORM};charset=utf-8", True),
        (f'{FORM}; charset="UTF-8"', True),
        (f"{FORM}; charset=utf-16", False),
        (f"{FORM}, text/html", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_only_the_type_that_was_asked_for_is_read(sent: str, *, fits: bool) -> None:
    """A body of another type may be another site's trick."""
    if fits:
        assert b"" == visit(content_type=sent).body(FORM)
    else:
        with pytest.raises(WrongType):
            visit(content_type=sent).body(FORM)


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": URL}, False),
        ({"origin": "null"}, True),
        ({"origin": URL}, True),
        ({"origin": "https://api.example.com"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://connect.example.com.evil.example"}, False),
        ({"origin": "https://connect.example.com@evil.example"}, False),
        ({"origin": "http://[::1"}, False),
        ({"origin": ""}, False),
    ],
)
def test_another_sites_form_is_known_by_its_headers(headers: dict[str, str], *, own: bool) -> None:
    """What says nothing is let through: the link itself is the key."""
    assert own == visit("", **headers).own_origin(URL)  # type: ignore[arg-type]


def test_a_bank_is_told_no_more_than_it_asks_for() -> None:
    """No cookie, no referrer, and no header of a length that nobody has."""
    told = visit(user_agent="x" * 999, accept="a", accept_language="b", cookie="c", referer="d")

    presence = told.presence()

    assert {"ip": "192.0.2.1", "user_agent": "x" * 300} == {
        k: v for k, v in presence.items() if k != "headers"
    }
    assert {"accept": "a", "accept-language": "b"} == presence["headers"]


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("application/json, text/plain", True),
        ("text/html,application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_json_is_for_who_asks_for_nothing_else(accept: str, *, json: bool) -> None:
    """A browser gets a page."""
    assert json == visit(accept=accept).wants_json


def test_an_event_may_lack_what_is_optional() -> None:
    """No headers, no body, no authorizer, or empty ones."""
    context: dict[str, Any] = {"http": {"sourceIp": "192.0.2.1"}}
    bare = from_event({"requestContext": context})
    empty = from_event(
        {
            "headers": None,
            "body": None,
            "requestContext": {**context, "authorizer": {"jwt": {"claims": None}}},
        }
    )

    assert bare == empty
    assert ({}, "", {}) == (bare.headers, bare.raw_body, bare.claims)

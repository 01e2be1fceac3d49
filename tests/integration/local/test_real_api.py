"""The deployed template's own API, running here: other sites' pages, and HEAD, from end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import urllib3

if TYPE_CHECKING:
    from infra.local.stack import Stack

NOBODY = "https://nowhere.invalid"
"""What the template allows where no host app's pages are to call: it cannot exist."""


def call(
    stack: Stack, method: str, path: str, token: str = "", **headers: str
) -> urllib3.BaseHTTPResponse:
    """Ask the API."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    told |= {"authorization": f"Bearer {token}"} if token else {}
    return urllib3.request(method, stack.api.url + path, headers=told, retries=False)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/profile"), ("DELETE", "/connections/con_1"), ("GET", "/notifications")],
)
def test_a_preflight_is_answered_without_a_token(real_stack: Stack, method: str, path: str) -> None:
    """The page that sends it has none to send yet; the function says yes, the API to whom."""
    asked = {"access_control_request_method": method, "access_control_request_headers": "x"}
    told = call(real_stack, "OPTIONS", path, origin=NOBODY, **asked)
    evil = call(real_stack, "OPTIONS", path, origin="https://evil.example", **asked)

    assert (204, NOBODY) == (told.status, told.headers["access-control-allow-origin"])
    assert method in told.headers["access-control-allow-methods"].split(",")
    assert {"authorization", "idempotency-key"} <= {
        *told.headers["access-control-allow-headers"].split(",")
    }
    assert (204, None) == (evil.status, evil.headers.get("access-control-allow-origin"))


def test_a_preflight_of_what_is_not_there_is_refused(real_stack: Stack) -> None:
    """As the request itself would be."""
    asked = {"access_control_request_method": "GET"}

    assert 404 == call(real_stack, "OPTIONS", "/nowhere", origin=NOBODY, **asked).status


def test_head_goes_where_get_goes(real_stack: Stack) -> None:
    """Through the authorizer, to the function, and back without a body."""
    token = real_stack.issuer.token("own_1", "ws_1", "own_1@example.com")
    got = call(real_stack, "GET", "/connections", token)
    head = call(real_stack, "HEAD", "/connections", token)

    assert (200, b"", got.headers["etag"]) == (head.status, head.data, head.headers["etag"])
    assert (401, b"") == ((refused := call(real_stack, "HEAD", "/profile")).status, refused.data)
    for path, status in (("/reconnect/a.b.c", 404), ("/reconnect/callback?state=x", 405)):
        told = call(real_stack, "HEAD", path)
        assert (status, b"") == (told.status, told.data)

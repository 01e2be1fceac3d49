"""Other sites' pages at the local API: as API Gateway does it, from the template's own words."""

from __future__ import annotations

from infra.local.web.cors import Cors
from infra.local.web.loopback_server import Reply, Request
from infra.local.web.routes import ApiRoute, RouteTable
from infra.sam.template import load

APP = "https://app.example"
CORS = Cors.of(
    load(parameters={"JwtIssuer": "https://login.example", "HostAppOrigins": APP}).http_api().cors
)


def request(method: str = "GET", **headers: str) -> Request:
    """Return a request of a page."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, "/connections", "", told, b"", "127.0.0.1")


def test_a_preflight_of_the_host_app_is_answered() -> None:
    """With what its pages may send."""
    asked = request("OPTIONS", origin=APP, access_control_request_method="PATCH")
    reply = CORS.preflight(asked)
    told = dict(reply.headers)

    assert (204, APP) == (reply.status, told["access-control-allow-origin"])
    assert "PATCH" in told["access-control-allow-methods"].split(",")
    assert "idempotency-key" in told["access-control-allow-headers"].split(",")
    assert "access-control-allow-credentials" not in told


def test_a_preflight_of_anybody_else_allows_nothing() -> None:
    """Nor does what merely looks like the host app's origin."""
    for origin in ("https://evil.example", f"{APP}.evil.example", "null", APP.upper()):
        asked = request("OPTIONS", origin=origin, access_control_request_method="GET")
        assert Reply(204) == CORS.preflight(asked)


def test_what_is_no_preflight_is_routed() -> None:
    """OPTIONS alone is a method like others."""
    assert not CORS.asked(request("OPTIONS", origin=APP))
    assert not CORS.asked(request("GET", origin=APP, access_control_request_method="GET"))
    assert CORS.asked(request("OPTIONS", origin=APP, access_control_request_method="GET"))


def test_a_preflight_that_a_route_takes_is_answered_by_its_function() -> None:
    """Its status stands; what it says of CORS is replaced by the API's own."""
    asked = request("OPTIONS", origin=APP, access_control_request_method="GET")
    answer = Reply(404, b"{}", [("x", "1"), ("access-control-allow-origin", "*")])
    reply = CORS.preflight(asked, answer)
    told = dict(reply.headers)

    assert (404, b"{}", "1") == (reply.status, reply.body, told["x"])
    assert APP == told["access-control-allow-origin"]
    evil = request("OPTIONS", origin="https://evil.example", access_control_request_method="GET")
    assert [("x", "1")] == CORS.preflight(evil, answer).headers


def test_the_default_route_takes_every_preflight() -> None:
    """As `$default` takes every method; without it, the API answers by itself."""
    known = ApiRoute("GET", "/connections", "F")
    default = ApiRoute("ANY", "$default", "F")

    assert (default, {}) == RouteTable([known, default]).find("OPTIONS", "/connections")
    assert RouteTable([known]).find("OPTIONS", "/connections") is None


def test_an_answer_may_be_read_by_the_host_app_alone() -> None:
    """What a function says of it is dropped."""
    answer = Reply(200, b"{}", [("etag", '"1"'), ("access-control-allow-origin", "*")])
    own = dict(CORS.told(request(origin=APP), answer).headers)

    assert (APP, '"1"') == (own["access-control-allow-origin"], own["etag"])
    assert "etag" in own["access-control-expose-headers"].split(",")
    for origin in ("https://evil.example", ""):
        assert [("etag", '"1"')] == CORS.told(request(origin=origin), answer).headers


def test_what_has_no_route_goes_to_the_default_one() -> None:
    """Whatever the method; without one, nowhere."""
    known = ApiRoute("GET", "/connections", "F")
    default = ApiRoute("ANY", "$default", "F")
    table = RouteTable([default, known])

    assert (known, {}) == table.find("GET", "/connections")
    assert (default, {}) == table.find("POST", "/connections")
    assert (default, {}) == table.find("GET", "/")
    assert "$default" == default.key
    assert RouteTable([known]).find("GET", "/") is None

"""The HTTP API: which routes ask for a token, and what is written down about a request."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from infra.sam.template import load
from infra.sam.triggers import DEFAULT_ROUTE
from reconnect.handler import app
from reconnect.routes import ROUTES
from tests.deployed_routes import JOINED, deployed, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from infra.sam.template import Template

PUBLIC = {
    "GET /reconnect/{token}",
    "POST /reconnect/{token}",
    "GET /reconnect/{token}/status",
    "POST /reconnect/{token}/fresh",
    "GET /reconnect/callback",
    "GET /static/{file}",
    "GET /banks",
    "GET /banks/worker.js",
    "GET /chat",
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    "POST /webhooks/{provider}",
    "POST /webhooks/{provider}/{event}",
    "ANY $default",
}


PATHS = {route.path for route in ROUTES}


@pytest.fixture
def api(template: Template) -> Mapping[str, Any]:
    """Return the API's properties."""
    return template.of_type("AWS::Serverless::HttpApi")["HttpApi"]


def test_only_link_pages_ask_for_no_token(template: Template) -> None:
    """A new route asks for the host app's token unless it is added here on purpose."""
    routes = deployed(template)

    public = {f"{r.method} {r.path}" for r in routes if r.authorizer is None}
    assert {key for key in public if not key.startswith("HEAD ")} == PUBLIC
    assert {r.authorizer for r in routes} == {None, "HostApp"}


def test_every_route_is_answered(template: Template) -> None:
    """What is deployed and what the function's table holds are the same routes, and no others."""
    there = [r for r in deployed(template) if r.path != "$default"]
    handled = [*app._static_routes, *app._dynamic_routes]

    keys = [f"{method} {r.path}" for r in ROUTES for method in r.methods]
    assert sorted(keys) == sorted(f"{r.method} {r.path}" for r in there)
    assert len(keys) == len(handled)
    for route in there:
        match = next(  # as the function looks: a path without parameters comes first
            found
            for rule in handled
            if rule.method == route.method and (found := rule.rule.match(route.path))
        )
        assert re.findall(r"{(\w+)}", route.path) == list(match.groupdict())


def test_a_head_asks_for_the_token_that_a_get_asks_for(
    template: Template, api: Mapping[str, Any]
) -> None:
    """And costs as much, so it is held back as much."""
    there = {(r.method, r.path): r.authorizer for r in deployed(template)}
    heads = {path: a for (method, path), a in there.items() if method == "HEAD"}

    assert heads
    assert heads == {path: there["GET", path] for path in heads}
    limits = api["RouteSettings"]
    assert [limits.get(f"GET {p}") for p in heads] == [limits.get(f"HEAD {p}") for p in heads]


def test_a_route_that_takes_any_method_is_everybodys(
    template: Template, api: Mapping[str, Any]
) -> None:
    """What else it takes would go to `$default`: without a token too, within the same limits."""
    found = [r for f in template.functions().values() for r in f.routes if joined(r)]
    answered = {path: {m for r in ROUTES if r.path == path for m in r.methods} for path in PATHS}

    assert found
    for route in found:
        assert route.authorizer is None
        assert set(JOINED) == answered[route.path]
        assert not [key for key in api["RouteSettings"] if key.endswith(f" {route.path}")]
    default = api["RouteSettings"]["$default"]
    assert default.items() <= api["DefaultRouteSettings"].items()


def test_what_has_no_route_is_answered_too(template: Template) -> None:
    """By a problem document instead of API Gateway's own words, without a token, and seldom."""
    [found] = [r for f in template.functions().values() for r in f.routes if r.path == "$default"]

    assert ("ANY", None) == (found.method, found.authorizer)


def test_only_the_host_apps_pages_may_call() -> None:
    """Without any, an origin that cannot exist stands for nobody; credentials are never sent."""
    issuer = {"JwtIssuer": "https://login.example"}
    origins = {"HostAppOrigins": "https://app.example,https://beta.example"}
    told = load(parameters={**issuer, **origins}).http_api().cors
    nobody = load(parameters=issuer).http_api().cors

    assert ["https://app.example", "https://beta.example"] == told["AllowOrigins"]
    assert ["https://nowhere.invalid"] == nobody["AllowOrigins"]
    assert told["AllowCredentials"] is False
    assert {r.method for r in ROUTES} == set(told["AllowMethods"])


def test_tokens_must_come_from_the_host_app(template: Template) -> None:
    """Issuer and audience are both checked."""
    api = template.http_api()

    assert api.default_authorizer == "HostApp"
    assert {"HostApp": "https://login.example"} == api.issuers
    assert {"HostApp": ("relink",)} == api.audiences


def test_access_log_holds_no_path(api: Mapping[str, Any]) -> None:
    """The path of a link holds its token; the route's pattern says enough."""
    written = json.loads(api["AccessLogSettings"]["Format"]).values()

    assert not [v for v in written if "path" in v.lower() or "header" in v.lower()]
    assert "$context.routeKey" in written


def test_every_route_is_throttled(api: Mapping[str, Any], template: Template) -> None:
    """What anyone may send is limited, and limits name routes that exist."""
    routes = {f"{r.method} {r.path}" for f in template.functions().values() for r in f.routes}
    routes.add(DEFAULT_ROUTE)

    assert api["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert routes >= api["RouteSettings"].keys()

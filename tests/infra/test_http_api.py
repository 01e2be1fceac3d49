"""The HTTP API: which routes ask for a token, and what is written down about a request."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from reconnect.handler import app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from infra.template import Template

PUBLIC = {
    "GET /reconnect/{token}",
    "POST /reconnect/{token}",
    "GET /reconnect/{token}/status",
    "POST /reconnect/{token}/fresh",
    "GET /reconnect/callback",
    "GET /static/{file}",
}


@pytest.fixture
def api(template: Template) -> Mapping[str, Any]:
    """Return the API's properties."""
    return template.of_type("AWS::Serverless::HttpApi")["HttpApi"]


def test_only_link_pages_ask_for_no_token(template: Template) -> None:
    """A new route asks for the host app's token unless it is added here on purpose."""
    routes = [r for f in template.functions().values() for r in f.routes]

    assert {f"{r.method} {r.path}" for r in routes if r.authorizer is None} == PUBLIC
    assert {r.authorizer for r in routes} == {None, "HostApp"}


def test_every_route_is_answered(template: Template) -> None:
    """What is deployed and what the function handles are the same routes, parameters included."""
    handled = [*app._static_routes, *app._dynamic_routes]
    deployed = template.functions()["ReconnectFunction"].routes

    assert len(handled) == len(deployed)
    for route in deployed:
        match = next(  # as the function looks: a path without parameters comes first
            found
            for rule in handled
            if rule.method == route.method and (found := rule.rule.match(route.path))
        )
        assert re.findall(r"{(\w+)}", route.path) == list(match.groupdict())


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

    assert api["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert routes >= api["RouteSettings"].keys()

"""The API's description is what the code says, of everything, and valid OpenAPI."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.openapi.__main__ import PLACE, text
from infra.openapi.document import describe
from infra.openapi.operations import OPERATIONS
from infra.openapi.public_operations import PUBLIC
from reconnect.answers import PROBLEMS
from reconnect.routes import ROUTES
from tests.deployed_routes import deployed

DESCRIPTION = describe()
DEPLOYED = {
    f"{r.method} {r.path}": r.authorizer
    for r in deployed()
    if r.path != "$default" and r.method != "HEAD"
}


def operations() -> dict[str, dict[str, Any]]:
    """Return the described operations by the route's name."""
    return {
        f"{method.upper()} {path}": operation
        for path, there in DESCRIPTION["paths"].items()
        for method, operation in there.items()
    }


def test_the_committed_description_is_what_the_code_says() -> None:
    """Whoever changes a route, a body or a shape runs `make openapi`."""
    assert text() == PLACE.read_text(), "make openapi"


def test_the_description_is_valid() -> None:
    """By the specification's own schema."""
    OpenAPIV31SpecValidator(json.loads(PLACE.read_text())).validate()


def test_every_route_is_described_and_nothing_else() -> None:
    """As the function serves them and the template deploys them; HEAD goes without saying."""
    assert {r.key for r in ROUTES} == set(operations()) == DEPLOYED.keys()


def test_a_route_asks_for_a_token_exactly_if_its_description_says_so() -> None:
    """The owner's routes, and no others."""
    asking = {key for key, told in operations().items() if told["security"]}

    assert asking == OPERATIONS.keys() == {key for key, a in DEPLOYED.items() if a}
    assert not OPERATIONS.keys() & PUBLIC.keys()


def test_operations_have_names_of_their_own() -> None:
    """Generated clients call them by these."""
    names = [told["operationId"] for told in operations().values()]

    assert len(set(names)) == len(names)


def test_every_kind_of_problem_is_described_and_can_occur() -> None:
    """A type that no route may answer with is none; what has no route is answered by `method`."""
    written = json.dumps(DESCRIPTION["paths"]) + json.dumps(DESCRIPTION["components"]["responses"])
    found = {kind for kind in PROBLEMS if f'"urn:relink:problem:{kind}"' in written}

    assert PROBLEMS.keys() - found == {"method"}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.once], ids=lambda r: r.key)
def test_what_is_done_once_says_so(route: Any) -> None:
    """The key's header, and what a wrong use of it leads to."""
    told = operations()[route.key]

    assert "Idempotency-Key" in [p["name"] for p in told["parameters"]]
    assert {"409", "422"} <= told["responses"].keys()


def test_nothing_is_referred_to_that_is_not_there() -> None:
    """Nor is anything there that nothing refers to."""
    written = json.dumps(DESCRIPTION)
    for kind in ("schemas", "responses"):
        for name in DESCRIPTION["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in written, name

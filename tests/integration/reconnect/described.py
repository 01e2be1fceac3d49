"""Answers held against the API's description: each is one that it tells of, member by member."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from infra.openapi.document import describe
from reconnect.routes import ROUTES

if TYPE_CHECKING:
    from tests.integration.reconnect.bench import Answer

ROOT = "urn:description"
NO_METHOD = 405


@cache
def description() -> dict[str, Any]:
    """Return the description, its objects closed: what is told and not described is a fault."""
    told: dict[str, Any] = json.loads(json.dumps(describe()))
    for schema in told["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return told


@cache
def _registry() -> Registry[Any]:
    resource = Resource.from_contents(description(), default_specification=DRAFT202012)
    made: Registry[Any] = Registry().with_resource(ROOT, resource)
    return made


def hold(method: str, path: str, answer: Answer) -> None:
    """Raise `AssertionError` for an answer that the description does not tell of."""
    if method == "HEAD" and answer.status != NO_METHOD:
        method = "GET"
    plain = path.partition("?")[0]
    exact = [r for r in ROUTES if r.path == plain]
    routes = [r for r in exact or ROUTES if r.leads_to(plain) and r.method == method]
    if not routes:
        unknown = {404, 405} if method != "OPTIONS" else {404, 204}
        assert answer.status in unknown, (method, path, answer.status)
        return
    operation = description()["paths"][routes[0].path][method.lower()]
    told = operation["responses"].get(str(answer.status))
    assert told is not None, (method, routes[0].path, answer.status, answer.body)
    if "$ref" in told:
        told = description()["components"]["responses"][told["$ref"].rpartition("/")[2]]
    _hold_body(told.get("content", {}), answer, (method, routes[0].path, answer.status))


def _hold_body(content: dict[str, Any], answer: Answer, where: tuple[Any, ...]) -> None:
    if not answer.body:
        return
    media = answer.headers["Content-Type"].partition(";")[0]
    assert media in content, (*where, media)
    if media.endswith("json"):
        schema = _absolute(content[media]["schema"])
        validator = Draft202012Validator(
            schema, registry=_registry(), format_checker=FormatChecker()
        )
        faults = [
            f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(answer.json)
        ]
        assert not faults, (*where, faults)


def _absolute(schema: Any) -> Any:
    match schema:
        case {"$ref": str(ref)} if ref.startswith("#"):
            return {**schema, "$ref": ROOT + ref}
        case dict():
            return {k: _absolute(v) for k, v in schema.items()}
        case list():
            return [_absolute(v) for v in schema]
        case _:
            return schema

"""Put the description together: `describe()` returns the whole OpenAPI document."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from infra.openapi import queries as q
from infra.openapi.components import Schemas, gateways_own, problem_schema
from infra.openapi.operations import OPERATIONS, PAGE, Operation, Told
from infra.openapi.public_operations import FORM, PUBLIC
from reconnect.answers import PROBLEMS
from reconnect.routes import ROUTES

if TYPE_CHECKING:
    from reconnect.routing import Route

ROOT: Final = Path(__file__).parents[2]
JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
_WITH_BODY: Final = ("malformed", "too-large", "unsupported-media-type", "invalid")
_LATER: Final = frozenset(
    {"too-soon", "paused", "rate-limited", "conflict", "unavailable", "in-flight"}
)
_ABOUT: Final = """\
What a host app asks Relink about its users' bank connections. Texts are in the caller's language.

What can be read with GET is answered to HEAD as well, without a body; only `/reconnect/callback`
is not. Amounts are decimal texts, times are UTC. Lists come in pages: follow `next_cursor`.
Answers grow members in time; ignore those that you do not know. Every refusal of ours is a problem
document (RFC 9457) with a stable `type`; what API Gateway refuses by itself (a missing or wrong
token, too many requests) is its own `message`."""


def describe() -> dict[str, Any]:
    """Return the description. Raises `KeyError` for a route that nobody has described."""
    schemas = Schemas()
    known = {**OPERATIONS, **PUBLIC}
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(ROUTES, key=lambda r: r.path):
        there = paths.setdefault(route.path, {})
        there[route.method.lower()] = _operation(route, known[route.key], schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Relink",
            "version": _version(),
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "https://{host}",
                "description": "Where it is deployed: the stack's output `ApiUrl`.",
                "variables": {"host": {"default": "connect.example"}},
            }
        ],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in known.values())],
        "paths": paths,
        "components": {
            "responses": dict(sorted(schemas.responses.items())),
            "schemas": schemas.all(),
            "securitySchemes": {
                "hostApp": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the host app's identity provider, with the"
                    " claims `sub` (the owner) and `workspace`.",
                }
            },
        },
    }


def _version() -> str:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return str(told["project"]["version"])


def _operation(route: Route, told: Operation, schemas: Schemas) -> dict[str, Any]:
    owners = route.key in OPERATIONS
    found: dict[str, Any] = {
        "operationId": told.name,
        "tags": [told.tag],
        "summary": told.summary,
        **({"description": told.words} if told.words else {}),
        "security": [{"hostApp": []}] if owners else [],
        "parameters": _parameters(route, told, owners=owners),
    }
    if told.body is not None:
        found["requestBody"] = _body(told, schemas)
    found["responses"] = _responses(route, told, schemas, owners=owners)
    return found


def _parameters(route: Route, told: Operation, *, owners: bool) -> list[dict[str, Any]]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    headers = [q.ACCEPT_LANGUAGE] if owners or told.page else []
    headers += [q.IF_NONE_MATCH] if told.kept else []
    headers += [q.IDEMPOTENCY_KEY] if route.once else []
    return [*path, *told.query, *headers]


def _body(told: Operation, schemas: Schemas) -> dict[str, Any]:
    if isinstance(told.body, dict):
        media = FORM if told.page else JSON
        ignored = "type" in told.body and "properties" not in told.body
        return {"required": not ignored, "content": {media: {"schema": told.body}}}
    return {"required": True, "content": {JSON: {"schema": schemas.of(told.body)}}}


def _responses(
    route: Route, told: Operation, schemas: Schemas, *, owners: bool
) -> dict[str, dict[str, Any]]:
    found = {status: _answer(route, told, answer, schemas) for status, answer in told.told.items()}
    if told.kept:
        tag = {"ETag": q.HEADERS["ETag"]}
        found[304] = {"description": "What is known already.", "headers": tag}
    for status, kinds in _problems(route, told, owners=owners).items():
        own = gateways_own(status, owners=owners, body=told.body is not None)
        refusal = _refusal(status, kinds, schemas.gateway() if own else None, page=told.page)
        if status not in found:
            found[status] = schemas.response(_name(status, kinds, own=own, page=told.page), refusal)
        else:
            found[status]["content"] = {**refusal["content"], **found[status].get("content", {})}
            found[status].setdefault("headers", {}).update(refusal.get("headers", {}))
    return {str(status): found[status] for status in sorted(found)}


def _refusal(
    status: int, kinds: list[str], gateway: dict[str, Any] | None, *, page: bool
) -> dict[str, Any]:
    content: dict[str, Any] = {JSON: {"schema": gateway}} if gateway else {}
    if kinds:
        content[PROBLEM_JSON] = {"schema": problem_schema(status, kinds)}
        if page:
            content[PAGE] = {"schema": {"type": "string"}}
    found: dict[str, Any] = {"description": _meaning(kinds), "content": content}
    if _LATER & set(kinds):
        found["headers"] = {"Retry-After": q.HEADERS["Retry-After"]}
    return found


def _name(status: int, kinds: list[str], *, own: bool, page: bool) -> str:
    """Return what a refusal is called that several routes share."""
    words = "-".join(kinds).title().replace("-", "") if kinds else f"Gateway{status}"
    return words + ("Gateway" if own and kinds else "") + ("Page" if page and kinds else "")


def _problems(route: Route, told: Operation, *, owners: bool) -> dict[int, list[str]]:
    """Return the kinds of problems by status; what API Gateway says by itself has none."""
    kinds = [*told.problems, "unavailable", "internal"]
    if owners:
        kinds += ["forbidden"]
        kinds += _WITH_BODY if told.body is not None else ()
        kinds += ["not-found"] if "{" in route.path else []
    elif told.page and isinstance(told.body, dict) and "properties" in told.body:
        kinds += _WITH_BODY[:3]
    kinds += ["conflict", "key-reused", "in-flight", "invalid"] if route.once else []
    found: dict[int, list[str]] = {401: []} if owners else {}
    found[429] = []
    for kind in sorted(set(kinds)):
        found.setdefault(PROBLEMS[kind][0], []).append(kind)
    return found


def _meaning(kinds: list[str]) -> str:
    if not kinds:
        return "API Gateway refused it."
    return " ".join(PROBLEMS[kind][1] for kind in kinds)


def _answer(route: Route, told: Operation, answer: Told, schemas: Schemas) -> dict[str, Any]:
    names = list(answer.headers)
    names += ["ETag"] if told.kept else []
    names += ["Idempotency-Replayed"] if route.once else []
    found: dict[str, Any] = {"description": answer.meaning}
    if names:
        found["headers"] = {name: q.HEADERS[name] for name in names}
    content: dict[str, Any] = {}
    for media in answer.media.split():
        shaped = answer.shape is not None
        content[media] = {"schema": schemas.of(answer.shape) if shaped else {"type": "string"}}
    if told.page and answer.shape is not None:
        content[PAGE] = {"schema": {"type": "string"}}
    return {**found, **({"content": content} if content else {})}

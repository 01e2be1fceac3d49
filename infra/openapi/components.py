"""The schemas that operations refer to: bodies, shapes, and what refusals look like."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from reconnect.answers import PROBLEMS

REF: Final = "#/components/schemas/{model}"
SUFFIX: Final = "Shape"
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why something was refused (RFC 9457). The types:\n\n"
    + "\n".join(f"- `urn:relink:problem:{k}` ({s}): {t}" for k, (s, t) in sorted(PROBLEMS.items())),
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "description": "Where it is wrong, and why; never what was sent.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "In the body (RFC 6901)."},
                    "parameter": {"type": "string"},
                    "header": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
        "retry_at": {"type": "string", "format": "date-time"},
    },
    "required": ["type", "title", "status"],
}
GATEWAY: Final[dict[str, Any]] = {
    "type": "object",
    "description": "API Gateway's own words.",
    "properties": {"message": {"type": ["string", "null"]}},
    "required": ["message"],
}


def problem_schema(status: int, kinds: list[str]) -> dict[str, Any]:
    """Return the schema of a problem of one of these kinds."""
    types = [f"urn:relink:problem:{kind}" for kind in kinds]
    told = {"type": {"enum": types}, "status": {"const": status}}
    return {"allOf": [{"$ref": REF.format(model="Problem")}, {"properties": told}]}


def gateways_own(status: int, *, owners: bool, body: bool) -> bool:
    """Tell whether API Gateway answers so by itself, before any function is called."""
    return status in {429, 500, 503} or (owners and status == 401) or (body and status == 413)  # noqa: PLR2004 - HTTP's own


class Schemas:
    """Collects what is referred to."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {"Problem": PROBLEM}
        self.responses: dict[str, Any] = {}

    def of(self, shape: Any) -> dict[str, Any]:
        """Return a reference to a body's model or a shape, or a choice of such."""
        if isinstance(shape, dict):
            return shape
        adapter: TypeAdapter[Any] = TypeAdapter(shape)
        found = _plain(adapter.json_schema(ref_template=REF, by_alias=True))
        own = found.pop("$defs", {})
        name = getattr(shape, "__name__", "")
        if name:
            own[name], found = found, {"$ref": REF.format(model=name)}
        self._found |= {_short(n): schema for n, schema in own.items()}
        renamed: dict[str, Any] = _renamed(found)
        return renamed

    def response(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        """Return a reference to a response that several operations have."""
        self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}

    def gateway(self) -> dict[str, Any]:
        """Return a reference to what API Gateway says."""
        self._found["GatewayMessage"] = GATEWAY
        return {"$ref": REF.format(model="GatewayMessage")}

    def all(self) -> dict[str, Any]:
        """Return everything that was referred to."""
        return {name: _renamed(self._found[name]) for name in sorted(self._found)}


def _short(name: str) -> str:
    return name.removesuffix(SUFFIX)


def _renamed(value: Any) -> Any:
    match value:
        case {"$ref": str(ref), **rest}:
            return {"$ref": _short(ref), **{k: _renamed(v) for k, v in rest.items()}}
        case dict():
            return {k: _renamed(v) for k, v in value.items()}
        case list():
            return [_renamed(v) for v in value]
        case _:
            return value


def _made_up(name: str, value: Any) -> bool:
    return name == "title" or (name == "default" and not (value and isinstance(value, str)))


def _plain(value: Any, *, named: bool = False) -> Any:
    """Return a schema without what only Pydantic means, and with portable patterns.

    Titles are made up; a default that is no word stands for "left as it is" in our bodies.
    """
    match value:
        case dict():
            kept = {k: v for k, v in value.items() if named or not _made_up(k, v)}
            return {k: _plain(v, named=k == "properties") for k, v in kept.items()}
        case list():
            return [_plain(v) for v in value]
        case str():
            return value.replace(r"\Z", "$")
        case _:
            return value

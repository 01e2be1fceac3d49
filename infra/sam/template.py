"""template.yaml, read once for all: the local stack and the tests start from the same truth.

`load()` gives a `Template`. Its `tables()`, `queues()`, `functions()` and `http_api()` are typed
views by logical id; `resources` holds everything; `resolve()` computes any value of the template,
given the attributes of the resources it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.sam.intrinsics import Resolver, Unresolved, read
from infra.sam.resources import Function, HttpApi, Queue, Resource, Table, queue, table
from infra.sam.triggers import QueueSource, Route, Schedule, StreamSource, trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "TEMPLATE",
    "Function",
    "HttpApi",
    "Queue",
    "QueueSource",
    "Resource",
    "Route",
    "Schedule",
    "StreamSource",
    "Table",
    "Template",
    "Unresolved",
    "load",
]

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "relink",
    "AWS::URLSuffix": "amazonaws.com",
}


class _Itself(Mapping[str, Mapping[str, str]]):
    """Resolves every attribute of a resource to its logical id: what a view speaks of."""

    def __init__(self, ids: frozenset[str]) -> None:
        self._ids = ids

    def __getitem__(self, logical_id: str) -> Mapping[str, str]:
        if logical_id not in self._ids:
            raise KeyError(logical_id)
        return _Always(logical_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class _Always(dict[str, str]):
    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, _: str) -> str:
        return self._value


class Template:
    """A template under one set of parameters; resources whose condition is false are left out."""

    def __init__(self, document: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        declared = document.get("Parameters", {})
        if unknown := parameters.keys() - declared.keys() - PSEUDO_PARAMETERS.keys():
            msg = f"the template has no parameter {', '.join(sorted(unknown))}"
            raise Unresolved(msg)
        defaults = {k: v["Default"] for k, v in declared.items() if "Default" in v}
        self.document = document
        self.parameters: Mapping[str, Any] = PSEUDO_PARAMETERS | defaults | dict(parameters)
        self.resources = {
            logical_id: Resource(r["Type"], r.get("Properties", {}))
            for logical_id, r in document["Resources"].items()
            if "Condition" not in r or self._resolver({}).holds(r["Condition"])
        }

    def resolve(self, value: Any, attributes: Mapping[str, Mapping[str, Any]]) -> Any:
        """Return a value of the template with its intrinsic functions computed.

        `attributes[logical_id]` holds a resource's `Ref`, `Arn` and so on, and is needed only for
        resources that the value names. Raises `Unresolved`.
        """
        return self._resolver(attributes).resolve(value)

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return the (unresolved) properties of all resources of a type, by logical id."""
        return {k: r.properties for k, r in self.resources.items() if r.type == kind}

    def tables(self) -> dict[str, Table]:
        """Return the tables."""
        return {k: table(self._view(p)) for k, p in self.of_type("AWS::DynamoDB::Table").items()}

    def queues(self) -> dict[str, Queue]:
        """Return the queues."""
        return {k: queue(self._view(p)) for k, p in self.of_type("AWS::SQS::Queue").items()}

    def functions(self) -> dict[str, Function]:
        """Return the functions, with what Globals says of all of them."""
        found = self.of_type("AWS::Serverless::Function")
        return {k: self._function(_merged(self._globals, p)) for k, p in found.items()}

    def http_api(self) -> HttpApi:
        """Return the one HTTP API."""
        auth = self._view(self._auth)
        tokens = {k: v["JwtConfiguration"] for k, v in auth.get("Authorizers", {}).items()}
        return HttpApi(
            default_authorizer=auth.get("DefaultAuthorizer"),
            issuers={k: v["issuer"] for k, v in tokens.items()},
            audiences={k: tuple(v["audience"]) for k, v in tokens.items()},
            cors=self._view(self._api.get("CorsConfiguration", {})),
        )

    @property
    def _api(self) -> Mapping[str, Any]:
        [api] = self.of_type("AWS::Serverless::HttpApi").values()
        return api

    @property
    def _auth(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._api.get("Auth", {})
        return found

    @property
    def _globals(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document.get("Globals", {}).get("Function", {})
        return found

    @cached_property
    def _ids(self) -> _Itself:
        return _Itself(frozenset(self.resources))

    def _resolver(self, attributes: Mapping[str, Mapping[str, Any]]) -> Resolver:
        known = self.document
        return Resolver(
            self.parameters, known.get("Conditions", {}), attributes, known.get("Mappings", {})
        )

    def _view(self, value: Any) -> Any:
        return self.resolve(value, self._ids)

    def _function(self, properties: Mapping[str, Any]) -> Function:
        default = self._auth.get("DefaultAuthorizer")
        events = self._view(properties.get("Events", {}))
        return Function(
            handler=properties["Handler"],
            code=properties["CodeUri"],
            timeout=int(properties["Timeout"]),
            memory=int(properties["MemorySize"]),
            role=self._view(properties["Role"]),
            log_group=self._view(properties["LoggingConfig"]["LogGroup"]),
            environment=properties["Environment"]["Variables"],
            triggers=tuple(trigger(name, e, default) for name, e in events.items()),
        )


def load(path: Path = TEMPLATE, parameters: Mapping[str, Any] | None = None) -> Template:
    """Read a template. `parameters` may also set pseudo parameters such as `AWS::Region`.

    Raises `Unresolved` for a parameter that the template does not have.
    """
    return Template(read(path), parameters or {})


def _merged(general: Mapping[str, Any], special: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mappings merged key by key; the special one wins, as SAM's Globals say."""
    merged = {**general, **special}
    for key in general.keys() & special.keys():
        if isinstance(general[key], dict) and isinstance(special[key], dict):
            merged[key] = _merged(general[key], special[key])
    return merged

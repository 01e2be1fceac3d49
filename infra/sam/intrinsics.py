"""CloudFormation's notation: its short YAML tags and what its intrinsic functions stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE = object()


class Unresolved(Exception):
    """The template names something that nobody has given a value."""


class _Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = None
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)


def read(path: Path) -> dict[str, Any]:
    """Return the template's document with all short forms written out."""
    with path.open() as file:
        document: dict[str, Any] = yaml.load(file, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return document


@dataclass(frozen=True, slots=True)
class Resolver:
    """What names stand for: parameters, conditions, mappings, `attributes[logical_id][attribute]`.

    The value of `!Ref logical_id` is the attribute called `Ref`.
    """

    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Return the value with every intrinsic function in it computed. Raises `Unresolved`."""
        if isinstance(value, list):
            return [v for v in map(self.resolve, value) if v is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        resolved = {k: self.resolve(v) for k, v in value.items()}
        return {k: v for k, v in resolved.items() if v is not _NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Tell whether a condition of the template is true."""
        if condition not in self.conditions:
            msg = f"no condition is called {condition}"
            raise Unresolved(msg)
        return bool(self.resolve(self.conditions[condition]))

    def ref(self, name: str) -> Any:
        """Return what `!Ref name` stands for."""
        if name == "AWS::NoValue":
            return _NO_VALUE
        return self.parameters[name] if name in self.parameters else self.attribute(name, "Ref")

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """Return what `!GetAtt logical_id.attribute` stands for."""
        try:
            return self.attributes[logical_id][attribute]
        except KeyError:
            msg = f"{logical_id}.{attribute} has no value"
            raise Unresolved(msg) from None

    def substitute(self, argument: str | list[Any]) -> str:
        """Return the text of `!Sub`, whose list form brings values of its own."""
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(own[name]))
            logical_id, _, attribute = name.partition(".")
            return str(self.attribute(logical_id, attribute) if attribute else self.ref(name))

        return _PLACEHOLDER.sub(replaced, text)

    def find(self, argument: list[Any]) -> Any:
        """Return what a mapping holds under two keys (`!FindInMap`)."""
        name, *keys = self.resolve(argument)
        found = self.mappings[name]
        for key in keys:
            found = found[key]
        return found

    def choose(self, argument: list[Any]) -> Any:
        """Return the branch of `!If` that applies; the other one is not looked at."""
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)


_FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.ref,
    "Condition": Resolver.holds,
    "Fn::GetAtt": lambda r, a: r.attribute(*a),
    "Fn::Sub": Resolver.substitute,
    "Fn::If": Resolver.choose,
    "Fn::FindInMap": Resolver.find,
    "Fn::Join": lambda r, a: str(a[0]).join(map(str, r.resolve(a[1]))),
    "Fn::Select": lambda r, a: r.resolve(a[1])[int(r.resolve(a[0]))],
    "Fn::Split": lambda r, a: r.resolve(a[1]).split(a[0]),
    "Fn::Equals": lambda r, a: str(r.resolve(a[0])) == str(r.resolve(a[1])),  # all are texts there
    "Fn::Not": lambda r, a: not r.resolve(a[0]),
    "Fn::And": lambda r, a: all(r.resolve(x) for x in a),
    "Fn::Or": lambda r, a: any(r.resolve(x) for x in a),
}

"""Event patterns, as event source mappings use them to choose records.

A pattern is a JSON object that mirrors the event; each leaf is a list of which one entry must
match. Source: "Control which events Lambda sends to your function", AWS Lambda developer guide.
"""

from __future__ import annotations

import json
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Pattern = dict[str, Any]
_ABSENT = object()
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class BadPatternError(Exception):
    """The pattern is not one that Lambda accepts."""


def read_patterns(criteria: Mapping[str, Any] | None) -> list[Pattern]:
    """Return the patterns of a mapping's FilterCriteria; none means that everything passes.

    Raise BadPatternError if a pattern is not JSON or says nothing that Lambda knows.
    """
    patterns = []
    for entry in (criteria or {}).get("Filters", []):
        try:
            pattern = json.loads(entry["Pattern"])
        except ValueError as error:
            raise BadPatternError(f"not JSON: {entry['Pattern']}") from error
        if not isinstance(pattern, dict):
            raise BadPatternError(f"not an object: {entry['Pattern']}")
        _check(pattern)
        patterns.append(pattern)
    return patterns


def passes(event: Mapping[str, Any], patterns: Sequence[Pattern]) -> bool:
    """Return whether the event matches one of the patterns, or there are none."""
    return not patterns or any(matches(event, pattern) for pattern in patterns)


def matches(event: Any, pattern: Pattern) -> bool:
    """Return whether every part of the pattern is met."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(event, choice) for choice in wanted):
                return False
            continue
        value = event.get(key, _ABSENT) if isinstance(event, dict) else _ABSENT
        if isinstance(wanted, dict):
            if not matches({} if value is _ABSENT else value, wanted):
                return False
        elif not any(_leaf_matches(value, rule) for rule in wanted):
            return False
    return True


def _leaf_matches(value: Any, rule: Any) -> bool:
    if isinstance(rule, dict):
        ((kind, argument),) = rule.items()
        if kind == "exists":
            is_leaf = value is not _ABSENT and not isinstance(value, dict)
            return is_leaf is argument
        if value is _ABSENT or isinstance(value, dict):
            return False
        values = value if isinstance(value, list) else [value]
        return any(_RULES[kind](each, argument) for each in values)
    if value is _ABSENT:
        return False
    values = value if isinstance(value, list) else [value]
    return any(_same(each, rule) for each in values)


def _same(value: Any, rule: Any) -> bool:
    return type(value) is type(rule) and bool(value == rule)


def _prefix(value: Any, argument: Any) -> bool:
    return isinstance(value, str) and value.startswith(argument)


def _suffix(value: Any, argument: Any) -> bool:
    return isinstance(value, str) and value.endswith(argument)


def _ignoring_case(value: Any, argument: Any) -> bool:
    return isinstance(value, str) and value.casefold() == argument.casefold()


def _anything_but(value: Any, argument: Any) -> bool:
    if isinstance(argument, dict):
        ((kind, inner),) = argument.items()
        return not _RULES[kind](value, inner)
    refused = argument if isinstance(argument, list) else [argument]
    return not any(_same(value, each) for each in refused)


def _numeric(value: Any, argument: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False  # DynamoDB's numbers arrive as strings, so numeric rules never match them
    pairs = zip(argument[::2], argument[1::2], strict=True)
    return all(_COMPARISONS[sign](value, limit) for sign, limit in pairs)


_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
}


def _check(pattern: Pattern) -> None:
    for key, wanted in pattern.items():
        if key == "$or":
            for choice in wanted:
                _check(choice)
        elif isinstance(wanted, dict):
            _check(wanted)
        elif not isinstance(wanted, list) or not wanted:
            raise BadPatternError(f"{key}: a leaf is a list of at least one rule")
        else:
            for rule in wanted:
                _check_rule(key, rule)


def _check_rule(key: str, rule: Any) -> None:
    if not isinstance(rule, dict):
        return
    if len(rule) != 1 or next(iter(rule)) not in {*_RULES, "exists"}:
        raise BadPatternError(f"{key}: unknown rule {json.dumps(rule)}")

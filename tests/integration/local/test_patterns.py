"""Event patterns choose records as Lambda's filters do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.triggers.patterns import BadPatternError, passes, read_patterns


def criteria(*patterns: Any) -> dict[str, Any]:
    """Return a mapping's FilterCriteria."""
    return {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}


def record(**image: object) -> dict[str, Any]:
    """Return a stream record with this new image."""
    return {"eventName": "MODIFY", "dynamodb": {"NewImage": image}}


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (["red"], "red", True),
        (["red", "orange"], "orange", True),
        (["red"], "Red", False),
        (["1"], 1, False),
        ([None], None, True),
        ([{"prefix": "re"}], "red", True),
        ([{"prefix": "re"}], "green", False),
        ([{"suffix": "d"}], "red", True),
        ([{"equals-ignore-case": "RED"}], "red", True),
        ([{"anything-but": ["red"]}], "green", True),
        ([{"anything-but": ["red", "green"]}], "green", False),
        ([{"anything-but": {"prefix": "r"}}], "red", False),
        ([{"anything-but": {"prefix": "r"}}], "green", True),
        ([{"numeric": [">", 1, "<=", 3]}], 3, True),
        ([{"numeric": [">", 1, "<=", 3]}], 4, False),
        ([{"numeric": [">", 1]}], "3", False),
        ([{"exists": True}], "any", True),
        ([{"exists": False}], "any", False),
        (["a"], ["a", "b"], True),
    ],
)
def test_rule_for_a_value(rule: list[Any], value: object, *, expected: bool) -> None:
    """Types count; DynamoDB's numbers are strings, so numeric rules never match them."""
    patterns = read_patterns(criteria({"dynamodb": {"NewImage": {"status": rule}}}))
    assert expected is passes(record(status=value), patterns)


def test_missing_value_matches_only_its_absence() -> None:
    """A record without an old image passes no rule about the old image but `exists: false`."""
    old = {"dynamodb": {"OldImage": {"status": {"S": [{"anything-but": ["red"]}]}}}}
    absent = {"dynamodb": {"OldImage": {"status": {"S": [{"exists": False}]}}}}
    inserted = record(status={"S": "red"})
    assert not passes(inserted, read_patterns(criteria(old)))
    assert passes(inserted, read_patterns(criteria(absent)))


def test_patterns_are_alternatives_and_none_lets_everything_pass() -> None:
    """One of several patterns suffices; so does one branch of `$or`."""
    red, blue = ({"dynamodb": {"NewImage": {"c": [c]}}} for c in ("red", "blue"))
    assert passes(record(c="blue"), read_patterns(criteria(red, blue)))
    assert passes(record(c="blue"), read_patterns(criteria({"$or": [red, blue]})))
    assert not passes(record(c="green"), read_patterns(criteria({"$or": [red, blue]})))
    assert passes(record(c="green"), read_patterns(None))


@pytest.mark.parametrize(
    "pattern", ["{", "[]", '{"a": []}', '{"a": "b"}', '{"a": [{"like": "b"}]}']
)
def test_pattern_that_lambda_would_refuse_is_refused(pattern: str) -> None:
    """A wrong filter must not look like one that matches nothing."""
    with pytest.raises(BadPatternError):
        read_patterns({"Filters": [{"Pattern": pattern}]})

"""Filter patterns: what CloudWatch's user guide says of them."""

from __future__ import annotations

from typing import Any

import pytest

from infra.alarms.patterns import BadPattern, compiled, selected
from infra.sam.template import load

LINE: dict[str, Any] = {
    "message": "outage",
    "over": False,
    "none": None,
    "count": 3,
    "who": {"id": "con_1"},
}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ $.message = "outage" }', True),
        ('{$.message="outage"}', True),
        ('{ $.message = "out*" }', True),
        ('{ $.message = "Outage" }', False),
        ('{ $.message != "outage" }', False),
        ('{ $.message != "sync" }', True),
        ('{ $.nothing = "x" }', False),
        ('{ $.nothing != "x" }', False),
        ("{ $.nothing NOT EXISTS }", True),
        ("{ $.none NOT EXISTS }", False),
        ("{ $.none IS NULL }", True),
        ("{ $.over IS FALSE }", True),
        ("{ $.over IS TRUE }", False),
        ("{ $.count > 2 }", True),
        ("{ $.count >= 3 && $.count < 3.5 }", True),
        ("{ $.count != 3 }", False),
        ("{ $.message > 2 }", False),
        ('{ $.who.id = "con_1" }', True),
        ('{ $.who.id.deeper = "con_1" }', False),
        ('{ $.message = "x" || $.count = 3 && $.over IS FALSE }', True),
        ('{ ($.message = "x" || $.count = 3) && $.over IS TRUE }', False),
    ],
)
def test_a_pattern_finds_lines(pattern: str, *, found: bool) -> None:
    """And has the precedence of its signs: what is missing equals nothing, and differs from it."""
    assert found is compiled(pattern)(LINE)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "outage",
        '{ $.message = "outage"',
        "{ $.message = outage }",
        '{ $.message == "outage" }',
        '{ message = "outage" }',
        '{ $.message > "outage" }',
        '{ $.message = "outage" } }',
        '{ $.message = "outage" $.over IS TRUE }',
        "{ $.message = }",
    ],
)
def test_a_broken_pattern_is_refused(pattern: str) -> None:
    """AWS would refuse it too, but only when it is deployed."""
    with pytest.raises(BadPattern):
        compiled(pattern)


@pytest.mark.parametrize("name", load().of_type("AWS::Logs::MetricFilter"))
def test_the_templates_patterns_can_be_read(name: str) -> None:
    """No linter reads them."""
    compiled(load().of_type("AWS::Logs::MetricFilter")[name]["FilterPattern"])


def test_a_selector_names_a_value() -> None:
    """Or nothing, if it is not there."""
    assert ("con_1", None) == (selected("$.who.id", LINE), selected("$.who.name", LINE))

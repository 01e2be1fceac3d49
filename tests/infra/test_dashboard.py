"""The dashboard: JSON that no linter reads, about metrics that exist."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.alarms.metrics import FILTER, RULE
from infra.sam.template import TEMPLATE
from tests.alarming import ALARM, NAMES
from tests.alarming import TEMPLATE as WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.sam.template import Template

FREE_METRICS = 50
COLUMNS = 24
AWS = {
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Errors", "Throttles", "Duration", "ConcurrentExecutions"},
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/DynamoDB": {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
}
"""What AWS measures of itself, of that what is shown."""
DIMENSIONS = {
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": "AWS::Serverless::Function",
    "ApiId": "AWS::Serverless::HttpApi",
    "TableName": "AWS::DynamoDB::Table",
}


@pytest.fixture
def widgets(template: Template) -> list[dict[str, Any]]:
    """Return the widgets, with the template's names in them."""
    return shown_by(template)


def shown_by(template: Template) -> list[dict[str, Any]]:
    """Return the widgets that a template has."""
    [dashboard] = template.of_type("AWS::CloudWatch::Dashboard").values()
    told: list[dict[str, Any]] = json.loads(template.resolve(dashboard["DashboardBody"], NAMES))[
        "widgets"
    ]
    return told


def shown(widgets: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Yield each metric: namespace, name, dimensions."""
    for widget in widgets:
        for metric in widget["properties"].get("metrics", []):
            yield [part for part in metric if isinstance(part, str)]


@pytest.mark.parametrize("provisioned", [False, True])
def test_every_alarm_is_on_it(provisioned: bool, template: Template) -> None:  # noqa: FBT001
    """One look tells whether anything is amiss; what is not deployed is not looked for."""
    template = WHOLE if provisioned else template
    widgets = shown_by(template)
    [told] = [w["properties"]["alarms"] for w in widgets if w["type"] == "alarm"]

    assert template.of_type(ALARM).keys() == set(told)
    assert len(told) == len(set(told))


def test_it_shows_what_is_measured(template: Template, widgets: list[dict[str, Any]]) -> None:
    """A misspelt name shows an empty graph, which looks like peace."""
    filters = template.resolve(template.of_type(FILTER), NAMES).values()
    ours = {
        (into["MetricNamespace"], into["MetricName"])
        for told in filters
        for into in told["MetricTransformations"]
    }
    code = "".join(p.read_text() for p in (TEMPLATE.parent / "functions/notify").glob("*.py"))
    for namespace, name, *dimensions in shown(widgets):
        if namespace in AWS:
            assert name in AWS[namespace]
            kind, of = dimensions
            assert template.resources[of].type == DIMENSIONS[kind]
        elif namespace == "Relink/relink":
            assert ["service", "notify"] == dimensions
            assert f'"{name}"' in code or name in {"MailBounced", "MailComplained"}
        else:
            assert (namespace, name) in ours


def test_it_costs_nothing(widgets: list[dict[str, Any]]) -> None:
    """Three dashboards are free, of fifty metrics each."""
    assert len(list(shown(widgets))) <= FREE_METRICS


def test_widgets_lie_side_by_side(widgets: list[dict[str, Any]]) -> None:
    """Each on the grid, none on another."""
    taken: set[tuple[int, int]] = set()
    for w in widgets:
        assert w["x"] + w["width"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(w["x"], w["x"] + w["width"])
            for y in range(w["y"], w["y"] + w["height"])
        }
        assert not cells & taken
        taken |= cells


def test_it_asks_logs_that_there_are(template: Template, widgets: list[dict[str, Any]]) -> None:
    """Queries name log groups and rules of the template, and the phrases that functions log."""
    queries = [w["properties"]["query"] for w in widgets if w["type"] == "log"]
    rules = [r["properties"]["insightRule"] for r in widgets if "insightRule" in r["properties"]]

    assert queries
    for query in queries:
        for log in re.findall(r"SOURCE '([^']+)'", query):
            assert template.resources[log].type == "AWS::Logs::LogGroup"
    named = {template.resolve(r["RuleName"], NAMES) for r in template.of_type(RULE).values()}
    assert {rule["ruleName"] for rule in rules} == named

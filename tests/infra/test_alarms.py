"""What no linter checks about alarms: that something raises them, and that somebody hears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.template import TEMPLATE, load

if TYPE_CHECKING:
    from infra.template import Template

FUNCTIONS = TEMPLATE.parent / "functions"
FILTER = "AWS::Logs::MetricFilter"
ALARM = "AWS::CloudWatch::Alarm"
BORNE = {"UnverifiedWebhooks": 100}
"""What anybody may cause a little of."""


def metric_of(properties: Any) -> str:
    """Return the metric that a filter counts into."""
    (transformation,) = properties["MetricTransformations"]
    return str(transformation["MetricName"])


def test_every_alarm_reaches_the_operators(template: Template) -> None:
    """An alarm that tells nobody is none."""
    for name, alarm in template.of_type(ALARM).items():
        assert [{"Ref": "OperatorTopic"}] == alarm["AlarmActions"], name
        assert alarm["AlarmDescription"], name


MISSED = {"Swept"}
"""Of what a healthy function logs, the lack is the trouble."""


@pytest.mark.parametrize("name", sorted(load().of_type(FILTER).keys() - MISSED))
def test_what_is_found_in_a_log_raises_an_alarm(name: str, template: Template) -> None:
    """A single line is enough unless strangers can cause it, and no line is no trouble."""
    found = template.of_type(FILTER)[name]
    alarm = template.of_type(ALARM)[f"{name}Alarm"]

    assert metric_of(found) == str(alarm["MetricName"])
    assert "Relink" == alarm["Namespace"] == found["MetricTransformations"][0]["MetricNamespace"]
    assert ("Sum", "GreaterThanThreshold", BORNE.get(name, 0), "notBreaching") == (
        alarm["Statistic"],
        alarm["ComparisonOperator"],
        int(alarm["Threshold"]),
        alarm["TreatMissingData"],
    )


@pytest.mark.parametrize("name", load().of_type(FILTER))
def test_a_filter_looks_for_what_its_function_logs(name: str, template: Template) -> None:
    """The phrase stands, word for word, in the code of the function whose log is searched."""
    found = template.of_type(FILTER)[name]
    log = found["LogGroupName"]["Ref"]
    (folder,) = {
        f.handler.split(".")[0] for f in template.functions().values() if f.log_group == log
    }
    code = " ".join(f.read_text() for f in (FUNCTIONS / folder).rglob("*.py"))
    phrases = re.findall(r'\$\.message = "([^"]+)"', found["FilterPattern"])

    assert phrases
    for phrase in phrases:
        assert f'"{phrase}"' in code


@pytest.mark.parametrize("name", sorted(MISSED))
def test_what_is_missing_from_a_log_raises_an_alarm(name: str, template: Template) -> None:
    """Silence and failing look alike: neither writes the line that says that all was done."""
    alarm = template.of_type(ALARM)[f"{name}Alarm"]

    assert metric_of(template.of_type(FILTER)[name]) == str(alarm["MetricName"])
    assert ("Sum", "LessThanThreshold", 1, "breaching") == (
        alarm["Statistic"],
        alarm["ComparisonOperator"],
        int(alarm["Threshold"]),
        alarm["TreatMissingData"],
    )


def test_a_message_that_is_not_handled_is_told_to_operators(template: Template) -> None:
    """What an owner waits for must not fail in silence until the dead-letter queue has it."""
    found = template.of_type(FILTER)["OperatorNeeded"]

    assert '$.message = "attempt not handled"' in found["FilterPattern"]


def test_a_long_orange_is_told_to_operators_alone(template: Template) -> None:
    """Law 3: the filter reads the line that the worker writes once a connection."""
    found = template.of_type(FILTER)["LongOrange"]

    assert '{ $.message = "long orange" }' == found["FilterPattern"]
    assert {"Ref": "WorkerLog"} == found["LogGroupName"]

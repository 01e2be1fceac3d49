"""Alarms: what CloudWatch's user guide says of periods, missing data and metric math."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.alarms.evaluation import AlarmState, Monitor
from infra.alarms.metrics import Line, Sample, embedded, rules, samples
from infra.sam.template import Template

NOW = 10_000
RULE = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogFormat": "JSON",
    "LogGroupNames": ["Log"],
    "AggregateOn": "Count",
    "Contribution": {"Keys": ["$.bank"], "Filters": [{"Match": "$.message", "In": ["red"]}]},
}
SIMPLE = {
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
}


def judged(alarm: dict[str, Any], *values: float | None, lines: tuple[Line, ...] = ()) -> str:
    """Return how an alarm stands after so many minutes, the last one first."""
    rule = {"RuleName": "rule", "RuleBody": json.dumps(RULE)}
    template = Template(
        {
            "Resources": {
                "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
                "Rule": {"Type": "AWS::CloudWatch::InsightRule", "Properties": rule},
            }
        },
        {},
    )
    measured = [
        Sample(NOW - 60 * ago - 1, "N", "m", value)
        for ago, value in enumerate(values)
        if value is not None
    ]
    return Monitor(template, {}, lines, measured).state("Alarm", NOW).value


@pytest.mark.parametrize(
    ("values", "missing", "expected"),
    [
        ((2, 2, 0), "missing", "ALARM"),
        ((2, 0, 2), "missing", "ALARM"),
        ((2, 0, 0), "missing", "OK"),
        ((1, 1, 1), "missing", "OK"),
        ((0, 0, 0, 9, 9), "missing", "OK"),
        ((2, None, None), "breaching", "ALARM"),
        ((2, None, None), "notBreaching", "OK"),
        ((None, None, None), "missing", "INSUFFICIENT_DATA"),
        ((None, None, None), "ignore", "INSUFFICIENT_DATA"),
        ((None, None, None), "breaching", "ALARM"),
        ((None, None, None), "notBreaching", "OK"),
    ],
)
def test_enough_of_the_last_periods_make_an_alarm(
    values: tuple[float | None, ...], missing: str, expected: str
) -> None:
    """M of N, where what is missing counts as it is told to."""
    assert expected == judged({**SIMPLE, "TreatMissingData": missing}, *values)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m * 100 / 4 - 1", "ALARM"),
        ("m / 0", "INSUFFICIENT_DATA"),
        ("IF(m >= 2, 2, 0)", "ALARM"),
        ("IF(m > 2, 2, 0)", "OK"),
        ("none + 2", "INSUFFICIENT_DATA"),
        ("FILL(none, 0) + 2", "ALARM"),
        ("IF(none > 1, 2, 0)", "OK"),
        ('INSIGHT_RULE_METRIC("rule", "MaxContributorValue")', "ALARM"),
    ],
)
def test_alarms_can_reckon(expression: str, expected: str) -> None:
    """Metric math: what has no value has none in what is made of it, unless it is filled."""
    metrics = [
        {"Id": "e", "Expression": expression, "Period": 60},
        *(
            {
                "Id": name,
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"Namespace": "N", "MetricName": name},
                    "Stat": "Sum",
                    "Period": 60,
                },
            }
            for name in ("m", "none")
        ),
    ]
    alarm = {
        **{k: SIMPLE[k] for k in ("ComparisonOperator", "Threshold")},
        "EvaluationPeriods": 1,
        "Metrics": metrics,
    }
    red = Line(NOW - 1, "Log", '{"message": "red", "bank": "a"}')

    assert expected == judged(alarm, 2, lines=(red, red))


def test_a_rule_counts_by_its_keys() -> None:
    """The most frequent one counts; other lines and other logs do not."""
    told = {"RuleName": "rule", "RuleBody": json.dumps(RULE)}
    document = {"Resources": {"R": {"Type": "AWS::CloudWatch::InsightRule", "Properties": told}}}
    [rule] = rules(Template(document, {}), {}).values()
    texts = [("Log", "red", bank) for bank in "abab"] + [("Log", "red", "a")]
    texts += [("Log", "green", "b")] * 3 + [("Other", "red", "b")] * 3
    lines = [Line(1, log, f'{{"message": "{text}", "bank": "{b}"}}') for log, text, b in texts]

    assert rule.largest(lines) == 3
    assert rule.largest([]) is None


def test_a_filter_counts_its_default_in_minutes_without_a_find() -> None:
    """And nothing in minutes without a line at all."""
    into = {"MetricNamespace": "N", "MetricName": "m", "MetricValue": "$.n", "DefaultValue": 0}
    told = {"LogGroupName": "Log", "FilterPattern": "{ $.n > 0 }", "MetricTransformations": [into]}
    document = {"Resources": {"F": {"Type": "AWS::Logs::MetricFilter", "Properties": told}}}
    lines = [Line(5, "Log", '{"n": 7}'), Line(6, "Log", "{}"), Line(70, "Log", "no JSON")]
    lines.append(Line(130, "Other", '{"n": 8}'))

    found = samples(Template(document, {}), lines, {})
    assert [(5, 7.0), (60, 0.0)] == [(s.at, s.value) for s in found]


def test_embedded_metrics_are_counted_as_they_are_written() -> None:
    """Each value by itself, in its namespace, with its dimensions."""
    text = """{"service": "notify", "MailSent": [1.0, 2.0], "_aws": {"CloudWatchMetrics": [
        {"Namespace": "N", "Dimensions": [["service"]], "Metrics": [{"Name": "MailSent"}]}]}}"""
    found = list(embedded(Line(1, "Log", text)))

    assert [1.0, 2.0] == [s.value for s in found]
    assert {("N", "MailSent", frozenset({("service", "notify")}))} == {
        (s.namespace, s.name, s.dimensions) for s in found
    }


def test_states_are_called_as_aws_calls_them() -> None:
    """Whoever reads a drill's record knows them."""
    assert {"OK", "ALARM", "INSUFFICIENT_DATA"} == {s.value for s in AlarmState}

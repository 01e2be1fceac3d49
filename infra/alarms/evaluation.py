"""Whether an alarm goes off: its own metric or its own sum over the values of its periods.

Source: "Using Amazon CloudWatch alarms" and "Using metric math", CloudWatch User Guide.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from infra.alarms.metrics import rules, samples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from infra.alarms.metrics import Line, Rule, Sample
    from infra.sam.template import Template

Value = float | None
_STATISTICS: Final[dict[str, Callable[[list[float]], float]]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": fmean,
    "SampleCount": lambda values: float(len(values)),
}
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_SIGNS: Final[dict[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class AlarmState(StrEnum):
    """How an alarm stands."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Monitor:
    """The template's alarms over what was logged and measured.

    `names` are the attributes of the template's resources, `measured` what AWS itself has counted.
    """

    template: Template
    names: Mapping[str, Mapping[str, Any]]
    lines: Sequence[Line] = ()
    measured: Sequence[Sample] = field(default_factory=tuple)

    def state(self, logical_id: str, now: int) -> AlarmState:
        """Return how an alarm stands at the end of its last whole period."""
        alarm = self.template.resolve(
            self.template.of_type("AWS::CloudWatch::Alarm")[logical_id], self.names
        )
        found = samples(self.template, self.lines, self.names) + list(self.measured)
        periods = range(int(alarm["EvaluationPeriods"]))
        return _judged(alarm, [self._value(alarm, found, now, ago) for ago in periods])

    def _value(self, alarm: Mapping[str, Any], found: list[Sample], now: int, ago: int) -> Value:
        if "Metrics" not in alarm:
            period = int(alarm["Period"])
            return _statistic(alarm, alarm["Statistic"], found, now - ago * period, period)
        told = {entry["Id"]: entry for entry in alarm["Metrics"]}
        [wanted] = [e for e in told.values() if e.get("ReturnData", True)]
        stats = {k: e["MetricStat"] for k, e in told.items() if "MetricStat" in e}
        period = int(wanted.get("Period") or next(iter(stats.values()))["Period"])
        end = now - ago * period
        known = {
            k: _statistic(stat["Metric"], stat["Stat"], found, end, period)
            for k, stat in stats.items()
        }
        lines = [line for line in self.lines if end - period <= line.at < end]
        formula = _Formula(known, rules(self.template, self.names), lines)
        return formula.value(ast.parse(wanted["Expression"], mode="eval").body)


def _statistic(
    metric: Mapping[str, Any], statistic: str, found: list[Sample], end: int, period: int
) -> Value:
    dimensions = frozenset((d["Name"], str(d["Value"])) for d in metric.get("Dimensions", []))
    name = (str(metric["Namespace"]), str(metric["MetricName"]), dimensions)
    values = [
        sample.value
        for sample in found
        if (sample.namespace, sample.name, sample.dimensions) == name
        and end - period <= sample.at < end
    ]
    return _STATISTICS[statistic](values) if values else None


def _judged(alarm: Mapping[str, Any], values: Sequence[Value]) -> AlarmState:
    compare, threshold = _COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    missing = alarm.get("TreatMissingData", "missing")
    over = [missing == "breaching" if v is None else compare(v, threshold) for v in values]
    if missing in {"missing", "ignore"} and all(v is None for v in values):
        return AlarmState.INSUFFICIENT
    needed = int(alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]))
    return AlarmState.ALARM if sum(over) >= needed else AlarmState.OK


@dataclass(frozen=True)
class _Formula:
    """Metric math over one period: what has no value has none in what is made of it either."""

    known: Mapping[str, Value]
    rules: Mapping[str, Rule]
    lines: Sequence[Line]

    def value(self, node: ast.AST) -> Value:
        """Return what a part of the formula comes to."""
        match node:
            case ast.Constant(value=(int() | float()) as number):
                return float(number)
            case ast.Name(id=name):
                return self.known[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self._joined(op, left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._joined(op, left, right)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments)
        raise ValueError(f"{ast.unparse(node)} is not known here")

    def _joined(self, op: ast.AST, left: ast.AST, right: ast.AST) -> Value:
        one, other = self.value(left), self.value(right)
        if one is None or other is None or (isinstance(op, ast.Div) and not other):
            return None
        return float(_SIGNS[type(op)](one, other))

    def _called(self, name: str, arguments: Sequence[ast.expr]) -> Value:
        match name, arguments:
            case "IF", [condition, then, otherwise]:
                return self.value(then if self.value(condition) else otherwise)
            case "FILL", [series, instead]:
                found = self.value(series)
                return self.value(instead) if found is None else found
            case "INSIGHT_RULE_METRIC", [ast.Constant(value=rule), ast.Constant(value=measure)]:
                if measure == "MaxContributorValue":
                    return self.rules[str(rule)].largest(self.lines)
        raise ValueError(f"{name} is not known here")

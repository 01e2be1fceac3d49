"""From what functions print to what CloudWatch counts: metric filters, embedded metrics, rules."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infra.alarms.patterns import compiled, selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from infra.sam.template import Template

FILTER: Final = "AWS::Logs::MetricFilter"
RULE: Final = "AWS::CloudWatch::InsightRule"
MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log group, which is called by its logical id; `at` is in epoch seconds."""

    at: int
    log: str
    text: str

    @property
    def told(self) -> dict[str, Any]:
        """Return its JSON; nothing if it is none, which filters for JSON pass over."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a metric, which is told from others by its dimensions, too."""

    at: int
    namespace: str
    name: str
    value: float
    dimensions: frozenset[tuple[str, str]] = frozenset()


def samples(
    template: Template, lines: Iterable[Line], names: Mapping[str, Mapping[str, Any]]
) -> list[Sample]:
    """Return all that lines count: through the template's filters, and of themselves.

    `names` are the attributes of the template's resources.
    """
    known = list(lines)
    filters = template.of_type(FILTER).values()
    found = [s for f in filters for s in _filtered(template.resolve(f, names), known)]
    return found + [sample for line in known for sample in embedded(line)]


def _filtered(properties: Mapping[str, Any], lines: list[Line]) -> Iterator[Sample]:
    """Yield a value for each line found, and the default for each minute with others alone."""
    matches = compiled(properties["FilterPattern"])
    [into] = properties["MetricTransformations"]
    namespace, name = str(into["MetricNamespace"]), str(into["MetricName"])
    own = [line for line in lines if line.log == properties["LogGroupName"]]
    hits = [line for line in own if matches(line.told)]
    for line in hits:
        value = str(into["MetricValue"])
        number = selected(value, line.told) if value.startswith("$") else value
        yield Sample(line.at, namespace, name, float(number))
    if "DefaultValue" in into:
        for minute in {line.at // MINUTE for line in own} - {line.at // MINUTE for line in hits}:
            yield Sample(minute * MINUTE, namespace, name, float(into["DefaultValue"]))


def embedded(line: Line) -> Iterator[Sample]:
    """Yield the values of a line in CloudWatch's embedded metric format."""
    told = line.told
    for directive in told.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, str(told[name])) for name in names)
            for metric in directive["Metrics"]:
                values = told[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    namespace = str(directive["Namespace"])
                    yield Sample(line.at, namespace, metric["Name"], float(value), dimensions)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of Contributor Insights that counts lines."""

    name: str
    logs: tuple[str, ...]
    keys: tuple[str, ...]
    filters: tuple[Mapping[str, Any], ...]

    def largest(self, lines: Iterable[Line]) -> float | None:
        """Return `MaxContributorValue`: how often the most frequent keys come; None for no line."""
        found = [line.told for line in lines if line.log in self.logs]
        counted = Counter(
            tuple(str(selected(key, told)) for key in self.keys)
            for told in found
            if all(_passes(f, told) for f in self.filters)
        )
        return float(max(counted.values())) if counted else None


def _passes(rule: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a rule's filter counts a line. Raises `ValueError` for one not known here."""
    match rule:
        case {"Match": str(place), "In": among}:
            return selected(place, told) in among
        case {"Match": str(place), "NotIn": others}:
            return selected(place, told) not in others
    raise ValueError(f"{rule} is not known here")


def rules(template: Template, names: Mapping[str, Mapping[str, Any]]) -> dict[str, Rule]:
    """Return the template's rules by name. Raises `ValueError` for one that AWS would not take."""
    made = {}
    for properties in template.of_type(RULE).values():
        told = template.resolve(properties, names)
        body = json.loads(told["RuleBody"])
        schema = (body["Schema"], body["LogFormat"], body["AggregateOn"])
        if schema != ({"Name": "CloudWatchLogRule", "Version": 1}, "JSON", "Count"):
            raise ValueError(f"{schema} is not known here")
        contribution = body["Contribution"]
        made[told["RuleName"]] = Rule(
            told["RuleName"],
            tuple(body["LogGroupNames"]),
            tuple(contribution["Keys"]),
            tuple(contribution["Filters"]),
        )
    return made

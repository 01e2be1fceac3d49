"""What of template.yaml costs money whatever the load: alarms, metrics, polled queues, and such."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from infra.sam.template import load

if TYPE_CHECKING:
    from infra.sam.template import Template

METRICS: Final = 12
"""That notify writes itself on a usual day: of reds, mails, pushes and rounds.

A metric is paid for in the hours in which it is told. Those of faults of our own are not counted.
"""
USUAL: Final = frozenset({"AttemptVain", "AttemptWell", "UnknownCode"})
"""Filters that always find something, at scale; those with a default value tell that if nothing."""
TARGET: Final = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY: Final = "AWS::ApplicationAutoScaling::ScalingPolicy"


@dataclass(frozen=True, slots=True)
class Scaled:
    """Units that follow their use: of what (`connections write`), the least, and how well used."""

    place: str
    least: float
    used: float


@dataclass(frozen=True, slots=True)
class Declared:
    """How much there is of each; an alarm counts as often as it has metrics."""

    alarms: int
    metrics: int
    dashboards: int
    rules: int
    queues: int
    """With a reader that polls."""
    snapshots: float
    """GB of memory that are kept as snapshots."""
    scaled: tuple[Scaled, ...]
    alarms_if_provisioned: int
    """More than else, those of the scaling left out."""


@cache
def declared() -> Declared:
    """Return what the template has, as it is deployed by default and with units provisioned."""
    usual, provisioned = load(), load(parameters={"ProvisionedCapacity": 1})
    functions = usual.of_type("AWS::Serverless::Function").values()
    events = [event for f in functions for event in f.get("Events", {}).values()]
    return Declared(
        alarms=_alarms(usual),
        metrics=_told_of(usual) + METRICS,
        dashboards=len(usual.of_type("AWS::CloudWatch::Dashboard")),
        rules=len(usual.of_type("AWS::CloudWatch::InsightRule")),
        queues=sum(event["Type"] == "SQS" for event in events),
        snapshots=sum(f["MemorySize"] for f in functions if "SnapStart" in f) / 1024,
        scaled=tuple(_scaled(provisioned)),
        alarms_if_provisioned=_alarms(provisioned) - _alarms(usual),
    )


def _alarms(template: Template) -> int:
    return sum(
        sum("MetricStat" in metric for metric in alarm.get("Metrics", ())) or 1
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
    )


def _told_of(template: Template) -> int:
    filters = template.of_type("AWS::Logs::MetricFilter").items()
    return sum(
        name in USUAL or "DefaultValue" in filtered["MetricTransformations"][0]
        for name, filtered in filters
    )


def _scaled(template: Template) -> list[Scaled]:
    names = {name: {"Ref": name} for name in template.resources}
    used = {}
    for policy in template.of_type(POLICY).values():
        told = template.resolve(policy, names)
        wanted = told["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        used[told["ScalingTargetId"]] = wanted / 100
    targets = template.resolve(template.of_type(TARGET), names)
    return [Scaled(_place(t), float(t["MinCapacity"]), used[name]) for name, t in targets.items()]


def _place(target: dict[str, Any]) -> str:
    """Return what a target scales, in the words of what was counted."""
    _, table, *index = target["ResourceId"].split("/")
    kind = "write" if "Write" in target["ScalableDimension"] else "read"
    return " ".join((table.removesuffix("Table").lower(), *index[1:], kind))

"""Fires alarms: what a function printed, or AWS measured, held against the template's own alarms.

With RELINK_RELIABILITY set to a folder, what was fired is written to alarms.json in it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.alarms.evaluation import AlarmState, Monitor
from infra.alarms.metrics import Line, Sample
from infra.sam.template import load
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALARM = "AWS::CloudWatch::Alarm"
TEMPLATE = load(
    parameters={
        "JwtIssuer": "https://login.example",
        "SenderAddress": "relink@example.com",
        "SenderIdentity": "example.com",
        "ProvisionedCapacity": "100",  # with its alarms
    }
)
ATTRIBUTES = ("Ref", "Arn", "QueueName", "StreamArn")
NAMES: Mapping[str, Mapping[str, Any]] = {
    name: dict.fromkeys(ATTRIBUTES, name) for name in TEMPLATE.resources
}
SOON = NOON + 5
LONG_AGO = NOON - 30 * 86_400


def lines(log: str, text: str, at: int = NOON) -> list[Line]:
    """Return what was printed at a time as lines of a log group, called by its logical id."""
    return [Line(at, log, line) for line in text.splitlines() if line]


def state(alarm: str, told: Iterable[Line] = (), measured: Iterable[Sample] = ()) -> AlarmState:
    """Return how an alarm stands shortly after noon."""
    return Monitor(TEMPLATE, NAMES, tuple(told), tuple(measured)).state(alarm, SOON)


def goes_off(alarm: str, told: Iterable[Line] = (), measured: Iterable[Sample] = ()) -> bool:
    """Tell whether an alarm goes off, and take that down."""
    gone = state(alarm, told, measured) is AlarmState.ALARM
    if gone:
        _take_down(alarm)
    return gone


def of_aws(alarm: str, value: float, at: int = NOON) -> Sample:
    """Return a value of the metric of AWS's own that an alarm watches; of several, of the first."""
    return of_each(alarm, value, at)[0]


def of_each(alarm: str, value: float, at: int = NOON) -> list[Sample]:
    """Return a value of each of the metrics of AWS's own that an alarm watches."""
    alone = TEMPLATE.resolve(TEMPLATE.of_type(ALARM)[alarm], NAMES)
    several = [m["MetricStat"]["Metric"] for m in alone.get("Metrics", ()) if "MetricStat" in m]
    return [
        Sample(
            at,
            told["Namespace"],
            told["MetricName"],
            value,
            frozenset((d["Name"], d["Value"]) for d in told.get("Dimensions", ())),
        )
        for told in several or [alone]
    ]


def _take_down(alarm: str) -> None:
    folder = os.environ.get("RELINK_RELIABILITY")
    if not folder:
        return
    path = Path(folder) / "alarms.json"
    fired = set(json.loads(path.read_text())["fired"]) if path.exists() else set()
    fired.add(alarm)
    told = {"alarms": len(TEMPLATE.of_type(ALARM)), "alarms fired": len(fired)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"counts": told, "fired": sorted(fired)}, indent=2))

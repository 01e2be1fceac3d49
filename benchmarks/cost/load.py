"""How much of what a month brings: the counted requests, the simulated half year, and the template.

What is neither counted nor simulated is an assumption of `Habits`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, Final

from infra.template import load
from relink.schedule import SLOTS

HERE: Final = Path(__file__).parents[1]
DAYS: Final = 30.4
MINUTES: Final = DAYS * 1440
BATCH: Final = 50
RECEIVED_AT_ONCE: Final = 10
SHARDS: Final = 64
METRICS: Final = 12
"""That the functions write themselves, in the embedded format."""
POLLERS: Final = 5
"""Long polls of twenty seconds that Lambda keeps open at an idle queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What was not measured here; seconds, bytes, and counts per connection and month."""

    bank_seconds: float = 0.3
    """The slowest answer of a batch: the latency that the benchmarks use."""
    aws_seconds: float = 0.03
    cpu_of_sync: float = 0.005
    """CPU seconds: the bar that the benchmark of the worker holds."""
    cpu_share: float = 1024 / 1769
    """Of a processor, at 1 GB."""
    key_kept: int = 1800
    seconds_of_page: float = 0.08
    seconds_of_notice: float = 0.4
    api_calls: float = 6.0
    """Four visits of the page a month, of five calls each, by an owner of three connections."""
    changed_syncs: float = 15.0
    provisioned: bool = False
    """The table of connections has units of its own (parameter ProvisionedWrites)."""
    reserved: bool = False
    """Of these the full hundreds are paid for a year ahead."""
    movements: float = 30.0
    bytes_of_movement: int = 450
    bytes_of_connection: int = 2_400
    """With its index entries and credentials, and 100 for each that DynamoDB adds."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of so many connections."""

    connections: int
    counted: dict[str, Any]
    rates: dict[str, float]
    habits: Habits
    alarms: int
    metrics: int
    queues: int
    scaled: int

    def times(self, name: str) -> float:
        """Return how often something of the simulation happens."""
        return self.rates[name] * self.connections

    def asked(self, flow: str, service: str) -> float:
        """Return the requests to a service that a flow makes, once."""
        told = self.counted[flow]["requests"]
        return float(sum(n for name, n in told.items() if name.startswith(f"{service}.")))

    @property
    def syncs(self) -> float:
        """Return the scheduled syncs."""
        return self.times("syncs")

    @property
    def in_a_minute(self) -> float:
        """Return how many connections a slot has."""
        return self.connections / SLOTS

    @property
    def batches(self) -> float:
        """Return the worker's invocations: full ones, but for the last of each minute."""
        return MINUTES * ceil(self.in_a_minute / BATCH) if self.in_a_minute > 1 else self.syncs

    @property
    def workers(self) -> int:
        """Return how many environments of the worker stay warm."""
        return min(max(ceil(self.in_a_minute / BATCH), 1), 10)

    @property
    def batch_seconds(self) -> float:
        """Return how long one batch takes."""
        told = self.habits
        each = min(self.in_a_minute, BATCH) * told.cpu_of_sync / told.cpu_share
        return told.bank_seconds + told.aws_seconds + each

    @property
    def key_uses(self) -> float:
        """Return how often a data key is unwrapped: once a shard, environment and half an hour."""
        most = self.workers * SHARDS * MINUTES * 60 / self.habits.key_kept
        return min(most, self.syncs * self.asked("unchanged_sync_without_keys", "kms"))

    @property
    def received(self) -> float:
        """Return the receiving requests for a message, and as many for deleting it."""
        return 1 / min(max(self.in_a_minute, 1), RECEIVED_AT_ONCE)


@cache
def month(connections: int, habits: Habits | None = None) -> Month:
    """Return a month of so many connections, from what was counted and simulated."""
    alarms, filters, queues, scaled = _declared()
    return Month(
        connections,
        _told("counted.json"),
        _told("simulated.json")["per_connection_month"],
        habits or Habits(),
        alarms,
        filters + METRICS,
        queues,
        scaled,
    )


@cache
def _told(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return told


@cache
def _declared() -> tuple[int, int, int, int]:
    """Return how many alarms, metric filters and queues with a reader the template has.

    And how many kinds of units are scaled where they are provisioned.
    """
    template = load(parameters={"ProvisionedWrites": 1})
    functions = template.of_type("AWS::Serverless::Function").values()
    events = [event for f in functions for event in f.get("Events", {}).values()]
    return (
        len(template.of_type("AWS::CloudWatch::Alarm")),
        len(template.of_type("AWS::Logs::MetricFilter")),
        sum(event["Type"] == "SQS" for event in events),
        len(template.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")),
    )

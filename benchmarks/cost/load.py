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

from benchmarks.cost.declared import Declared, declared
from relink.schedule import SLOTS

HERE: Final = Path(__file__).parents[1]
DAYS: Final = 30.4
MINUTES: Final = DAYS * 1440
QUARTERS: Final = DAYS * 96
BATCH: Final = 200
"""As the event source brings them."""
WIDTH: Final = 50
"""Of these so many are called at once."""
RECEIVED_AT_ONCE: Final = 10
SHARDS: Final = 64
POLLERS: Final = 5
"""Long polls of twenty seconds that Lambda keeps open at an idle queue."""


SENT: Final = {
    "enablebanking": 5_540,
    "fints": 6_583,
    "plaid": 909,
    "powens": 814,
    "simplefin": 383,
}
"""Bytes of HTTP that an unchanged sync of three accounts sends, counted at the simulators."""
FRAMED: Final = 1.3
"""Times as much, with TLS, TCP and the packets' heads; guessed."""


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
    """Six requests to AWS one after the other, and 15 ms of CPU."""
    seconds_of_notice: float = 0.2
    """The mean of three: noting a red, telling of it, noting its end. 26 requests, 70 ms of CPU."""
    seconds_of_attempt: float = 0.35
    """Of the worker's, beside two calls of the bank: 22 requests, 60 ms of CPU."""
    api_calls: float = 6.0
    """Four visits of the page a month by an owner of three connections: two calls as it opens, two
    each half minute; of each two, one for the banks and one for what is amiss.
    """
    changed_syncs: float = 15.0
    provisioned: bool = False
    """The tables that every sync needs have units of their own (parameter ProvisionedCapacity)."""
    connections_a_unit: int = 9500
    """How many a deployer has for each unit of writing that he asks for at least."""
    peak: float = 2.0
    """What owners do in a busy hour over the mean: units for it stay for most of the day."""
    crowd: float = 60.0
    """Over the root of the connections: by how much the two fullest neighbouring slots, which the
    scaling sees, exceed the mean; workspaces of some connections are dealt to 360 by chance.
    """
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
    declared: Declared

    def times(self, name: str) -> float:
        """Return how often something of the simulation happens."""
        return self.rates[name] * self.connections

    def asked(self, flow: str, service: str) -> float:
        """Return the requests to a service that a flow makes, once."""
        told = self.counted[flow]["requests"]
        return float(sum(n for name, n in told.items() if name.startswith(f"{service}.")))

    def of_even(self, flow: str) -> dict[str, float]:
        """Return what a flow takes of what every sync needs: of `connections write`, and so on."""
        told: dict[str, dict[str, float]] = self.counted[flow]["of"]
        return {f"{t} {place}": n for t, units in told.items() for place, n in units.items()}

    def of_others(self, flow: str, kind: str) -> float:
        """Return the units of reading or writing that a flow takes of all other tables."""
        told = self.counted[flow]
        whole = told["read_units"]
        if kind == "write":
            whole = told["write_units"] + told["index_write_units"]
        even = self.of_even(flow)
        return float(whole - sum(units for place, units in even.items() if place.endswith(kind)))

    @property
    def mailing(self) -> dict[str, float]:
        """Return how often each flow runs that ends in a mail.

        An incident's, from red to green, has its first; whatever else is mailed, a reminder or that
        all is well again, asks for what a warning does.
        """
        reds = self.times("reds")
        return {"notice": reds, "warning": self.times("mails") - reds}

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
        """Return how long one batch takes.

        Its CPU and its banks' answers go on at the same time, but for what waits for the last ones.
        """
        told = self.habits
        size = min(self.in_a_minute, BATCH)
        cpu = size * told.cpu_of_sync / told.cpu_share
        return told.aws_seconds + told.bank_seconds + max(cpu, self.waves * told.bank_seconds)

    @property
    def waves(self) -> float:
        """Return how often a batch fills all its places anew."""
        return max(min(self.in_a_minute, BATCH) / WIDTH - 1, 0)

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
    rates = _told("simulated.json")["per_connection_month"]
    return Month(connections, _told("counted.json"), rates, habits or Habits(), declared())


@cache
def _told(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return told

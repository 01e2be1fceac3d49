"""What DynamoDB costs: the two tables that may be provisioned, and the others.

Every sync writes connections and reads credentials, evenly by design; what owners do comes in
waves. Both kinds of use are kept apart.
"""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Final

from benchmarks.cost.load import DAYS, MINUTES, QUARTERS
from benchmarks.cost.prices import LIST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.cost.load import Month
    from benchmarks.cost.prices import Prices

HOURS: Final = DAYS * 24
SECONDS: Final = HOURS * 3600
WRITES: Final = "connections write"
BLOCK: Final = 100
"""Units that are reserved together."""
ALARMS_OF_SCALING: Final = 4
"""That Application Auto Scaling makes for each policy."""
A_LOOK: Final = 2
"""Calls of the API that the page makes at once."""
SWEPT: Final = 40
"""Units that each sweep reads, of the index of what is due."""


def even(month: Month) -> Counter[str]:
    """Return the units of connections and credentials that a month's syncs take, by place."""
    taken: Counter[str] = Counter()
    _take(taken, month.of_even("unchanged_sync"), month.syncs)
    _take(taken, month.of_even("dispatch"), month.syncs)
    _take(taken, {WRITES: 1.0}, month.times("held_back"))
    _take(taken, {"connections by_slot read": 0.5}, MINUTES)
    return taken


def of_owners(month: Month) -> Counter[str]:
    """Return the units of connections and credentials that notices, attempts and pages take."""
    taken: Counter[str] = Counter()
    for flow, times in _of_owners(month).items():
        _take(taken, month.of_even(flow), times)
    return taken


def provisioned_units(month: Month) -> dict[str, float]:
    """Return the units that are there on the mean: by place, as the template has them scaled.

    Of the writes a deployer asks for a least number by that of his connections.
    """
    steady, waves = even(month), of_owners(month)
    fullest = 1 + month.habits.crowd / month.connections**0.5
    units = {}
    for scaled in month.declared.scaled:
        load = fullest * steady[scaled.place] + month.habits.peak * waves[scaled.place]
        units[scaled.place] = max(scaled.least, load / SECONDS / scaled.used)
    asked = ceil(month.connections / month.habits.connections_a_unit)
    units[WRITES] = max(units[WRITES], asked)
    return units


def provisioned(month: Month, prices: Prices = LIST) -> float:
    """Return what connections and credentials cost with units of their own, which follow their use.

    The alarms by which Application Auto Scaling works, and ours on what is refused, are part of it.
    """
    units = provisioned_units(month)
    ahead = units[WRITES] // BLOCK * BLOCK if month.habits.reserved else 0
    by_hour = ahead * (prices.reserved_write_hour - prices.write_hour)
    for place, number in units.items():
        price = prices.write_hour if place.endswith("write") else prices.read_hour
        by_hour += number * price
    alarms = len(month.declared.scaled) * ALARMS_OF_SCALING + month.declared.alarms_if_provisioned
    return float(HOURS * by_hour + alarms * prices.alarm)


def on_demand(month: Month, prices: Prices = LIST) -> float:
    """Return what connections and credentials cost by the request."""
    taken = even(month) + of_owners(month)
    writes = sum(units for place, units in taken.items() if place.endswith("write"))
    reads = sum(units for place, units in taken.items() if place.endswith("read"))
    return writes * prices.write_unit + reads * prices.read_unit


def others_of_syncs(month: Month, prices: Prices = LIST) -> float:
    """Return what syncs cost in all other tables: cursors, data keys, the watermark."""
    run = month.counted["dispatch"]["counted_over"] * MINUTES
    writes = run * month.of_others("dispatch", "write")
    reads = run * month.of_others("dispatch", "read")
    reads += month.syncs * month.of_others("unchanged_sync", "read")
    reads += month.key_uses * _of_a_key(month)
    return float(writes * prices.write_unit + reads * prices.read_unit)


def others_of_owners(month: Month, prices: Prices = LIST) -> float:
    """Return what notices, attempts, pages and sweeps cost in all other tables."""
    flows = _of_owners(month).items()
    writes = sum(times * month.of_others(flow, "write") for flow, times in flows)
    reads = sum(times * month.of_others(flow, "read") for flow, times in flows)
    reads += QUARTERS * SWEPT
    return float(writes * prices.write_unit + reads * prices.read_unit)


def _of_owners(month: Month) -> dict[str, float]:
    """Return how often each flow runs that owners cause."""
    looks = month.habits.api_calls * month.connections / A_LOOK
    return {**month.mailing, "attempt": month.times("attempts"), "visit": looks}


def _of_a_key(month: Month) -> float:
    warm, cold = month.counted["unchanged_sync"], month.counted["unchanged_sync_without_keys"]
    return float((cold["read_units"] - warm["read_units"]) / cold["requests"]["kms.Decrypt"])


def _take(taken: Counter[str], units: Mapping[str, float], times: float) -> None:
    for place, number in units.items():
        taken[place] += number * times  # type: ignore[assignment]

"""Write benchmarks/counted.json: what each flow asks of AWS (`python -m benchmarks.counted`).

Counted at the boto3 client while the deployed handlers run over an in-memory AWS; capacity units
are computed from the items' sizes. What AWS does by itself, the queue's poller, is not in it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.consents_ending import warned
from benchmarks.flows import Flows
from benchmarks.house import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.house import House

PLACE = Path(__file__).parent / "counted.json"
EVEN = {"connections": "ConnectionsTable", "credentials": "CredentialsTable"}
"""The tables that may be provisioned, as every sync needs them; each one's use stands apart."""


def counted() -> dict[str, Any]:
    """Return what each flow asks for, per connection, notice, attempt or look at the page."""
    with opened() as house:
        flows = Flows(house)
        flows.settle_in()
        told: dict[str, Callable[[], int]] = {
            "dispatch": flows.dispatch,
            "unchanged_sync_without_keys": flows.cold_sync,
            "unchanged_sync": flows.sync,
            "changed_sync": flows.changed_sync,
            "notice": flows.notice,
            "attempt": flows.attempt,
            "visit": flows.visit,
            "warning": lambda: warned(flows),
        }
        return {name: _per(house, flow()) for name, flow in told.items()}


def as_text() -> str:
    """Return the file's text."""
    return json.dumps(counted(), indent=2) + "\n"


def main() -> None:
    """Write the file."""
    PLACE.write_text(as_text())


def _per(house: House, count: int) -> dict[str, Any]:
    meter = house.meter
    own = {name: meter.of_table(house.name(table)) for name, table in EVEN.items()}
    return {
        "counted_over": count,
        "requests": {k: _share(n, count) for k, n in sorted(meter.requests.items())},
        "read_units": _share(meter.used("read"), count),
        "write_units": _share(meter.used("write", index=False), count),
        "index_write_units": _share(meter.used("write", index=True), count),
        "of": {
            name: {place: _share(n, count) for place, n in units.items()}
            for name, units in own.items()
        },
        "invocations": _share(house.invocations, count),
        "log_lines": _share(len(house.log), count),
        "log_bytes": _share(sum(len(line.encode()) + 1 for line in house.log), count),
    }


def _share(number: float, count: int) -> float:
    return round(number / count, 4)


if __name__ == "__main__":
    main()

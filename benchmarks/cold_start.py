"""How long a function takes to be there: its package beside a handler that only has boto3.

Each start is a new process under Lambda's runtime client, with nothing on its path but a built
package and the runtime. Starts are interleaved, so that a busy machine is busy for all of them,
and what counts is a process's CPU, not the wall. Two figures each: until the client asks for
its first event (`init`; a bar for each function), and until the first event has been answered,
which no import that is only put off makes smaller (`first`; the bare handler reads an item there).

    python -m benchmarks.cold_start [--rounds 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from infra.lambda_runtime import events
from infra.lambda_runtime.account import Account, account
from infra.lambda_runtime.packages import Builder, interpreter, own_interpreter
from infra.lambda_runtime.runtime_process import Deployed, started
from relink.connection import Bank, Connection, Method
from relink.queues import SyncMessage, to_body
from relink.reasons import Reason, Scope, Status
from relink.repository import to_item

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.lambda_runtime.events import Event

BARE: Final = "bare"
RESTORED: Final = "Reconnect*"
"""From SnapStart's snapshot; what Lambda itself needs to restore it comes on top."""
BARE_CODE: Final = """
import boto3

client = boto3.client("dynamodb")


def lambda_handler(event, context):
    return client.get_item(**event)["ResponseMetadata"]["HTTPStatusCode"]
"""
BARS: Final = {"Dispatch": 1.4, "Worker": 1.4, "Notify": 1.2, "Reconnect": 1.4}
"""Most that a function's init may cost, of what the bare handler's does."""
OWNER: Final = {"sub": "own_bench", "workspace": "ws_bench", "email": "owner@example.com"}


@dataclass(frozen=True)
class Start:
    """A function and the first event that it is started for."""

    function: Deployed
    event: Event


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU that one start has used; what came before a snapshot is nobody's wait."""

    init: float
    first: float


def starts(here: Account, runtime: Path, python: str) -> dict[str, Start]:
    """Return the functions as built, and the bare one."""
    builder = Builder(python)
    built = {
        name: here.deployed(
            f"{name}Function",
            builder.package(f"{name}Function", here.folder / name),
            runtime,
            python,
        )
        for name in BARS
    }
    events_of = first_events(here, built["Reconnect"])
    return {
        BARE: Start(_bare(here, runtime, python), _an_item(here)),
        **{name: Start(function, events_of[name]) for name, function in built.items()},
        RESTORED: Start(replace(built["Reconnect"], snapshot=True), events_of["Reconnect"]),
    }


def _bare(here: Account, runtime: Path, python: str) -> Deployed:
    package = here.folder / BARE
    package.mkdir()
    (package / "bare.py").write_text(BARE_CODE)
    environment = {"AWS_ENDPOINT_URL": here.url}
    return Deployed("bare.lambda_handler", package, runtime, python, environment)


def _an_item(here: Account) -> Event:
    key = {"connection_id": {"S": "nobody"}}
    return {"TableName": here.name("ConnectionsTable"), "Key": key}


def first_events(here: Account, reconnect: Deployed) -> dict[str, Event]:
    """Return what each function is most often started for; a link is opened, not the API called."""
    queue, table = here.attributes["SyncQueue"], here.attributes["ConnectionsTable"]
    before = _connection()
    after = _connection(status=Status.RED, reason=Reason.CONSENT_EXPIRED)
    return {
        "Dispatch": events.scheduled("EveryMinute"),
        "Worker": events.queued(queue["Arn"], to_body(SyncMessage("con_nobody", 1))),
        "Notify": events.changed(table["StreamArn"], to_item(before), to_item(after)),
        "Reconnect": _opened(_link(here, reconnect)),
    }


def _connection(status: Status = Status.GREEN, reason: Reason | None = None) -> Connection:
    red = status is Status.RED
    return Connection(
        connection_id="con_bench",
        workspace_id=OWNER["workspace"],
        owner_id=OWNER["sub"],
        bank=Bank("bank", "Bank", "ES", "simplefin", Method.TOKEN),
        created_at=1_700_000_000,
        status=status,
        reason=reason,
        scope=Scope.CONNECTION if red else None,
        since=1_700_000_000,
        red_since=1_700_000_000 if red else None,
        credentials_version=1,
    )


def _link(here: Account, reconnect: Deployed) -> str:
    """Have an owner connect a bank; return the address of the page for that."""
    bank = {"bank_id": "bank", "name": "Bank", "country": "US", "provider": "simplefin"}
    body = json.dumps({"bank": {**bank, "method": "token"}})
    asked = events.requested("POST", "/connections", "POST /connections", claims=OWNER, body=body)
    with started(reconnect, here.folder / "link.log") as running:
        answer = running.invoke(asked)
    link: str = json.loads(answer.result["body"])["connect_url"]
    return link


def _opened(link: str) -> Event:
    path = urlsplit(link).path
    token = {"token": path.rpartition("/")[2]}
    return events.requested("GET", path, "GET /reconnect/{token}", parameters=token)


def measure(start: Start, log: Path) -> Cost:
    """Start a function and have it answer its first event."""
    with started(start.function, log) as running:
        init = running.cpu()
        answer = running.invoke(start.event)
        if answer.error is not None:
            raise RuntimeError(answer.error)
        first = running.cpu()
    return Cost(0, first - init) if start.function.snapshot else Cost(init, first)


def summary(costs: Mapping[str, Sequence[Cost]]) -> dict[str, dict[str, float]]:
    """Return medians in milliseconds and ratios: of a round's figures, then their median."""
    bare = costs[BARE]
    return {
        name: {
            "init_ms": 1000 * median(c.init for c in these),
            "first_ms": 1000 * median(c.first for c in these),
            "init_ratio": median(c.init / b.init for c, b in zip(these, bare, strict=True)),
            "first_ratio": median(c.first / b.first for c, b in zip(these, bare, strict=True)),
        }
        for name, these in costs.items()
    }


def run(rounds: int) -> dict[str, Any]:
    """Measure all functions round by round; the first round only warms the disk's cache.

    Under Lambda's Python, or, where there is none on this machine, the one that runs this.
    """
    python = interpreter() or own_interpreter()
    with account() as here:
        runtime = Builder(python).runtime(here.folder / "runtime")
        those = starts(here, runtime, python)
        costs: dict[str, list[Cost]] = {name: [] for name in those}
        for number in range(rounds + 1):
            for name, start in those.items():
                cost = measure(start, here.folder / f"{name}.log")
                if number:
                    costs[name].append(cost)
    load = os.getloadavg()[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
    told = {"rounds": rounds, "python": Path(python).name, "machine": machine}
    return {**told, "functions": summary(costs)}


def rows() -> list[dict[str, Any]]:
    """Return the figures of ten rounds for the table of all benchmarks."""
    return [
        {"function": name, **{n: round(v, 2) for n, v in of.items()}, "bar": BARS.get(name, "")}
        for name, of in run(10)["functions"].items()
    ]


def table(measured: Mapping[str, Any]) -> str:
    """Return the figures for people."""
    how = f"{measured['rounds']} rounds, {measured['python']}, {measured['machine']}"
    lines = [
        f"Cold start, CPU; {how}",
        f"{'':11}{'init':>9}{'ratio':>8}{'bar':>6}{'first':>10}{'ratio':>8}",
    ]
    for name, of in measured["functions"].items():
        bar = f"{BARS[name]:.1f}" if name in BARS else ""
        lines.append(
            f"{name:11}{of['init_ms']:6.0f} ms{of['init_ratio']:8.2f}{bar:>6}"
            f"{of['first_ms']:7.0f} ms{of['first_ratio']:8.2f}"
        )
    lines.append("* restored by SnapStart, without what Lambda itself needs for that")
    return "\n".join(lines)


def over(measured: Mapping[str, Any]) -> list[str]:
    """Return the functions that are over their bar."""
    functions = measured["functions"]
    return [name for name, bar in BARS.items() if functions[name]["init_ratio"] > bar]


def main() -> None:
    """Measure, print, and fail if a bar does not hold."""
    parser = argparse.ArgumentParser(description="Cold starts beside a bare boto3 handler's")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    told = parser.parse_args()
    measured = run(told.rounds)
    print(table(measured))
    if told.json:
        told.json.write_text(json.dumps(measured, indent=2) + "\n")
    if slow := over(measured):
        sys.exit(f"over the bar: {', '.join(slow)}")


if __name__ == "__main__":
    main()

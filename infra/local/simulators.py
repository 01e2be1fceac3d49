"""The bank simulators as a child of the stack, and their switches."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import urllib3

from infra.local.engine import ROOT
from infra.local.processes.lifeline import Lifeline, Program

if TYPE_CHECKING:
    from pathlib import Path

START_TIMEOUT = 120.0


class SimulatorsFailedError(Exception):
    """The simulators did not start, or refused a switch."""


class Simulators:
    """The simulated banks, each provider below its own path of one loopback address."""

    def __init__(self, lifeline: Lifeline, run_dir: Path) -> None:
        log = run_dir / "simulators.log"
        self._process = lifeline.start(
            Program(
                sys.executable,
                "infra.simulators",
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                cwd=run_dir,
            ),
            log,
        )
        self.addresses = self._read_addresses(log)
        self.base: str = self.addresses["base"]
        self._http = urllib3.PoolManager()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use a switch, for instance `control("POST", "/outage", {"bank": "...", "on": True})`."""
        reply = self._http.request(
            method,
            f"{self.base}/control{path}",
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
            timeout=10,
            retries=False,
        )
        if reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            raise SimulatorsFailedError(f"{method} {path}: {reply.status} {reply.data.decode()}")
        return reply.json()

    def shift_time(self, offset: int) -> None:
        """Let the simulated banks live in the stack's time."""
        self.control("POST", "/clock", {"offset": offset})

    def hear(self, api_url: str) -> None:
        """Have webhooks sent to the API; Plaid is told where to with each new item."""
        self.control("POST", "/powens/settings", {"webhook_url": f"{api_url}/webhooks/powens"})

    def close(self) -> None:
        """Close the connections; the process ends with the stack's lifeline."""
        self._http.clear()

    def _read_addresses(self, log: Path) -> dict[str, Any]:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            first, newline, _ = log.read_text().partition("\n")
            if newline:
                addresses: dict[str, Any] = json.loads(first)
                return addresses
            time.sleep(0.02)
        raise SimulatorsFailedError(f"the simulators did not start:\n{log.read_text()[-2000:]}")

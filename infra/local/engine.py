"""The emulated AWS behind the stack: ministack, or moto's server, as a child on loopback."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import urllib3

from infra.local.clients import ACCOUNT, CREDENTIALS, REGION, Clients
from infra.local.processes.lifeline import LOOPBACK, Lifeline, Program, free_port

if TYPE_CHECKING:
    from infra.local.simulated_clock import SimulatedClock

ENGINES = ("ministack", "moto")
EngineName = Literal["ministack", "moto"]
ASKS_IAM: EngineName = "ministack"
"""The one that can judge by our policies; moto would refuse what AWS allows."""
ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(".tools/engine")
HEALTH = {"ministack": "/_ministack/health", "moto": "/moto-api/"}
RESET = {"ministack": "/_ministack/reset", "moto": "/moto-api/reset"}
START_TIMEOUT = 120.0


class EngineFailedError(Exception):
    """The emulator did not come up; the message carries the end of its log."""


@dataclass
class Engine:
    """A running emulator."""

    name: EngineName
    url: str
    clients: Clients
    process: subprocess.Popen[bytes]
    asks_iam: bool
    """Whether it refuses what its caller's policies do not allow."""

    def reset(self) -> None:
        """Forget every resource."""
        with urllib3.PoolManager() as http:
            http.request("POST", self.url + RESET[self.name], retries=False, timeout=10)


def start_engine(
    name: EngineName,
    lifeline: Lifeline,
    clock: SimulatedClock,
    run_dir: Path,
    *,
    asks_iam: bool = False,
) -> Engine:
    """Start an emulator on a free port and return it when it answers.

    Raise EngineFailedError if it ends or stays silent.
    """
    port = free_port()
    log = run_dir / f"{name}.log"
    program = (
        _ministack(port, clock, run_dir, asks_iam=asks_iam)
        if name == "ministack"
        else _moto(port, clock, run_dir)
    )
    process = lifeline.start(program, log)
    url = f"http://{LOOPBACK}:{port}"
    _wait_until_ready(url + HEALTH[name], process, log)
    return Engine(name, url, Clients(url), process, asks_iam)


def _ministack(port: int, clock: SimulatedClock, run_dir: Path, *, asks_iam: bool) -> Program:
    _make_tools()
    return Program(
        str(ROOT / TOOLS / "bin/python"),
        "ministack",
        env={
            **_base_environment(run_dir),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": LOOPBACK,  # its default is every interface
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "IOT_MTLS_ENABLED": "0",  # would listen on every interface
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "AUTH": str(asks_iam),
        },
        cwd=run_dir,
        clock=clock.path,
    )


def _moto(port: int, clock: SimulatedClock, run_dir: Path) -> Program:
    return Program(
        sys.executable,
        str(Path(__file__).with_name("moto_server.py")),
        [str(port)],
        env=_base_environment(run_dir),
        cwd=run_dir,
        clock=clock.path,
    )


def _base_environment(run_dir: Path) -> dict[str, str]:
    return {**CREDENTIALS, "PATH": os.environ["PATH"], "TMPDIR": str(run_dir), "TZ": "UTC"}


def _make_tools() -> None:
    """Make the emulator's own environment, as `make` does, if it is not there yet."""
    if (ROOT / TOOLS / ".synced").exists():
        return
    (ROOT / TOOLS.parent).mkdir(exist_ok=True)
    with (ROOT / TOOLS.parent / ".engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes may come here at once
        made = subprocess.run(
            ["make", "--silent", "--directory", str(ROOT), f"{TOOLS}/.synced"],  # noqa: S607
            check=False,
            capture_output=True,
            text=True,
        )
    if made.returncode:
        raise EngineFailedError(
            f"cannot install ministack (ENGINE=moto needs no installation):\n{made.stderr}"
        )


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    with urllib3.PoolManager() as http:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                http.request("GET", url, retries=False, timeout=1)
                return
            time.sleep(0.05)
    raise EngineFailedError(f"the emulator did not come up:\n{log.read_text()[-2000:]}")

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.contract.simulators.client import LONGEST, Simulators, call

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "infra.simulators", "--port", "0"]


def test_process_prints_its_addresses_and_ends_on_sigterm() -> None:
    """One line of JSON, when it already answers."""
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        addresses = json.loads(process.stdout.readline())
        assert addresses["base"].startswith("http://127.0.0.1:")
        assert {"versions": ["1.0"]} == call("GET", f"{addresses['simplefin']}/info").json()
        simulators = Simulators(addresses["base"])
        assert abs(simulators.control("GET", "/clock")["now"] - time.time()) < LONGEST
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(LONGEST)


def test_process_ends_when_standard_input_does() -> None:
    """A starter that cannot say goodbye is enough: its pipe closes."""
    command = [*COMMAND, "--until-stdin-closes"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdin.close()
        assert 0 == process.wait(LONGEST)


def test_process_ends_with_its_parent() -> None:
    """It does not outlive a starter that was killed."""
    starter = f"import subprocess; subprocess.run({COMMAND!r}, cwd={str(ROOT)!r})"
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = json.loads(parent.stdout.readline())["pid"]
        parent.kill()
        parent.wait(LONGEST)
        deadline = time.monotonic() + LONGEST
        while is_running(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_running(child)


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; one that nobody has buried yet has."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False

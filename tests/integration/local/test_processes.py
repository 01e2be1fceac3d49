"""Children cannot outlive the stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.functions.warm_function import WarmFunction
from infra.local.functions.warm_process import FunctionFailedError, FunctionSettings
from infra.local.processes.lifeline import Lifeline, Program
from infra.local.simulated_clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
PARENT = """
import sys, threading, time
from pathlib import Path
from infra.local.processes.lifeline import Lifeline, Program
lifeline, folder = Lifeline(), Path(sys.argv[1])
program = Program(sys.executable, str(folder / "sleeper.py"))
started = []
worker = threading.Thread(target=lambda: started.append(lifeline.start(program, folder / "log")))
worker.start()
worker.join()
print(started[0].pid, flush=True)
time.sleep(60)
"""


def gone(pid: int, within: float = 60) -> bool:
    """Wait for a process to end."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/status")
        if status.exists() and "\nState:\tZ" in status.read_text():
            return True  # nobody has asked for its status yet
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_child_ends_with_its_parent_but_not_with_the_thread_that_started_it(
    tmp_path: Path, end: signal.Signals
) -> None:
    """However the parent ends, the kernel closes its end of the lifeline."""
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        deadline = time.monotonic() + 60
        while (tmp_path / "log").read_text() != "up\n" and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(child, 0)
        parent.send_signal(end)
        parent.wait()
    assert gone(child)


def test_child_lives_in_shifted_time(tmp_path: Path) -> None:
    """`time.time` in the child follows the shared clock."""
    clock = SimulatedClock(tmp_path / "clock")
    clock.advance(100_000)
    (tmp_path / "asker.py").write_text("import time; print(time.time())")
    program = Program(sys.executable, str(tmp_path / "asker.py"), clock=clock.path)
    with Lifeline() as lifeline:
        lifeline.start(program, tmp_path / "log").wait()
    clock.close()
    assert abs(float((tmp_path / "log").read_text()) - time.time() - 100_000) < 60


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[SimulatedClock]:
    """Return a clock in a file."""
    clock = SimulatedClock(tmp_path / "clock")
    yield clock
    clock.close()


def function(tmp_path: Path, lifeline: Lifeline, clock: SimulatedClock, code: str) -> WarmFunction:
    """Return a function with this code."""
    (tmp_path / "mod.py").write_text(code)
    settings = FunctionSettings("probe", "mod.handler", 5, 128, {}, tmp_path, "arn:probe")
    return WarmFunction(settings, lifeline, clock, tmp_path / "probe.log")


def test_broken_import_is_reported_as_the_outcome(tmp_path: Path, clock: SimulatedClock) -> None:
    """A function that cannot be imported fails each invocation with the import's error."""
    with Lifeline() as lifeline:
        broken = function(tmp_path, lifeline, clock, "import nowhere_to_be_found")
        with pytest.raises(FunctionFailedError, match="nowhere_to_be_found"):
            broken.warm_up()
        outcome = broken.invoke({})
        assert outcome.error is not None
        assert "ModuleNotFoundError" == outcome.error["errorType"]
        assert "nowhere_to_be_found" in broken.logs()
        broken.close()


def test_process_stays_warm_and_a_second_caller_gets_another(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    """Module state lives from call to call."""
    code = (
        "import os\nn = []\ndef handler(e, c):\n    n.append(e)\n    return [len(n), os.getpid()]\n"
    )
    with Lifeline() as lifeline:
        warm = function(tmp_path, lifeline, clock, code)
        first, second = warm.invoke({}).result, warm.invoke({}).result
        assert ([1, 2], first[1]) == ([first[0], second[0]], second[1])
        warm.close()
        assert warm.invoke({}).failed


def test_result_that_is_not_json_is_an_error(tmp_path: Path, clock: SimulatedClock) -> None:
    """Lambda could not send it either."""
    with Lifeline() as lifeline:
        odd = function(tmp_path, lifeline, clock, "def handler(e, c):\n    return object()\n")
        outcome = odd.invoke({})
        assert outcome.error is not None
        assert "TypeError" == outcome.error["errorType"]
        odd.close()

"""The emulators are children on loopback that can be emptied."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.engine import ENGINES, EngineName, start_engine
from infra.local.processes.lifeline import Lifeline
from infra.local.simulated_clock import SimulatedClock

if TYPE_CHECKING:
    from infra.local.stack import Stack

LISTENING = "0A"
LOOPBACK = "0100007F"


@pytest.mark.parametrize("name", ENGINES)
def test_reset_forgets_every_resource(name: EngineName, tmp_path: Path) -> None:
    """After a reset the emulator is as new."""
    clock = SimulatedClock(tmp_path / "clock")
    with Lifeline() as lifeline:
        engine = start_engine(name, lifeline, clock, tmp_path)
        engine.clients("sqs").create_queue(QueueName="short-lived")
        engine.reset()
        assert [] == engine.clients("sqs").list_queues().get("QueueUrls", [])
        assert "123456789012" == engine.clients("sts").get_caller_identity()["Account"]
        engine.clients.close()
    clock.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_listens_beyond_loopback(either_stack: Stack) -> None:
    """Neither the stack nor a child of it can be reached from another machine."""
    processes = [os.getpid(), *(child.pid for child in either_stack._lifeline._children)]
    sockets = {
        file.readlink().name
        for pid in processes
        for file in Path(f"/proc/{pid}/fd").iterdir()
        if file.is_symlink()
    }
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    listening = [r[1] for r in rows if r[3] == LISTENING and f"socket:[{r[9]}]" in sockets]
    assert len(listening) >= len(["api", "issuer", "mailbox", "engine", "simulators"])
    assert {LOOPBACK} == {address.partition(":")[0] for address in listening}

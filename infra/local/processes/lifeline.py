"""Child processes that cannot outlive this one, and the loopback ports they listen on."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOOPBACK = "127.0.0.1"
LAUNCH = Path(__file__).with_name("launch.py")


def free_port() -> int:
    """Return a loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def preferred_port(wanted: int) -> int:
    """Return the wanted port if it is free, so that addresses stay the same from run to run."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            return free_port()
    return wanted


@dataclass(frozen=True)
class Program:
    """What to run: an interpreter, a file (with a slash) or module, and what it is given."""

    interpreter: str
    name: str
    arguments: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    clock: Path | None = None
    pass_fds: Sequence[int] = ()


class Lifeline:
    """A pipe whose closing ends every child, even when this process is killed outright.

    Neither a signal handler nor PR_SET_PDEATHSIG would do: the first does not run on SIGKILL, the
    second follows the thread that started the child, not the process.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def start(self, program: Program, log: Path) -> subprocess.Popen[bytes]:
        """Start a child that writes its output to the end of `log`."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                [
                    program.interpreter,
                    "-u",  # so that the log of a killed child is whole
                    "-P",
                    str(LAUNCH),
                    str(self._reader),
                    str(program.clock or "-"),
                    program.name,
                    *program.arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(program.env),
                cwd=program.cwd,
                pass_fds=[self._reader, *program.pass_fds],
                start_new_session=True,  # a Ctrl-C in the terminal is the parent's to handle
            )
        with self._lock:
            self._children = [known for known in self._children if known.poll() is None]
            self._children.append(child)
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all children and wait until they are gone."""
        os.close(self._writer)
        os.close(self._reader)
        for child in self._children:
            try:
                child.wait(timeout=2)
            except subprocess.TimeoutExpired:
                child.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=2)

"""One process that runs one handler, and what that process sees of the world."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.clients import CREDENTIALS, REGION
from infra.local.processes.lifeline import Lifeline, Program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

INIT_TIMEOUT = 120.0
WIDTH = 4
"""How many processes a function may have at once on one machine."""


@dataclass(frozen=True)
class FunctionSettings:
    """What the template says about a function, with everything resolved."""

    name: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    code_root: Path
    arn: str
    width: int = WIDTH


class FunctionFailedError(Exception):
    """A function's process does not get as far as its handler."""


class WarmProcess:
    """One running copy of the function; it serves one invocation at a time."""

    def __init__(self, settings: FunctionSettings, lifeline: Lifeline, log: Path) -> None:
        self.settings = settings
        self._connection, theirs = socket.socketpair()
        with theirs:
            self.process: subprocess.Popen[bytes] = lifeline.start(
                Program(
                    sys.executable,
                    str(Path(__file__).with_name("function_process.py")),
                    [str(theirs.fileno()), settings.handler],
                    env=_environment(settings),
                    cwd=settings.code_root,
                    pass_fds=[theirs.fileno()],
                ),
                log,
            )
        self._buffer = b""
        try:
            self.init_error = self._read(INIT_TIMEOUT).get("error")
        except OSError as error:
            self.end()
            raise FunctionFailedError(f"{settings.name} does not start: {error}") from error

    def call(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Send one invocation and return the answer; raise TimeoutError or ConnectionError."""
        self._connection.settimeout(timeout)
        self._connection.sendall(json.dumps(message).encode() + b"\n")
        return self._read(timeout)

    def _read(self, timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            received = self._connection.recv(1 << 16)
            if not received:
                raise ConnectionError("the process has ended")
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Kill the process and wait for it."""
        self._connection.close()
        self.process.kill()
        self.process.wait()


def _environment(settings: FunctionSettings) -> dict[str, str]:
    """Return what a Lambda process sees: the template's variables and the runtime's own."""
    return {
        **CREDENTIALS,
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": str(settings.code_root),
        "LAMBDA_TASK_ROOT": str(settings.code_root),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": settings.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{settings.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": REGION,
        "_HANDLER": settings.handler,
        **settings.environment,
    }

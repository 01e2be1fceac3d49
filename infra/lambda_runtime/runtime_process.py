"""A function under Lambda's runtime client, in a process that sees its package and the runtime."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.lambda_runtime.runtime_api import Answer, RuntimeApi
from infra.local.clients import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

INIT_TIMEOUT = 120.0


class InitFailed(Exception):
    """The handler could not be loaded; the message is what Lambda would show."""


@dataclass(frozen=True)
class Deployed:
    """A function as it is deployed."""

    handler: str
    package: Path
    runtime: Path
    python: str
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 512
    snapshot: bool = False
    """Whether it is restored from a snapshot (SnapStart): it is ready when it has been."""

    def variables(self, api: str) -> dict[str, str]:
        """Return the process's environment, as Lambda and the template make it."""
        name = self.handler.split(".", maxsplit=1)[0]
        return {
            **CREDENTIALS,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": f"{self.package}{os.pathsep}{self.runtime}",
            "PYTHONNOUSERSITE": "1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if self.snapshot else "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_RUNTIME_API": api,
            "LAMBDA_TASK_ROOT": str(self.package),
            "_HANDLER": self.handler,
            **self.environment,
        }


@dataclass
class Running:
    """A process that has got as far as asking for its first event."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]

    def invoke(self, event: Any) -> Answer:
        """Have the function handle an event."""
        return self.api.invoke(event)

    def cpu(self) -> float:
        """Return the seconds of CPU that the process has used so far, whoever else was busy.

        Linux numbers the CPU clocks of processes so (clock_getcpuclockid(3)): to the nanosecond,
        where /proc tells hundredths of seconds.
        """
        return time.clock_gettime((~self.process.pid << 3) | 2)


@contextmanager
def started(function: Deployed, log: Path) -> Iterator[Running]:
    """Start the function, wait for its init, and end it. Raise `InitFailed` with what Lambda says.

    What it prints is appended to `log`.
    """
    with RuntimeApi() as api, log.open("ab") as output:
        process = subprocess.Popen(
            [function.python, "-m", "awslambdaric", function.handler],
            cwd=function.package,
            env=function.variables(api.address),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for_init(api, process, log)
            yield Running(api, process)
        finally:
            _end(api, process)


def _wait_for_init(api: RuntimeApi, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(int(INIT_TIMEOUT / 0.1)):
        if api.ready.wait(0.1) or process.poll() is not None:
            break
    if api.init_error is not None:
        raise InitFailed(f"{api.init_error['errorType']}: {api.init_error['errorMessage']}")
    if not api.ready.is_set():
        raise InitFailed(log.read_text(errors="replace")[-2000:])


def _end(api: RuntimeApi, process: subprocess.Popen[bytes]) -> None:
    api.close()  # the client leaves by itself, having written what it writes at exit
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

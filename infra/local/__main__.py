"""Start the stack and leave it running: `python -m infra.local`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.desk.desk import Desk
from infra.local.engine import ENGINES, EngineFailedError
from infra.local.functions.warm_process import FunctionFailedError
from infra.local.processes.lifeline import preferred_port
from infra.local.simulators import SimulatorsFailedError
from infra.local.stack import Stack, StackOptions

if TYPE_CHECKING:
    from types import FrameType

DESK_PORT = 8470
API_PORT = 8471
PROBLEMS = (
    EngineFailedError,
    FunctionFailedError,
    SimulatorsFailedError,
    BotoCoreError,
    ClientError,
)


def main() -> int:
    """Start, serve until told to end, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="ministack")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may start us with SIGINT ignored
        signal.signal(number, _interrupt)
    try:
        return up(StackOptions(engine=arguments.engine, api_port=API_PORT))
    except PROBLEMS as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def up(options: StackOptions) -> int:
    """Start the stack with its desk and leave it running until Ctrl-C or SIGTERM."""
    print(f"Starting on {options.engine} …", flush=True)
    with Stack(options) as stack:
        desk = Desk(stack, preferred_port(DESK_PORT))
        try:
            print(_addresses(stack, desk), flush=True)
            threading.Event().wait()
        finally:
            desk.close()
    return 0


def _addresses(stack: Stack, desk: Desk) -> str:
    return "\n".join(
        [
            "",
            f"  Desk       {desk.url}   connections, mail, banks, clock, logs, tokens",
            f"  Owner      {stack.api.url}/banks   his Banks page, logged in as whom you choose",
            f"  API        {stack.api.url}",
            f"  Banks      {stack.simulators.base}",
            f"  Tokens     {stack.issuer.url}",
            f"  AWS        {stack.engine.url}   {stack.engine.name}; access key and secret: local",
            f"  Files      {stack.run_dir}",
            "",
            "Ctrl-C ends everything.",
        ]
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

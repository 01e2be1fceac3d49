"""Start the simulators: `python -m infra.simulators --port N`.

Prints one JSON line with its addresses once it answers, and ends with the process that started it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from infra.simulators.assembly import assemble

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent process."""
    parent = os.getppid()
    arguments = argparse.ArgumentParser(prog="python -m infra.simulators", description=__doc__)
    arguments.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 for a free one")
    arguments.add_argument(
        "--until-stdin-closes", action="store_true", help="end when standard input does, too"
    )
    chosen = arguments.parse_args()
    server = assemble(chosen.port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watches = [lambda: _await_other_parent(parent)]
    if chosen.until_stdin_closes:
        watches.append(_await_end_of_input)
    for watch in watches:
        threading.Thread(target=_then_stop, args=(watch, stop), daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = {service.prefix[1:]: server.base + service.prefix for service in server.services}
    print(json.dumps({"base": server.base, "pid": os.getpid(), **addresses}), flush=True)
    stop.wait()
    server.server_close()


def _then_stop(watch: Callable[[], None], stop: threading.Event) -> None:
    watch()
    stop.set()


def _await_other_parent(parent: int) -> None:
    """Return when the parent has died.

    PR_SET_PDEATHSIG would not do: it fires when the *thread* that started us ends.
    """
    while os.getppid() == parent:
        time.sleep(0.25)


def _await_end_of_input() -> None:
    while sys.stdin.buffer.read(4_096):
        pass


if __name__ == "__main__":
    main()

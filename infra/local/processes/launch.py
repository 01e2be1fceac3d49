"""Start a program as a child that ends with its parent and lives in the stack's shifted time.

Run as a file by any Python (the emulator has an environment of its own), so it imports nothing of
ours: `python -P launch.py LIFELINE CLOCK PROGRAM [ARGUMENT ...]`. LIFELINE is the reading end of a
pipe that only the parent holds open; CLOCK is a file with the seconds by which time is shifted, or
"-" for real time; PROGRAM is a file (with a slash) or a module.
"""

from __future__ import annotations

import mmap
import os
import runpy
import struct
import sys
import threading
import time


def end_with_parent(lifeline: int) -> None:
    """Exit the moment the pipe is closed, which the kernel does however the parent ends."""

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def shift_time(clock: str) -> None:
    """Make `time.time` read the shift from the shared file at each call."""
    with open(clock, "rb") as file:  # noqa: PTH123 - pathlib costs the start of every child
        shared = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
    real = time.time

    def shifted() -> float:
        (offset,) = struct.unpack("d", shared[:8])
        return real() + float(offset)

    time.time = shifted


def main() -> None:
    """Tie this process to its parent and become the program."""
    _, lifeline, clock, program, *arguments = sys.argv
    end_with_parent(int(lifeline))
    if clock != "-":
        shift_time(clock)
    sys.argv = [program, *arguments]
    if "/" in program:
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
